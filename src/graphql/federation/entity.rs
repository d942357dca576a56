//! The types that other subgraphs and the gateway may ask for by key.

use std::str::FromStr;

use async_graphql::{Union, Value};

use super::Fields;
use crate::{
    graphql::{
        customer::Customer,
        hold::LoyaltyHold,
        member::LoyaltyMember,
        order::{LoyaltyOrder, Order},
        problem::Problem,
        product::Product,
        program::LoyaltyProgram,
        redemption::LoyaltyRedemption,
        reward::LoyaltyReward,
    },
    ids::{HoldId, MalformedId, MemberId, RedemptionId},
};

/// Whatever has a key.
#[derive(Union)]
#[graphql(name = "_Entity")]
pub(crate) enum Entity {
    Customer(Customer),
    Order(Order),
    Product(Product),
    Program(LoyaltyProgram),
    Member(LoyaltyMember),
    LoyaltyOrder(LoyaltyOrder),
    Reward(LoyaltyReward),
    Hold(LoyaltyHold),
    Redemption(LoyaltyRedemption),
}

/// What a representation names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Customer(String),
    Order(String),
    Product(String),
    Program(String),
    Member(MemberId),
    LoyaltyOrder(String),
    Reward(String),
    Hold(HoldId),
    Redemption(RedemptionId),
}

impl Named {
    /// Reads the type and the key of a representation.
    pub(crate) fn by(representation: &Value, index: usize) -> Result<Self, Problem> {
        let fields = Fields::of(representation, format!("representations[{index}]"))?;
        let typename = fields.name("__typename")?;
        match typename.as_str() {
            "Customer" => fields.name("id").map(Self::Customer),
            "Order" => fields.name("id").map(Self::Order),
            "Product" => fields.name("sku").map(Self::Product),
            "LoyaltyProgram" => fields.name("id").map(Self::Program),
            "LoyaltyOrder" => fields.name("id").map(Self::LoyaltyOrder),
            "LoyaltyReward" => fields.name("id").map(Self::Reward),
            "LoyaltyMember" => id_of(&fields).map(Self::Member),
            "LoyaltyHold" => id_of(&fields).map(Self::Hold),
            "LoyaltyRedemption" => id_of(&fields).map(Self::Redemption),
            _ => {
                let message = format!("`{typename}` is no type that this subgraph answers by key");
                Err(Problem::bad_input(fields.path("__typename"), message))
            }
        }
    }
}

/// An id of ours.
fn id_of<I: FromStr<Err = MalformedId>>(fields: &Fields<'_>) -> Result<I, Problem> {
    let id = fields.name("id")?;
    id.parse().map_err(|error| Problem::bad_input(fields.path("id"), format!("{error}")))
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    #[test]
    fn a_representation_names_one_entity_or_says_what_is_wrong_with_it() {
        assert_eq!(
            Named::by(&value!({ "__typename": "Product", "sku": "A-1" }), 0),
            Ok(Named::Product("A-1".to_owned()))
        );
        for (representation, message) in [
            (value!({ "id": "1" }), "representations[4].__typename: is missing"),
            (
                value!({ "__typename": "Basket", "id": "1" }),
                "representations[4].__typename: `Basket` is no type that this subgraph answers by key",
            ),
            (value!({ "__typename": "Customer" }), "representations[4].id: is missing"),
            (value!({ "__typename": "Customer", "id": null }), "representations[4].id: is missing"),
            (
                value!({ "__typename": "LoyaltyMember", "id": "7" }),
                "representations[4].id: `7` is no member id: it does not start with `mem_`",
            ),
            (value!(3), "representations[4]: must be an object"),
        ] {
            assert_eq!(Named::by(&representation, 4).unwrap_err().message(), message);
        }
    }
}

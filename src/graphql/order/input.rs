//! Orders as they are sent in.

use async_graphql::{Enum, ID, InputObject, resolver_utils::EnumType as _};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{
    commands,
    graphql::{
        lane::object,
        scalars::{DateTime, Decimal},
    },
    program::{document::LineKind, earning::Line},
};

/// An order as its OMS tells it. Its id and revision are a key of its own: the same order again changes nothing, another order
/// with the same id and revision is refused.
#[derive(InputObject, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LoyaltyOrderInput {
    /// The OMS's own id: 1 to 128 characters.
    id: ID,
    /// Who ordered; left out for a guest.
    customer_id: Option<ID>,
    /// When it was placed: from the year 2000 on, and at most 24 hours in the future. It starts the clocks of activation and
    /// expiry, and picks the tier's window.
    placed_at: DateTime,
    /// ISO 4217, three capital letters: the currency of all its amounts.
    currency_code: String,
    /// Where it was placed, for example `ONLINE`, `STORE` or `APP`: up to 128 characters.
    channel: Option<String>,
    /// In which store: up to 128 characters.
    store_id: Option<ID>,
    /// Which version of the order this is, from 1: a higher one than was recorded corrects the order (lines, channel and store;
    /// not its currency, time or customer). Null is the same as leaving it out.
    #[graphql(default_with = "Some(1)")]
    revision: Option<i32>,
    /// 1 to 2,000 lines.
    #[serde(deserialize_with = "object::list")]
    lines: Vec<LoyaltyOrderLineInput>,
}

/// A line of an order.
#[derive(InputObject, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LoyaltyOrderLineInput {
    /// Unique in the order: 1 to 128 characters. Returns name it.
    id: ID,
    /// What was bought: 1 to 128 characters.
    sku: String,
    /// What the line is; null is the same as leaving it out.
    #[graphql(default_with = "Some(LoyaltyLineKind::Product)")]
    kind: Option<LoyaltyLineKind>,
    /// How many: 1 to 1,000,000.
    quantity: i32,
    /// Price of one, in the order's currency, before discount: 0 to 1,000,000,000, at most 9 digits after the point.
    unit_price: Decimal,
    /// Taken off the whole line: 0 to the line's price; 0 where it is left out.
    discount: Option<Decimal>,
    /// What it belongs to, for rules that heed it.
    categories: Option<Vec<String>>,
}

/// What an order line is.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "LineKind")]
pub(crate) enum LoyaltyLineKind {
    /// Something that was bought.
    Product,
    /// Postage, a fee, a voucher: what no product is.
    Other,
}

impl<'de> Deserialize<'de> for LoyaltyLineKind {
    /// By its name. A derived reader would take an object for it, too.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let item = Self::items().iter().find(|item| item.name == name);
        item.map(|item| item.value).ok_or_else(|| D::Error::custom("is none of the kinds"))
    }
}

impl From<LoyaltyOrderInput> for commands::OrderInput {
    fn from(input: LoyaltyOrderInput) -> Self {
        Self {
            id: input.id.0,
            customer: input.customer_id.map(|id| id.0),
            placed_at: input.placed_at.0,
            currency: input.currency_code,
            channel: input.channel,
            store: input.store_id.map(|id| id.0),
            revision: input.revision.map_or(1, |revision| u32::try_from(revision).unwrap_or(0)),
            lines: input.lines.into_iter().map(Line::from).collect(),
        }
        .normalized()
    }
}

impl From<LoyaltyOrderLineInput> for Line {
    fn from(input: LoyaltyOrderLineInput) -> Self {
        Self {
            id: input.id.0,
            sku: input.sku,
            kind: input.kind.map_or_else(LineKind::default, LineKind::from),
            quantity: input.quantity.into(),
            returned: 0,
            fulfilled: 0,
            unit_price: input.unit_price.0,
            discount: input.discount.map_or(rust_decimal::Decimal::ZERO, |discount| discount.0),
            categories: input.categories.unwrap_or_default(),
        }
    }
}

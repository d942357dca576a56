//! `_entities` and `_service`, as the subgraph specification has them.

use std::sync::Arc;

use async_graphql::{Any, Context, Object, SimpleObject, Value};

use super::{
    Preloaded, budget,
    entity::{Entity, Named},
};
use crate::graphql::{
    customer::Customer,
    document::Limit,
    hold::LoyaltyHold,
    order::{LoyaltyOrder, Order},
    problem::{Problem, unless_forbidden},
    product::Product,
    program::LoyaltyProgram,
    redemption::LoyaltyRedemption,
    reward::LoyaltyReward,
    schema,
    visit::Visit,
};

#[derive(Default)]
pub(crate) struct FederationQuery;

/// What this subgraph is.
#[derive(SimpleObject)]
#[graphql(name = "_Service")]
struct Service {
    /// Its schema, for composition.
    sdl: &'static str,
}

#[Object]
impl FederationQuery {
    /// Entities by their keys, one answer for each representation, in order. A representation that is malformed or fails
    /// is null with an error at its own place; the others are answered. Refused as a whole (`BAD_USER_INPUT`) where there
    /// are more representations, or with their fields more of both, than one request may have.
    #[graphql(name = "_entities")]
    async fn entities(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "`__typename` and the fields of a key, and what `@requires` brings.")]
        representations: Vec<Any>,
    ) -> Result<Vec<Option<Result<Entity, Problem>>>, Problem> {
        let visit = Visit::of(context);
        let representations_max = visit.limits.representations_max;
        if representations.len() > representations_max {
            Limit::Representations.passed();
            let message = format!("at most {representations_max} in one call, not {}", representations.len());
            return Err(Problem::bad_input("representations", message));
        }
        budget::spend(context, visit, representations.len())?;
        let representations: Vec<Value> = representations.into_iter().map(|any| any.0).collect();
        let named: Vec<Result<Named, Problem>> =
            representations.iter().enumerate().map(|(i, told)| Named::by(told, i)).collect();
        let known = Box::pin(Preloaded::read(context, visit, &named, &representations)).await;
        let mut entities = Vec::with_capacity(named.len());
        for (named, told) in named.into_iter().zip(representations) {
            let entity = match named {
                Ok(named) => found(visit, named, told, &known).await,
                Err(problem) => Err(problem),
            };
            entities.push(entity.transpose());
        }
        Ok(entities)
    }

    /// The subgraph's own schema.
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    #[graphql(name = "_service")]
    async fn service(&self, context: &Context<'_>) -> Result<Service, Problem> {
        // It says all that introspection does, and more.
        if !Visit::of(context).limits.introspection {
            return Err(Problem::bad_input(
                "_service",
                "introspection is off: compose with the published schema",
            ));
        }
        Ok(Service { sdl: schema::sdl() })
    }
}

/// The entity behind a key. Shared types are taken at their word; ours are null where the caller may not see them.
async fn found(
    visit: &Visit,
    named: Named,
    representation: Value,
    known: &Arc<Preloaded>,
) -> Result<Option<Entity>, Problem> {
    Ok(match named {
        Named::Customer(id) => Some(Entity::Customer(Customer::new(id, Arc::clone(known)))),
        Named::Order(id) => Some(Entity::Order(Order::new(id, representation, Arc::clone(known)))),
        Named::Product(sku) => Some(Entity::Product(Product::new(sku, representation, Arc::clone(known)))),
        Named::Program(id) => LoyaltyProgram::find(visit, &id)?.map(Entity::Program),
        Named::Member(id) => {
            visit.identified()?;
            let Some((asked, snapshot)) = known.member_by_id(id)?.cloned() else { return Ok(None) };
            let allowed = unless_forbidden(visit.caller.read_member(asked.clone()))?;
            let member = allowed.and_then(|_| visit.shown(snapshot));
            member.map(|member| Entity::Member(member.asked_for_as(asked)))
        }
        Named::LoyaltyOrder(id) => {
            let programs = visit.default_first();
            LoyaltyOrder::find(visit, known, &programs, &id).await?.map(Entity::LoyaltyOrder)
        }
        Named::Reward(id) => LoyaltyReward::find_any(visit, &id)?.map(Entity::Reward),
        Named::Hold(id) => LoyaltyHold::find(visit, id).await?.map(Entity::Hold),
        Named::Redemption(id) => LoyaltyRedemption::find(visit, id).await?.map(Entity::Redemption),
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Schema};
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    struct Thing(usize);

    #[Object]
    impl Thing {
        async fn number(&self) -> usize {
            self.0
        }

        /// Fails for every third.
        #[expect(clippy::unused_async, reason = "resolvers are async")]
        async fn sure(&self) -> Result<usize, Problem> {
            if self.0.is_multiple_of(3) { Err(Problem::Overloaded) } else { Ok(self.0) }
        }

        /// The same where it may be null.
        async fn unsure(&self) -> Option<Result<usize, Problem>> {
            Some(self.sure_or_not())
        }
    }

    impl Thing {
        fn sure_or_not(&self) -> Result<usize, Problem> {
            if self.0.is_multiple_of(3) { Err(Problem::Overloaded) } else { Ok(self.0) }
        }
    }

    struct Things;

    #[Object]
    impl Things {
        /// Has the shape of `_entities`: every fourth fails, every fifth is not there.
        async fn things(&self) -> Vec<Option<Result<Thing, Problem>>> {
            let thing = |n: usize| match n {
                n if n % 4 == 0 => Some(Err(Problem::Unauthenticated)),
                n if n % 5 == 0 => None,
                n => Some(Ok(Thing(n))),
            };
            (1..=40).map(thing).collect()
        }
    }

    async fn answer(fields: &str) -> (serde_json::Value, Vec<(serde_json::Value, String)>) {
        let schema = Schema::new(Things, EmptyMutation, EmptySubscription);
        let response = schema.execute(format!("{{ things {{ {fields} }} }}")).await;
        let errors = response.errors.iter().map(|e| (json!(e.path), e.message.clone())).collect();
        (response.data.into_json().unwrap()["things"].clone(), errors)
    }

    /// The rules that `_entities` leans on, as the executor that is pinned has them.
    #[tokio::test]
    async fn a_failure_nulls_the_smallest_place_that_may_be_null_and_says_where() {
        let (things, errors) = answer("number sure").await;
        assert_eq!(things[0], json!({ "number": 1, "sure": 1 }));
        assert_eq!(things[2], json!(null), "a field that may not be null fails: its element is null");
        assert_eq!(things[3], json!(null), "an element fails");
        assert_eq!(things[4], json!(null), "an element is not there");
        assert_eq!(things[36], json!({ "number": 37, "sure": 37 }));
        assert!(errors.contains(&(json!(["things", 2, "sure"]), Problem::Overloaded.message())));
        assert!(errors.contains(&(json!(["things", 3]), Problem::Unauthenticated.message())));
        assert!(!errors.iter().any(|(path, _)| path[1] == json!(4)));
        // 40 elements: 10 fail, and of those that are there every third's field does (3, 6, 9, 18, 21, 27, 33, 39).
        assert_eq!(errors.len(), 18);
    }

    #[tokio::test]
    async fn a_field_that_may_be_null_costs_its_object_nothing() {
        let (things, errors) = answer("number unsure").await;
        assert_eq!(things[2], json!({ "number": 3, "unsure": null }));
        assert!(errors.contains(&(json!(["things", 2, "unsure"]), Problem::Overloaded.message())));
    }
}

//! `_entities` and `_service`, as the subgraph specification has them.

use std::sync::Arc;

use async_graphql::{Any, Context, Object, SimpleObject, Value};

use super::{
    Preloaded,
    entity::{Entity, Named},
};
use crate::graphql::{
    customer::Customer,
    order::{LoyaltyOrder, Order},
    problem::{Problem, unless_forbidden},
    product::Product,
    program::LoyaltyProgram,
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
    /// are more representations than one call may have.
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
            let message = format!("at most {representations_max} in one call, not {}", representations.len());
            return Err(Problem::bad_input("representations", message));
        }
        let representations: Vec<Value> = representations.into_iter().map(|any| any.0).collect();
        let named: Vec<Result<Named, Problem>> =
            representations.iter().enumerate().map(|(i, told)| Named::by(told, i)).collect();
        let known = Preloaded::read(context, visit, &named, &representations).await;
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
    #[graphql(name = "_service")]
    async fn service(&self) -> Service {
        Service { sdl: schema::sdl() }
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
            let snapshot = known.member_by_id(id)?.cloned();
            let Some(snapshot) = snapshot else { return Ok(None) };
            let allowed = unless_forbidden(visit.caller.read_member(snapshot.key.clone()))?;
            allowed.and_then(|_| visit.shown(snapshot)).map(Entity::Member)
        }
        Named::LoyaltyOrder(id) => {
            let programs = visit.default_first();
            LoyaltyOrder::find(visit, known, &programs, &id).await?.map(Entity::LoyaltyOrder)
        }
    })
}

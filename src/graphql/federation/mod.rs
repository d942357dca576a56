//! The gateway's door: `_entities` and `_service`.
//!
//! Both are fields of our own. The executor's would lose every answer of a call with one bad representation, so it is not
//! told of keys ([`super::directives::key`]); here each representation has its own place in the list: an answer, null, or
//! null with an error at `["_entities", i]`. What the call will need is read up front, together ([`preload`]).

mod budget;
mod entity;
mod preload;
mod query;
mod representation;

pub(crate) use self::{
    budget::budget_of, preload::Preloaded, query::FederationQuery, representation::Fields,
};

//! 3. The reception: GraphQL. It translates: ids in, one call, an outcome out; nothing is decided here.
//!
//! A folder a noun, each with its types, questions and mutations. [`visit`] is what every resolver starts from: who asks, and
//! what may be called. [`problem`] is everything that goes wrong without being a business "no"; those are types of the schema
//! ([`refusal`]). [`persisted`] knows operations by name,
//! [`document`] looks at what is asked before it is executed. [`federation`] answers the gateway, [`lane`] quickly what it asks most. [`schema`] puts it all together, and is
//! what the door calls.
//!
//! Null rules: a field that may be null and fails is null with an error at its path, and costs its neighbours nothing. For the
//! executor such a field is an `Option<Result<T, Problem>>`; with `Result<Option<T>, Problem>` the failure would null the
//! object around it.

mod accepted;
mod audit;
mod customer;
mod directives;
mod document;
mod entry;
mod event;
mod federation;
mod fulfilment;
mod hold;
mod lane;
mod lot;
mod member;
mod order;
mod page;
pub mod persisted;
mod points;
pub mod problem;
mod product;
mod program;
mod quote;
mod redemption;
mod refusal;
mod returns;
mod reward;
mod root;
mod scalars;
pub mod schema;
mod sdl;
mod services;
mod submit;
mod transfer;
mod visit;
mod wallet;

pub use self::{
    persisted::Operations,
    problem::TraceId,
    schema::{Executor, Limits, build, was_accepted},
    services::Services,
};

//! The roots: every noun's questions and mutations in one.

use async_graphql::MergedObject;

use super::{
    event::EventMutation,
    federation::FederationQuery,
    member::{MemberMutation, MemberQuery},
    order::OrderMutation,
    points::PointsMutation,
    program::ProgramQuery,
    quote::QuoteQuery,
    returns::ReturnMutation,
};

/// Questions. Nothing here changes anything.
#[derive(Default, MergedObject)]
pub(super) struct Query(ProgramQuery, MemberQuery, QuoteQuery, FederationQuery);

/// Changes. Each takes one input and answers with one union: what was done, or why not. Those of one request run one after
/// another.
#[derive(Default, MergedObject)]
pub(super) struct Mutation(MemberMutation, OrderMutation, ReturnMutation, EventMutation, PointsMutation);

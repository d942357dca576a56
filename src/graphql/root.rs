//! The roots: every noun's questions and mutations in one.

use async_graphql::{MergedObject, MergedSubscription};

use super::{
    audit::AuditQuery,
    event::EventMutation,
    federation::FederationQuery,
    fulfilment::FulfilmentMutation,
    hold::{HoldEndMutation, HoldMutation},
    lot::LotMutation,
    member::{
        MemberMergeMutation, MemberMutation, MemberQuery, MemberStatusMutation, MemberSubscription,
        PartnerMutation,
    },
    order::{ClaimMutation, OrderMutation},
    points::PointsMutation,
    program::{ProgramCheckQuery, ProgramQuery},
    quote::QuoteQuery,
    redemption::{RedemptionMutation, ReversalMutation},
    returns::ReturnMutation,
    transfer::TransferMutation,
};

/// Questions. Nothing here changes anything.
#[derive(Default, MergedObject)]
pub(super) struct Query(
    ProgramQuery,
    ProgramCheckQuery,
    MemberQuery,
    QuoteQuery,
    AuditQuery,
    FederationQuery,
);

/// Changes. Each takes one input and answers with one union: what was done, or why not. Those of one request run one after
/// another.
#[derive(Default, MergedObject)]
pub(super) struct Mutation(
    MemberMutation,
    MemberStatusMutation,
    MemberMergeMutation,
    PartnerMutation,
    OrderMutation,
    ClaimMutation,
    FulfilmentMutation,
    ReturnMutation,
    EventMutation,
    HoldMutation,
    HoldEndMutation,
    RedemptionMutation,
    ReversalMutation,
    PointsMutation,
    TransferMutation,
    LotMutation,
);

/// What happens, as it happens. Over WebSocket, by the protocol `graphql-transport-ws`.
#[derive(Default, MergedSubscription)]
pub(super) struct Subscription(MemberSubscription);

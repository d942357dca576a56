//! Refusals as clients see them, whatever was asked.

use async_graphql::{ID, Interface, SimpleObject};

use super::{
    LoyaltyAlreadyCancelled, LoyaltyAlreadyClaimed, LoyaltyAlreadyMember, LoyaltyAlreadyReversed,
    LoyaltyClaimWindowClosed, LoyaltyHoldExceeded, LoyaltyHoldNotFound, LoyaltyHoldNotOpen,
    LoyaltyInsufficientPoints, LoyaltyInvalidFulfilment, LoyaltyInvalidOrder, LoyaltyInvalidReturn,
    LoyaltyMemberBlocked, LoyaltyNotAMember, LoyaltyNotMerged, LoyaltyNothingPending, LoyaltyOrderNotFound,
    LoyaltyOutOfStock, LoyaltyRedemptionNotFound, LoyaltyRewardNotFound,
};
use crate::{commands::Refusal, graphql::scalars::DateTime};

/// A business "no": the request was understood, and nothing was written.
#[derive(Interface)]
#[graphql(field(
    name = "message",
    ty = "&String",
    desc = "The reason in a sentence of English, for logs and developers."
))]
pub(crate) enum LoyaltyRefusal {
    InvalidOrder(LoyaltyInvalidOrder),
    InvalidReturn(LoyaltyInvalidReturn),
    InvalidFulfilment(LoyaltyInvalidFulfilment),
    OrderNotFound(LoyaltyOrderNotFound),
    AlreadyClaimed(LoyaltyAlreadyClaimed),
    AlreadyCancelled(LoyaltyAlreadyCancelled),
    ClaimWindowClosed(LoyaltyClaimWindowClosed),
    NotAMember(LoyaltyNotAMember),
    AlreadyMember(LoyaltyAlreadyMember),
    NotMerged(LoyaltyNotMerged),
    MemberBlocked(LoyaltyMemberBlocked),
    NothingPending(LoyaltyNothingPending),
    InsufficientPoints(LoyaltyInsufficientPoints),
    HoldNotFound(LoyaltyHoldNotFound),
    HoldNotOpen(LoyaltyHoldNotOpen),
    HoldExceeded(LoyaltyHoldExceeded),
    RewardNotFound(LoyaltyRewardNotFound),
    OutOfStock(LoyaltyOutOfStock),
    RedemptionNotFound(LoyaltyRedemptionNotFound),
    AlreadyReversed(LoyaltyAlreadyReversed),
    EventFailed(LoyaltyEventFailed),
}

/// An event of a batch could not be dealt with, for no fault of its content. Nothing was written for it; send it again.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyEventFailed {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// What an error of a single mutation would have as `extensions.code`: `SERVICE_UNAVAILABLE`, `INTERNAL` or
    /// `BAD_USER_INPUT`.
    pub(crate) code: String,
}

/// Refusals as every result has them: no more is read for them.
impl From<Refusal> for LoyaltyRefusal {
    fn from(refusal: Refusal) -> Self {
        let sentence = refusal.to_string();
        match refusal {
            Refusal::InvalidOrder { field, fault, message } => {
                Self::InvalidOrder(LoyaltyInvalidOrder::new(field, fault, message))
            }
            Refusal::InvalidReturn { field, fault, message } => {
                Self::InvalidReturn(LoyaltyInvalidReturn::new(field, fault, message))
            }
            Refusal::InvalidFulfilment { field, fault, message } => {
                Self::InvalidFulfilment(LoyaltyInvalidFulfilment::new(field, fault, message))
            }
            Refusal::OrderNotFound { order_id } => {
                Self::OrderNotFound(LoyaltyOrderNotFound { message: sentence, order_id: ID(order_id) })
            }
            Refusal::OrderClaimed { order_id } => {
                Self::AlreadyClaimed(LoyaltyAlreadyClaimed { message: sentence, order_id: ID(order_id) })
            }
            Refusal::OrderCancelled { order_id } => {
                Self::AlreadyCancelled(LoyaltyAlreadyCancelled { message: sentence, order_id: ID(order_id) })
            }
            Refusal::ClaimWindowClosed { order_id, until } => {
                let (order_id, until) = (ID(order_id), DateTime(until));
                Self::ClaimWindowClosed(LoyaltyClaimWindowClosed { message: sentence, order_id, until })
            }
            Refusal::NotAMember { customer } => {
                Self::NotAMember(LoyaltyNotAMember { message: sentence, customer_id: ID(customer) })
            }
            Refusal::AlreadyMember { .. } => {
                Self::AlreadyMember(LoyaltyAlreadyMember { message: sentence, member: None })
            }
            Refusal::NotMerged { customer } => {
                Self::NotMerged(LoyaltyNotMerged { message: sentence, customer_id: ID(customer) })
            }
            Refusal::MemberBlocked { customer } => {
                Self::MemberBlocked(LoyaltyMemberBlocked { message: sentence, customer_id: ID(customer) })
            }
            Refusal::NothingPending { entry } => {
                Self::NothingPending(LoyaltyNothingPending { message: sentence, entry_id: entry.into() })
            }
            Refusal::InsufficientPoints { required, available } => {
                Self::InsufficientPoints(LoyaltyInsufficientPoints::new(sentence, required, available))
            }
            Refusal::HoldNotFound { hold } => {
                Self::HoldNotFound(LoyaltyHoldNotFound { message: sentence, hold_id: hold.into() })
            }
            Refusal::HoldNotOpen { hold, state } => {
                let (hold_id, state) = (hold.into(), state.into());
                Self::HoldNotOpen(LoyaltyHoldNotOpen { message: sentence, hold_id, state })
            }
            Refusal::HoldExceeded { held, asked } => {
                let (held, asked) = (held.into(), asked.into());
                Self::HoldExceeded(LoyaltyHoldExceeded { message: sentence, held, asked })
            }
            Refusal::RewardNotFound { reward } => {
                Self::RewardNotFound(LoyaltyRewardNotFound { message: sentence, reward_id: ID(reward) })
            }
            Refusal::OutOfStock { reward, left } => {
                Self::OutOfStock(LoyaltyOutOfStock { message: sentence, reward_id: ID(reward), left })
            }
            Refusal::RedemptionNotFound { redemption } => {
                let redemption_id = redemption.into();
                Self::RedemptionNotFound(LoyaltyRedemptionNotFound { message: sentence, redemption_id })
            }
            Refusal::RedemptionReversed { redemption } => {
                let redemption_id = redemption.into();
                Self::AlreadyReversed(LoyaltyAlreadyReversed { message: sentence, redemption_id })
            }
            Refusal::BadInput { .. } => {
                Self::EventFailed(LoyaltyEventFailed { message: sentence, code: "BAD_USER_INPUT".to_owned() })
            }
        }
    }
}

//! Why points are not spent, or do not come back.

use async_graphql::{ID, SimpleObject};

use crate::{
    graphql::{hold::LoyaltyHoldState, scalars::LoyaltyPoints},
    ledger::Points,
};

/// There are fewer points than the request needs.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyInsufficientPoints {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// What the request needs: above 0.
    pub(crate) required: LoyaltyPoints,
    /// What can be spent now.
    pub(crate) available: LoyaltyPoints,
    /// What is missing: `required` less `available`.
    pub(crate) missing: LoyaltyPoints,
}

/// There is no such hold, or none that the token may see.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyHoldNotFound {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The id that was asked for.
    pub(crate) hold_id: ID,
}

/// The hold has ended: each has one end, and it has come.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyHoldNotOpen {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The id that was asked for.
    pub(crate) hold_id: ID,
    /// How it ended.
    pub(crate) state: LoyaltyHoldState,
}

/// More is to be captured than is held.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyHoldExceeded {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// What is held: above 0.
    pub(crate) held: LoyaltyPoints,
    /// What was to be captured: above `held`.
    pub(crate) asked: LoyaltyPoints,
}

/// The programme has no such reward.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyRewardNotFound {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The id that was asked for.
    pub(crate) reward_id: ID,
}

/// Nothing of the reward is left.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyOutOfStock {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The reward that was asked for.
    pub(crate) reward_id: ID,
    /// How many are left: fewer than were asked for. A hold that ends may bring one back.
    pub(crate) left: i64,
}

/// There is no such redemption, or none that the token may see.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyRedemptionNotFound {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The id that was asked for.
    pub(crate) redemption_id: ID,
}

/// The redemption was reversed before: what it spent has come back.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyAlreadyReversed {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The id that was asked for.
    pub(crate) redemption_id: ID,
}

impl LoyaltyInsufficientPoints {
    pub(crate) fn new(message: String, required: Points, available: Points) -> Self {
        let missing = (required - available).into();
        Self { message, required: required.into(), available: available.into(), missing }
    }
}

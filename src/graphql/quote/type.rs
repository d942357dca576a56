//! A quote as clients see it.

use async_graphql::{SimpleObject, Union};

use crate::graphql::{
    entry::LoyaltyExplanation, program::LoyaltyTier, refusal::LoyaltyInvalidOrder, scalars::LoyaltyPoints,
};

/// What an order would earn if it were recorded. Nothing is written.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyQuote {
    /// In the programme's first currency. For a customer who is no member, what a new member would earn.
    pub(crate) points: LoyaltyPoints,
    /// The tier that would be held after the order; null where the programme has none.
    pub(crate) tier_after: Option<LoyaltyTier>,
    /// Why these points.
    pub(crate) explanation: LoyaltyExplanation,
}

/// A quote, or why there is none.
#[derive(Union)]
pub(crate) enum LoyaltyQuoteResult {
    Quote(LoyaltyQuote),
    Invalid(LoyaltyInvalidOrder),
}

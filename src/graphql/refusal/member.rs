//! Why something is not done for a member.

use async_graphql::{ID, SimpleObject};

use crate::graphql::member::LoyaltyMember;

/// The customer is no member of the programme.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyNotAMember {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The customer that was asked for.
    pub(crate) customer_id: ID,
}

/// The member is not merged into another: there is nothing to undo.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyNotMerged {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The customer that was asked for.
    pub(crate) customer_id: ID,
}

/// The customer is a member of the programme already.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyAlreadyMember {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The membership that there is; null where the token does not allow reading it.
    pub(crate) member: Option<LoyaltyMember>,
}

/// The member is blocked: it goes on earning, and may neither spend nor give.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyMemberBlocked {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The customer that was asked for.
    pub(crate) customer_id: ID,
}

/// Nothing waits in the credit: it is active already, was called off, taken back, or is no credit of the member's.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyNothingPending {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The entry that was asked for.
    pub(crate) entry_id: ID,
}

//! Entries: the lines of a member's ledger.

mod explanation;
mod r#type;

pub(crate) use self::{
    explanation::LoyaltyExplanation,
    r#type::{LoyaltyEntry, LoyaltyEntryConnection, LoyaltyEntryKind},
};

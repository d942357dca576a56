//! One immutable line of the ledger, in double entry.

use serde::{Deserialize, Serialize};

use super::{Allocation, Points};
use crate::clock::Instant;

/// The two sides of every movement. `Pending` and `Available` are the member's; the others are the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// The member's points that are not active yet.
    Pending,
    /// The member's points that can be spent, less the deficit.
    Available,
    /// Points given for orders.
    Issued,
    /// Points given or taken by hand.
    Adjusted,
    /// Points that ran out of time.
    Expired,
    /// Points taken back for returns and cancelled orders.
    ClawedBack,
}

impl Account {
    /// Whether it is one of the two accounts of a member's wallet.
    pub fn is_member(self) -> bool {
        matches!(self, Self::Pending | Self::Available)
    }
}

/// What sort of movement a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Earn,
    Adjust,
    Activate,
    Clawback,
    Expire,
}

/// One movement of a wallet: what [`super::Wallet`] answers for every change, ready to be written as an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// Number of the entry in the member's ledger.
    pub seq: i64,
    pub kind: Kind,
    pub debit: Account,
    pub credit: Account,
    /// What moved: positive.
    pub amount: Points,
    /// Available points after it, deficit taken off.
    pub balance_after: Points,
    /// When it happened.
    pub occurred_at: Instant,
    /// Of a credit: when its lot becomes active.
    pub activates_at: Option<Instant>,
    /// Of a credit: when its lot ends.
    pub expires_at: Option<Instant>,
    /// The lots that paid (or, of a credit, the part of its own lot that filled a deficit).
    pub allocations: Vec<Allocation>,
    /// The part of a debit that no lot paid: it became deficit.
    pub deficit: Points,
}

impl Movement {
    /// What the member gained or lost: positive, negative, or zero where points only became active.
    pub fn points(&self) -> Points {
        match (self.debit.is_member(), self.credit.is_member()) {
            (false, true) => self.amount,
            (true, false) => -self.amount,
            _ => Points::ZERO,
        }
    }
}

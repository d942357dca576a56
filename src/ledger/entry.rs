//! One immutable line of the ledger, in double entry.

use serde::{Deserialize, Serialize};

use super::{Allocation, Points};
use crate::clock::Instant;

/// The two sides of every movement. `Pending`, `Available` and `Held` are the member's; the others are the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// The member's points that are not active yet.
    Pending,
    /// The member's points that can be spent, less the deficit.
    Available,
    /// The member's points that are set aside.
    Held,
    /// Points given for orders.
    Issued,
    /// Points given or taken by hand.
    Adjusted,
    /// Points that ran out of time.
    Expired,
    /// Points that were called off while they waited, or whose event did not come in time.
    Cancelled,
    /// Points taken back for returns and cancelled orders.
    ClawedBack,
    /// Points spent.
    Redeemed,
    /// Points on their way from one member to another: what one gives, another takes.
    Transferred,
}

impl Account {
    /// All of them, the member's first.
    pub const ALL: [Self; 10] = [
        Self::Pending,
        Self::Available,
        Self::Held,
        Self::Issued,
        Self::Adjusted,
        Self::Expired,
        Self::Cancelled,
        Self::ClawedBack,
        Self::Redeemed,
        Self::Transferred,
    ];

    /// Whether it is one of the accounts of a member's wallet.
    pub fn is_member(self) -> bool {
        matches!(self, Self::Pending | Self::Available | Self::Held)
    }
}

/// What sort of movement a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Earn,
    Adjust,
    Activate,
    Cancel,
    Clawback,
    Recredit,
    Hold,
    Capture,
    Release,
    Redeem,
    Expire,
    TransferIn,
    TransferOut,
}

impl Kind {
    /// Whether its allocations are points that lots got back, not points that they gave.
    pub fn gives_back(self) -> bool {
        matches!(self, Self::Release | Self::Recredit)
    }
}

/// One movement of a wallet: what [`super::Wallet`] answers for every change, ready to be written as an entry.
///
/// Of a credit or activation, `allocations` are the part of its own lot that filled a deficit. Of everything else
/// `amount = sum of allocations + deficit`.
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
    /// Of a credit: when its lot becomes active, or is cancelled where the event that it awaits has not come.
    pub activates_at: Option<Instant>,
    /// Of a credit: whether its lot becomes active only by an event.
    pub awaits_event: bool,
    /// Of a credit: when its lot ends.
    pub expires_at: Option<Instant>,
    pub allocations: Vec<Allocation>,
    /// The part of a debit that no lot paid: it became deficit. Of points that came back: the part that filled one.
    pub deficit: Points,
    /// Of a hold and of what became of it: the number of the entry that set the points aside.
    pub hold: Option<i64>,
    /// Of an activation: the number of the lot whose points became active. A part of it became a lot of its own.
    pub lot: Option<i64>,
}

impl Movement {
    /// What the member gained or lost: positive, negative, or zero where points only changed places within the wallet.
    pub fn points(&self) -> Points {
        match (self.debit.is_member(), self.credit.is_member()) {
            (false, true) => self.amount,
            (true, false) => -self.amount,
            _ => Points::ZERO,
        }
    }

    /// Whether it made a lot, whose number is its own.
    pub fn makes_lot(&self) -> bool {
        self.activates_at.is_some()
    }
}

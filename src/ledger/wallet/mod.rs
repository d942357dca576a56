//! One currency of one member: its lots, its holds, its deficit, and the movements that change them.
//!
//! A wallet may be loaded in part: the lots that time changes next, and whatever else was asked for. What the others hold
//! is known as a sum ([`Wallet::rest`]), so that a credit to a member of ten thousand lots costs what any credit costs.
//! Taking points needs the whole wallet.

mod clawback;
mod credit;
mod debit;
mod hold;
mod moved;
mod recredit;
mod replay;
mod time;

use serde::{Deserialize, Serialize};

pub use self::{
    clawback::{Clawback, ClawedBack, Floor},
    credit::Credit,
    recredit::Recredit,
};
use super::{Account, Allocation, Hold, Kind, Lot, Movement, Points};
use crate::clock::Instant;

/// What has ever moved through a wallet, by kind. Each is the sum of the entries of that kind.
/// `earned + adjusted + transferred = available + pending + held + redeemed + expired + cancelled + clawed_back`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub earned: Points,
    /// By hand, given less taken.
    pub adjusted: Points,
    /// From other members, less what went to them.
    pub transferred: Points,
    pub clawed_back: Points,
    pub expired: Points,
    /// Called off while they waited.
    pub cancelled: Points,
    /// Spent, less what came back.
    pub redeemed: Points,
}

/// A wallet with the lots that a change may need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    pub currency: String,
    /// Grows by one with every change, and with every instant at which time changed something.
    pub version: i64,
    /// How far the balance is below what the lots hold: the next credits fill it first.
    pub deficit: Points,
    pub totals: Totals,
    /// In spending order.
    lots: Vec<Lot>,
    /// The open ones, and those that have ended since the wallet was loaded.
    holds: Vec<Hold>,
    rest: Rest,
}

/// What the lots hold that are not loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    pub active: Points,
    pub pending: Points,
    /// The soonest instant at which time will change one of them; none where it will not.
    pub due_at: Option<Instant>,
}

/// A wallet as it was stored.
#[derive(Clone, Debug)]
pub struct Stored {
    pub currency: String,
    pub version: i64,
    pub available: Points,
    pub pending: Points,
    pub deficit: Points,
    pub totals: Totals,
    /// Every lot with something remaining, or those that are needed.
    pub lots: Vec<Lot>,
    /// Every open hold.
    pub holds: Vec<Hold>,
    /// When time will change the first lot that was left out.
    pub rest_due_at: Option<Instant>,
}

/// Hands out the numbers of a member's entries.
pub type Sequence = i64;

/// What one movement is made of, beside what the wallet knows itself.
struct Draft {
    kind: Kind,
    /// Debit and credit.
    sides: (Account, Account),
    amount: Points,
    at: Instant,
    allocations: Vec<Allocation>,
    deficit: Points,
}

impl Wallet {
    /// An empty wallet.
    pub fn new(currency: String) -> Self {
        Self {
            currency,
            version: 0,
            deficit: Points::ZERO,
            totals: Totals::default(),
            lots: Vec::new(),
            holds: Vec::new(),
            rest: Rest::default(),
        }
    }

    /// A wallet as it was stored.
    pub fn restore(stored: Stored) -> Self {
        let Stored { currency, version, deficit, totals, mut lots, holds, .. } = stored;
        lots.sort_by(Lot::spending_order);
        let mut wallet = Self { currency, version, deficit, totals, lots, holds, rest: Rest::default() };
        wallet.rest = Rest {
            active: stored.available - wallet.available(),
            pending: stored.pending - wallet.pending(),
            due_at: stored.rest_due_at,
        };
        wallet
    }

    /// The loaded lots in spending order.
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    /// The open holds, and those that have ended since the wallet was loaded.
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// What lots hold that are not loaded.
    pub fn rest(&self) -> Rest {
        self.rest
    }

    /// What can be spent by what has been written down: active remaining less deficit. Settle first for "now".
    pub fn available(&self) -> Points {
        let loaded: Points = self.lots.iter().filter(|lot| lot.active).map(|lot| lot.remaining).sum();
        loaded + self.rest.active - self.deficit
    }

    /// What waits for its activation.
    pub fn pending(&self) -> Points {
        let loaded: Points = self.lots.iter().filter(|lot| !lot.active).map(|lot| lot.remaining).sum();
        loaded + self.rest.pending
    }

    /// What is set aside.
    pub fn held(&self) -> Points {
        self.holds.iter().map(Hold::held).sum()
    }

    /// The next instant at which time will change something.
    pub fn due_at(&self) -> Option<Instant> {
        let lots = self.lots.iter().filter_map(Lot::due_at);
        let holds = self.holds.iter().filter(|hold| hold.is_open()).map(|hold| hold.expires_at);
        lots.chain(holds).chain(self.rest.due_at).min()
    }

    fn lot_mut(&mut self, seq: i64) -> Option<&mut Lot> {
        self.lots.iter_mut().find(|lot| lot.seq == seq)
    }

    fn insert(&mut self, lot: Lot) -> usize {
        let place = self.lots.partition_point(|other| other.spending_order(&lot).is_lt());
        self.lots.insert(place, lot);
        place
    }

    /// Takes what it can of the deficit out of an active lot.
    fn fill_deficit(&mut self, place: usize) -> Vec<Allocation> {
        let lot = &mut self.lots[place];
        let points = lot.remaining.min(self.deficit);
        if points.is_zero() {
            return Vec::new();
        }
        lot.remaining -= points;
        self.deficit -= points;
        vec![Allocation { lot: lot.seq, points, expires_at: lot.expires_at }]
    }

    /// Takes points out of active lots in spending order; what they lack is answered second.
    fn spend(&mut self, points: Points) -> (Vec<Allocation>, Points) {
        let mut missing = points;
        let mut allocations = Vec::new();
        for lot in self.lots.iter_mut().filter(|lot| lot.active && lot.remaining.is_positive()) {
            if missing.is_zero() {
                break;
            }
            let part = missing.min(lot.remaining);
            lot.remaining -= part;
            missing -= part;
            allocations.push(Allocation { lot: lot.seq, points: part, expires_at: lot.expires_at });
        }
        assert!(missing.is_zero() || self.rest.active.is_zero(), "taking points needs the whole wallet");
        (allocations, missing)
    }

    fn movement(&self, draft: Draft, next_seq: &mut Sequence) -> Movement {
        let Draft { kind, sides: (debit, credit), amount, at, allocations, deficit } = draft;
        let seq = *next_seq;
        *next_seq += 1;
        Movement {
            seq,
            kind,
            debit,
            credit,
            amount,
            balance_after: self.available(),
            occurred_at: at,
            activates_at: None,
            awaits_event: false,
            expires_at: None,
            allocations,
            deficit,
            hold: None,
            lot: None,
        }
    }
}

/// What parts of lots sum to.
fn sum(parts: &[Allocation]) -> Points {
    parts.iter().map(|part| part.points).sum()
}

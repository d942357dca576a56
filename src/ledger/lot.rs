//! The points of one credit.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Points;
use crate::clock::Instant;

/// The points of one credit, and what is left of them.
///
/// `issued = remaining + expired + given`, where given is what allocations took out of it less what they gave back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Number of the entry that credited it; unique in the member's ledger.
    pub seq: i64,
    pub issued: Points,
    pub remaining: Points,
    /// What ran out of time, or was cancelled while it waited: gone, and not to be taken again.
    pub expired: Points,
    /// When the credit happened: it breaks ties in the order of spending.
    pub issued_at: Instant,
    /// Pending until then. In the past or equal to `issued_at` where the points were active at once.
    pub activates_at: Instant,
    /// It becomes active only by an event: what still waits at `activates_at` is cancelled then.
    pub awaits_event: bool,
    /// Whether its activation has been written down.
    pub active: bool,
    /// Gone from this instant on; never where there is none. Of points that wait for an event it is decided when that comes.
    pub expires_at: Option<Instant>,
    /// Where its points came from, when they were another wallet's: that wallet's owner and the number of the lot there.
    pub origin: Option<(Uuid, i64)>,
}

impl Lot {
    /// Soonest expiry first, never-expiring last, ties by issue time, then by number.
    pub fn spending_order(&self, other: &Self) -> Ordering {
        let expiry = match (self.expires_at, other.expires_at) {
            (Some(a), Some(b)) => a.cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        expiry.then(self.issued_at.cmp(&other.issued_at)).then(self.seq.cmp(&other.seq))
    }

    /// The next instant at which time will change this lot; none where it is empty or will stay as it is.
    pub fn due_at(&self) -> Option<Instant> {
        if self.remaining.is_zero() {
            None
        } else if self.active {
            self.expires_at
        } else {
            Some(self.activates_at)
        }
    }

    /// Whether its time is over at an instant.
    pub fn is_over(&self, at: Instant) -> bool {
        self.active && self.expires_at.is_some_and(|end| end <= at)
    }
}

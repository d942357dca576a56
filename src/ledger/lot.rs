//! The points of one credit.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::Points;
use crate::clock::Instant;

/// The points of one credit, and what is left of them.
///
/// `issued = remaining + expired + allocated`, where allocated is what its allocations sum to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Number of the entry that credited it; unique in the member's ledger.
    pub seq: i64,
    pub issued: Points,
    pub remaining: Points,
    /// What ran out of time.
    pub expired: Points,
    /// When the credit happened: it breaks ties in the order of spending.
    pub issued_at: Instant,
    /// Pending until then. In the past or equal to `issued_at` where the points were active at once.
    pub activates_at: Instant,
    /// Whether its activation has been written down.
    pub active: bool,
    /// Gone from this instant on; never where there is none.
    pub expires_at: Option<Instant>,
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
}

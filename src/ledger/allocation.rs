//! Which credit paid for which debit.

use serde::{Deserialize, Serialize};

use super::Points;
use crate::clock::Instant;

/// Points that one lot gave towards one entry.
///
/// Two kinds of entry have them: a debit (its lots pay for it), and a credit or activation that finds a deficit (its own
/// lot fills the deficit first, so the allocation names the entry's own lot).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// Number of the lot: that of the entry which credited it.
    pub lot: i64,
    pub points: Points,
    /// When the lot would expire.
    pub expires_at: Option<Instant>,
}

//! Which credit paid for which debit.

use serde::{Deserialize, Serialize};

use super::Points;
use crate::clock::Instant;

/// Points that one lot gave towards one entry, or that an entry gave back to it.
///
/// Four kinds of entry have them: a debit or hold (its lots pay for it), a capture (the lots whose held points it used), a
/// release or re-credit (the lots that got points back), and a credit or activation that finds a deficit (its own lot
/// fills the deficit first, so the allocation names the entry's own lot).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// Number of the lot: that of the entry which credited it.
    pub lot: i64,
    pub points: Points,
    /// When the lot would expire.
    pub expires_at: Option<Instant>,
}

//! What is known of holds and redemptions beyond their points.

use serde::{Deserialize, Serialize};

use crate::{
    clock::Instant,
    ids::{HoldId, MemberId, RedemptionId},
    ledger::{Allocation, Hold, Points},
};

/// A hold as its member's: the wallet knows its points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldRecord {
    pub id: HoldId,
    pub currency: String,
    /// Number of the entry that set the points aside: the hold's name in the wallet.
    pub seq: i64,
    pub order: Option<String>,
    /// The reward that it is for: one of its stock is set aside with it.
    pub reward: Option<String>,
    pub created_at: Instant,
    /// The partner whose command made it.
    pub partner: Option<String>,
}

/// A hold, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedHold {
    pub program: String,
    pub member: MemberId,
    pub record: HoldRecord,
    pub hold: Hold,
}

/// Points that were spent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "two are the row's own, and two are the batch's")]
pub struct Redemption {
    pub id: RedemptionId,
    pub program: String,
    pub member: MemberId,
    pub currency: String,
    /// Number of the entry that spent them.
    pub seq: i64,
    pub points: Points,
    /// The lots that paid, in the order in which they were spent.
    pub parts: Vec<Allocation>,
    /// The part that no lot paid.
    pub deficit: Points,
    /// What has come back.
    pub recredited: Points,
    /// The order that they were spent on.
    pub order: Option<String>,
    pub reward: Option<String>,
    /// Whether one of the reward's stock was taken.
    pub counted: bool,
    pub redeemed_at: Instant,
    pub reversed: bool,
    /// The partner whose command spent them.
    pub partner: Option<String>,
    pub(crate) new: bool,
    pub(crate) changed: bool,
}

impl Redemption {
    /// The parts that come back when what has come back in all is to grow to `target`. What was spent last comes back
    /// first, so that the points that live longest do.
    pub(crate) fn next_back(&self, target: Points) -> (Vec<Allocation>, Points) {
        let mut skip = self.recredited;
        let mut due = (target - self.recredited).max(Points::ZERO);
        let mut take = |points: Points| {
            let skipped = skip.min(points);
            skip -= skipped;
            let taken = due.min(points - skipped);
            due -= taken;
            taken
        };
        let deficit = take(self.deficit);
        let back = |part: &Allocation| Allocation { points: take(part.points), ..*part };
        let mut parts: Vec<Allocation> = self.parts.iter().rev().map(back).collect();
        parts.retain(|part| part.points.is_positive());
        (parts, deficit)
    }
}

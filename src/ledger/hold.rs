//! Points set aside for a while.

use serde::{Deserialize, Serialize};

use super::{Allocation, Points};
use crate::clock::Instant;

/// Points set aside until they are captured (in full or in part), released, or their time is over. Each end comes once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Number of the entry that set them aside.
    pub seq: i64,
    /// What was set aside.
    pub points: Points,
    /// What of it was spent.
    pub captured: Points,
    /// The lots that gave them, in spending order: the first is captured first.
    pub parts: Vec<Allocation>,
    /// The part that no lot paid.
    pub deficit: Points,
    /// Given back from this instant on.
    pub expires_at: Instant,
    pub state: HoldState,
}

/// Where a hold stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HoldState {
    Open,
    Captured,
    Released,
    Expired,
}

impl Hold {
    pub fn is_open(&self) -> bool {
        self.state == HoldState::Open
    }

    /// What is set aside now.
    pub fn held(&self) -> Points {
        if self.is_open() { self.points } else { Points::ZERO }
    }

    /// Where it stands at an instant, whether or not that has been written down.
    pub fn state_at(&self, now: Instant) -> HoldState {
        if self.is_open() && self.expires_at <= now { HoldState::Expired } else { self.state }
    }
}

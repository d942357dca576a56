//! What an order gave in one currency, and what became of it.

use serde::{Deserialize, Serialize};

use crate::{clock::Instant, ids::MemberId, ledger::Points};

/// What an order gave in one currency and what was taken back of it.
/// `earned - worth now = clawed_back + forgiven + uncollected`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "StoredAward")]
pub struct OrderAward {
    pub currency: String,
    /// Whose ledger its lots are numbered in, where that is not the order's member's: whoever had taken that one in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<MemberId>,
    /// Number of the first entry and lot that it was given by.
    pub lot: i64,
    /// Lots that corrections and fulfilments have added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub later_lots: Vec<i64>,
    pub earned: Points,
    /// What of it is not spendable yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Wait>,
    /// What became active by fulfilments.
    #[serde(skip_serializing_if = "Points::is_zero")]
    pub activated: Points,
    #[serde(skip_serializing_if = "Points::is_zero")]
    pub clawed_back: Points,
    #[serde(skip_serializing_if = "Points::is_zero")]
    pub forgiven: Points,
    #[serde(skip_serializing_if = "Points::is_zero")]
    pub uncollected: Points,
}

/// Points of one lot that wait until an instant: then they are active, or called off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    pub lot: i64,
    pub until: Instant,
    pub points: Points,
}

/// An award as it was stored: the first release knew one lot and when it becomes active.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredAward {
    currency: String,
    #[serde(default)]
    home: Option<MemberId>,
    lot: i64,
    #[serde(default)]
    later_lots: Vec<i64>,
    earned: Points,
    activates_at: Option<Instant>,
    #[serde(default)]
    waits: Vec<Wait>,
    #[serde(default)]
    activated: Points,
    #[serde(default)]
    clawed_back: Points,
    #[serde(default)]
    forgiven: Points,
    #[serde(default)]
    uncollected: Points,
}

impl From<StoredAward> for OrderAward {
    fn from(stored: StoredAward) -> Self {
        let StoredAward { currency, home, lot, later_lots, earned, activates_at, mut waits, .. } = stored;
        waits.extend(activates_at.map(|until| Wait { lot, until, points: earned - stored.clawed_back }));
        Self {
            currency,
            home,
            lot,
            later_lots,
            earned,
            waits,
            activated: stored.activated,
            clawed_back: stored.clawed_back,
            forgiven: stored.forgiven,
            uncollected: stored.uncollected,
        }
    }
}

impl OrderAward {
    /// An award of nothing yet, whose first lot will have a number.
    pub(super) fn new(currency: &str, lot: i64) -> Self {
        Self {
            currency: currency.to_owned(),
            home: None,
            lot,
            later_lots: Vec::new(),
            earned: Points::ZERO,
            waits: Vec::new(),
            activated: Points::ZERO,
            clawed_back: Points::ZERO,
            forgiven: Points::ZERO,
            uncollected: Points::ZERO,
        }
    }

    /// Numbers of its lots.
    pub fn lots(&self) -> impl Iterator<Item = i64> {
        std::iter::once(self.lot).chain(self.later_lots.iter().copied())
    }

    /// Remembers a lot of its own.
    pub(super) fn add_lot(&mut self, lot: i64) {
        if !self.lots().any(|own| own == lot) {
            self.later_lots.push(lot);
        }
    }

    /// What of it is not spendable yet.
    pub fn pending(&self, now: Instant) -> Points {
        self.waits.iter().filter(|wait| now < wait.until).map(|wait| wait.points).sum()
    }

    /// What of it is neither taken back nor written off.
    pub(super) fn kept(&self) -> Points {
        self.earned - self.clawed_back - self.forgiven - self.uncollected
    }

    /// Makes it worth as much as `worth`, where that is more than is kept, and answers what is to be given for it: points that
    /// could not be taken back are the member's still, and are not given a second time.
    pub(super) fn grow_to(&mut self, worth: Points) -> Points {
        let more = (worth - self.kept()).max(Points::ZERO);
        let left_before = more.min(self.uncollected);
        self.uncollected -= left_before;
        more - left_before
    }

    /// Points of a lot wait until an instant, all of one lot for the same.
    pub(super) fn wait(&mut self, lot: i64, until: Instant, points: Points) {
        match self.waits.iter_mut().find(|wait| wait.lot == lot) {
            Some(wait) => wait.points += points,
            None => self.waits.push(Wait { lot, until, points }),
        }
    }

    /// Points of a waiting lot went elsewhere.
    pub(super) fn lessen(&mut self, lot: i64, points: Points) {
        if let Some(wait) = self.waits.iter_mut().find(|wait| wait.lot == lot) {
            wait.points -= points;
        }
        self.waits.retain(|wait| wait.points.is_positive());
    }
}

//! Points that are taken back.

use super::{Draft, Sequence, Wallet, sum};
use crate::{
    clock::Instant,
    ledger::{Account, Allocation, Kind, Movement, Points},
};

/// What is to be taken back of an order's points, and what was taken or forgiven of them before.
#[derive(Clone, Debug)]
pub struct Clawback {
    /// The lots that the order's points came in.
    pub lots: Vec<i64>,
    /// What is to be taken now.
    pub points: Points,
    /// What has expired of the order's points in lots that are no longer this wallet's.
    pub expired_elsewhere: Points,
    /// Expired points that earlier clawbacks have already counted.
    pub forgiven_before: Points,
    pub floor: Floor,
    pub occurred_at: Instant,
}

/// How far taking back may bring a balance below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Floor {
    Unlimited,
    /// The deficit grows to this at most.
    Down(Points),
    /// Only points that still wait are taken, and only the order's own.
    PendingOnly,
}

/// What became of a clawback: `points = sum of movements + forgiven + uncollected`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClawedBack {
    pub movements: Vec<Movement>,
    /// Had expired already, and so was not taken twice.
    pub forgiven: Points,
    /// Could not be taken within the floor, and so was left to the member.
    pub uncollected: Points,
}

impl Wallet {
    /// Takes back what an order no longer earns, in this order: from the order's own lots (pending before active), then
    /// against those of its points that have expired (they are gone already and are not taken twice), then from the
    /// other active lots in spending order; what is left becomes deficit, as far as its floor allows.
    pub fn claw_back(&mut self, claim: &Clawback, next_seq: &mut Sequence) -> ClawedBack {
        let mut due = claim.points;
        let mut result = ClawedBack::default();
        let waiting = self.take_own(claim, false, &mut due);
        if !waiting.is_empty() {
            let sides = (Account::Pending, Account::ClawedBack);
            result.movements.push(self.taken(sides, claim.occurred_at, waiting, Points::ZERO, next_seq));
        }
        let takes_active = claim.floor != Floor::PendingOnly;
        let mut parts = if takes_active { self.take_own(claim, true, &mut due) } else { Vec::new() };
        result.forgiven = due.min(self.expired_of(claim) - claim.forgiven_before).max(Points::ZERO);
        due -= result.forgiven;
        let mut deficit = Points::ZERO;
        if takes_active {
            let (others, missing) = self.spend(due);
            parts.extend(others);
            deficit = missing.min(self.room(claim.floor));
            self.deficit += deficit;
            due = missing - deficit;
        }
        result.uncollected = due;
        if !parts.is_empty() || deficit.is_positive() {
            let sides = (Account::Available, Account::ClawedBack);
            result.movements.push(self.taken(sides, claim.occurred_at, parts, deficit, next_seq));
        }
        self.version += i64::from(!result.movements.is_empty());
        result
    }

    /// How far the deficit may still grow.
    fn room(&self, floor: Floor) -> Points {
        match floor {
            Floor::Unlimited => Points::MAX,
            Floor::Down(max) => (max - self.deficit).max(Points::ZERO),
            Floor::PendingOnly => Points::ZERO,
        }
    }

    fn take_own(&mut self, claim: &Clawback, active: bool, due: &mut Points) -> Vec<Allocation> {
        let mut parts = Vec::new();
        let own = |lot: &&mut crate::ledger::Lot| lot.active == active && claim.lots.contains(&lot.seq);
        for lot in self.lots.iter_mut().filter(own) {
            let points = (*due).min(lot.remaining);
            if points.is_positive() {
                lot.remaining -= points;
                *due -= points;
                parts.push(Allocation { lot: lot.seq, points, expires_at: lot.expires_at });
            }
        }
        parts
    }

    fn expired_of(&self, claim: &Clawback) -> Points {
        let own = self.lots.iter().filter(|lot| claim.lots.contains(&lot.seq));
        own.map(|lot| lot.expired).sum::<Points>() + claim.expired_elsewhere
    }

    fn taken(
        &mut self,
        sides: (Account, Account),
        at: Instant,
        allocations: Vec<Allocation>,
        deficit: Points,
        next_seq: &mut Sequence,
    ) -> Movement {
        let amount = sum(&allocations) + deficit;
        self.totals.clawed_back += amount;
        self.movement(Draft { kind: Kind::Clawback, sides, amount, at, allocations, deficit }, next_seq)
    }
}

//! Points that a wallet gets, and points that need not wait any longer.

use uuid::Uuid;

use super::{Draft, Sequence, Wallet};
use crate::{
    clock::Instant,
    ledger::{Account, Kind, Lot, Movement, Points},
};

/// A credit to be made.
#[derive(Clone, Debug)]
pub struct Credit {
    pub kind: Kind,
    pub from: Account,
    pub points: Points,
    pub occurred_at: Instant,
    /// Of points that await an event: when they are called off without it.
    pub activates_at: Instant,
    pub awaits_event: bool,
    pub expires_at: Option<Instant>,
    /// The lot of another wallet that they come out of.
    pub origin: Option<(Uuid, i64)>,
}

impl Wallet {
    /// Gives points. The wallet must be settled up to `now`; what is due by then of the new lot (points that were given
    /// for a day long past) is written down at once.
    pub fn credit(&mut self, credit: &Credit, now: Instant, next_seq: &mut Sequence) -> Vec<Movement> {
        self.version += 1;
        let mut movements = vec![self.take_in(credit, true, next_seq)];
        movements.extend(self.settle(now, next_seq));
        movements
    }

    /// Makes a lot of a credit, which fills a deficit first unless its points are spoken for.
    pub(super) fn take_in(&mut self, credit: &Credit, fills: bool, next_seq: &mut Sequence) -> Movement {
        debug_assert!(credit.points.is_positive(), "a credit of nothing is no movement");
        let active = !credit.awaits_event && credit.activates_at <= credit.occurred_at;
        let place = self.insert(Lot {
            seq: *next_seq,
            issued: credit.points,
            remaining: credit.points,
            expired: Points::ZERO,
            issued_at: credit.occurred_at,
            activates_at: credit.activates_at,
            awaits_event: credit.awaits_event,
            active,
            expires_at: credit.expires_at,
            origin: credit.origin,
        });
        let allocations = if active && fills { self.fill_deficit(place) } else { Vec::new() };
        let to = if active { Account::Available } else { Account::Pending };
        match credit.kind {
            Kind::Earn => self.totals.earned += credit.points,
            Kind::TransferIn => self.totals.transferred += credit.points,
            Kind::Recredit => self.totals.redeemed -= credit.points,
            _ => self.totals.adjusted += credit.points,
        }
        let draft = Draft {
            kind: credit.kind,
            sides: (credit.from, to),
            amount: credit.points,
            at: credit.occurred_at,
            allocations,
            deficit: Points::ZERO,
        };
        Movement {
            activates_at: Some(credit.activates_at),
            awaits_event: credit.awaits_event,
            expires_at: credit.expires_at,
            ..self.movement(draft, next_seq)
        }
    }

    /// Makes points of a waiting lot active before their time, or because their event has come: `points` of them, or what
    /// is left where that is less. A part becomes a lot of its own, with the same end. `expires_at` is when points end that
    /// awaited their event: what had its end already keeps it.
    pub fn activate_early(
        &mut self,
        seq: i64,
        points: Points,
        expires_at: Option<Instant>,
        (at, now): (Instant, Instant),
        next_seq: &mut Sequence,
    ) -> Vec<Movement> {
        let Some(lot) = self.lot_mut(seq).filter(|lot| !lot.active && lot.remaining.is_positive()) else {
            return Vec::new();
        };
        let points = points.min(lot.remaining);
        if !points.is_positive() {
            return Vec::new();
        }
        let ends = if lot.awaits_event { expires_at } else { lot.expires_at };
        let whole = points == lot.remaining;
        if whole {
            lot.expires_at = ends;
            // Its place in the spending order follows from its end.
            self.lots.sort_by(Lot::spending_order);
        } else {
            lot.remaining -= points;
        }
        self.version += 1;
        let mut movements = vec![if whole {
            Movement { expires_at: ends, ..self.activate(seq, at, next_seq) }
        } else {
            self.activate_part(seq, points, ends, at, next_seq)
        }];
        movements.extend(self.settle(now, next_seq));
        movements
    }

    fn activate_part(
        &mut self,
        seq: i64,
        points: Points,
        expires_at: Option<Instant>,
        at: Instant,
        next_seq: &mut Sequence,
    ) -> Movement {
        let whole = self.lot_mut(seq).expect("the caller has found it").clone();
        let place = self.insert(Lot {
            seq: *next_seq,
            issued: points,
            remaining: points,
            expired: Points::ZERO,
            activates_at: at,
            awaits_event: false,
            active: true,
            expires_at,
            ..whole
        });
        let draft = Draft {
            kind: Kind::Activate,
            sides: (Account::Pending, Account::Available),
            amount: points,
            at,
            allocations: self.fill_deficit(place),
            deficit: Points::ZERO,
        };
        let movement = self.movement(draft, next_seq);
        Movement { activates_at: Some(at), expires_at, lot: Some(seq), ..movement }
    }

    /// Calls off what waits in a lot.
    pub fn cancel_lot(&mut self, seq: i64, at: Instant, next_seq: &mut Sequence) -> Option<Movement> {
        let waits = self.lots.iter().any(|lot| lot.seq == seq && !lot.active && lot.remaining.is_positive());
        waits.then(|| {
            self.version += 1;
            self.call_off(seq, at, next_seq)
        })
    }
}

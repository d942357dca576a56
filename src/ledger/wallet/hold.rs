//! Points set aside, and what becomes of them.

use uuid::Uuid;

use super::{Draft, Sequence, Wallet, sum};
use crate::{
    clock::Instant,
    ledger::{Account, Allocation, Hold, HoldState, Kind, Lot, Movement, Points},
};

impl Wallet {
    /// Sets points aside that the caller has checked to be there. `first` are lots that give before all others.
    pub fn hold(
        &mut self,
        points: Points,
        first: &[i64],
        (at, expires_at): (Instant, Instant),
        next_seq: &mut Sequence,
    ) -> Movement {
        debug_assert!(points.is_positive(), "holding nothing is no movement");
        self.version += 1;
        let (mut parts, missing) = self.spend_from(first, points);
        let (others, deficit) = self.spend(missing);
        parts.extend(others);
        self.deficit += deficit;
        let seq = *next_seq;
        self.holds.push(Hold {
            seq,
            points,
            captured: Points::ZERO,
            parts: parts.clone(),
            deficit,
            expires_at,
            state: HoldState::Open,
        });
        let sides = (Account::Available, Account::Held);
        let draft = Draft { kind: Kind::Hold, sides, amount: points, at, allocations: parts, deficit };
        Movement { hold: Some(seq), ..self.movement(draft, next_seq) }
    }

    fn spend_from(&mut self, lots: &[i64], points: Points) -> (Vec<Allocation>, Points) {
        let mut missing = points;
        let mut parts = Vec::new();
        for lot in self.lots.iter_mut().filter(|lot| lot.active && lots.contains(&lot.seq)) {
            let points = missing.min(lot.remaining);
            if points.is_positive() {
                lot.remaining -= points;
                missing -= points;
                parts.push(Allocation { lot: lot.seq, points, expires_at: lot.expires_at });
            }
        }
        (parts, missing)
    }

    /// The place of an open hold.
    pub fn open_hold(&self, seq: i64) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.seq == seq && hold.is_open())
    }

    /// Spends points of an open hold, which the caller has checked; the others go back to their lots. The lots that gave
    /// first are spent first.
    pub fn capture(
        &mut self,
        seq: i64,
        points: Points,
        at: Instant,
        next_seq: &mut Sequence,
    ) -> Vec<Movement> {
        let place = self.place(seq);
        debug_assert!(points.is_positive() && points <= self.holds[place].points, "checked by the caller");
        self.version += 1;
        let hold = &mut self.holds[place];
        let mut missing = points;
        let mut captured = Vec::new();
        for part in &mut hold.parts {
            let taken = missing.min(part.points);
            if taken.is_positive() {
                part.points -= taken;
                missing -= taken;
                captured.push(Allocation { points: taken, ..*part });
            }
        }
        hold.parts.retain(|part| part.points.is_positive());
        hold.deficit -= missing;
        hold.captured = points;
        self.totals.redeemed += points;
        let draft = Draft {
            kind: Kind::Capture,
            sides: (Account::Held, Account::Redeemed),
            amount: points,
            at,
            allocations: captured,
            deficit: missing,
        };
        let mut movements = vec![Movement { hold: Some(seq), ..self.movement(draft, next_seq) }];
        movements.extend(self.end_hold(place, HoldState::Captured, at, next_seq));
        movements
    }

    /// Gives the points of an open hold back to their lots.
    pub fn release(&mut self, seq: i64, at: Instant, next_seq: &mut Sequence) -> Vec<Movement> {
        let place = self.place(seq);
        self.version += 1;
        self.end_hold(place, HoldState::Released, at, next_seq)
    }

    pub(super) fn place(&self, seq: i64) -> usize {
        let open = |hold: &Hold| hold.seq == seq && hold.is_open();
        self.holds.iter().position(open).expect("the caller has found it open")
    }

    /// Ends a hold. What it still holds goes back to its lots; what has ended meanwhile ends now, and says so.
    pub(super) fn end_hold(
        &mut self,
        place: usize,
        state: HoldState,
        at: Instant,
        next_seq: &mut Sequence,
    ) -> Vec<Movement> {
        let hold = &mut self.holds[place];
        hold.state = state;
        let (seq, parts, unpaid) = (hold.seq, std::mem::take(&mut hold.parts), hold.deficit);
        hold.deficit = Points::ZERO;
        let amount = sum(&parts) + unpaid;
        if amount.is_zero() {
            return Vec::new();
        }
        let given = self.give_back(parts, unpaid, (at, at), *next_seq);
        let draft = Draft {
            kind: Kind::Release,
            sides: (Account::Held, Account::Available),
            amount,
            at,
            allocations: given.parts,
            deficit: given.filled,
        };
        let made = given.new_lot.then_some(at);
        let movement = self.movement(draft, next_seq);
        let mut movements = vec![Movement { hold: Some(seq), activates_at: made, ..movement }];
        movements.extend(given.over.into_iter().map(|lot| self.expire(lot, at, next_seq)));
        movements
    }

    /// Puts points back into their lots. `unpaid` is what no lot had given: it lessens the deficit, and where later credits
    /// have filled that already, it is a lot of its own (`seq`) that never ends. `at` is when that happened, and `now` tells
    /// which lots have ended.
    pub(super) fn give_back(
        &mut self,
        parts: Vec<Allocation>,
        unpaid: Points,
        (at, now): (Instant, Instant),
        seq: i64,
    ) -> GivenBack {
        let lessened = unpaid.min(self.deficit);
        self.deficit -= lessened;
        let mut given = GivenBack { filled: lessened, ..GivenBack::default() };
        for part in parts {
            let deficit = self.deficit;
            let lot = self.lot_mut(part.lot).expect("the lots of holds and of what was spent are loaded");
            let ended = lot.is_over(now);
            let fills = if ended { Points::ZERO } else { part.points.min(deficit) };
            let points = part.points - fills;
            lot.remaining += points;
            if ended {
                given.over.push(part.lot);
            }
            self.deficit -= fills;
            given.filled += fills;
            if points.is_positive() {
                given.parts.push(Allocation { points, ..part });
            }
        }
        let left = unpaid - lessened;
        if left.is_positive() {
            given.parts.push(self.lot_of_returned(left, (None, None), at, seq));
            given.new_lot = true;
        }
        given
    }

    /// A lot made of points that came back and have no lot to go to: it was issued nothing, and was given all.
    pub(super) fn lot_of_returned(
        &mut self,
        points: Points,
        (expires_at, origin): (Option<Instant>, Option<(Uuid, i64)>),
        at: Instant,
        seq: i64,
    ) -> Allocation {
        self.insert(Lot {
            seq,
            issued: Points::ZERO,
            remaining: points,
            expired: Points::ZERO,
            issued_at: at,
            activates_at: at,
            awaits_event: false,
            active: true,
            expires_at,
            origin,
        });
        Allocation { lot: seq, points, expires_at }
    }
}

/// Where points went that came back.
#[derive(Default)]
pub(super) struct GivenBack {
    pub(super) parts: Vec<Allocation>,
    /// What filled the deficit.
    pub(super) filled: Points,
    /// Lots whose time is over: what came back to them is gone, and fills no deficit.
    pub(super) over: Vec<i64>,
    /// Whether one of the parts is a lot of its own.
    pub(super) new_lot: bool,
}

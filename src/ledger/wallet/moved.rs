//! Points that move from one wallet to another, with the life that they have.

use uuid::Uuid;

use super::{Credit, Draft, Sequence, Wallet, sum};
use crate::{
    clock::Instant,
    ledger::{Account, Allocation, HoldState, Kind, Lot, Movement, Points},
};

impl Wallet {
    /// What another wallet gets for parts of this one's lots: a credit for each, with the end that it has. `owner` names
    /// this wallet's.
    pub fn credits_for(&self, parts: &[Allocation], owner: Uuid, at: Instant) -> Vec<Credit> {
        let credit = |part: &Allocation| {
            let lot = self.lots.iter().find(|lot| lot.seq == part.lot);
            Credit {
                kind: Kind::TransferIn,
                from: Account::Transferred,
                points: part.points,
                occurred_at: at,
                activates_at: lot.map_or(at, |lot| if lot.active { at } else { lot.activates_at }),
                awaits_event: lot.is_some_and(|lot| !lot.active && lot.awaits_event),
                expires_at: part.expires_at,
                origin: Some(lot.and_then(|lot| lot.origin).unwrap_or((owner, part.lot))),
            }
        };
        parts.iter().map(credit).collect()
    }

    /// Takes the whole of lots, waiting or active, for another wallet: one movement a lot.
    pub fn give(
        &mut self,
        is_given: impl Fn(&Lot) -> bool,
        at: Instant,
        next_seq: &mut Sequence,
    ) -> Vec<Movement> {
        let full = self.lots.iter().filter(|lot| lot.remaining.is_positive() && is_given(lot));
        let full: Vec<i64> = full.map(|lot| lot.seq).collect();
        assert!(self.rest.active.is_zero() && self.rest.pending.is_zero(), "giving needs the whole wallet");
        self.version += i64::from(!full.is_empty());
        let one = |seq| {
            let lot = self.lot_mut(seq).expect("it was found full");
            let points = std::mem::take(&mut lot.remaining);
            let part = Allocation { lot: seq, points, expires_at: lot.expires_at };
            let from = if lot.active { Account::Available } else { Account::Pending };
            self.hand_over(from, vec![part], at, next_seq)
        };
        full.into_iter().map(one).collect()
    }

    /// What leaves one of the accounts here for another wallet.
    fn hand_over(
        &mut self,
        from: Account,
        parts: Vec<Allocation>,
        at: Instant,
        next_seq: &mut Sequence,
    ) -> Movement {
        let amount = sum(&parts);
        self.totals.transferred -= amount;
        let draft = Draft {
            kind: Kind::TransferOut,
            sides: (from, Account::Transferred),
            amount,
            at,
            allocations: parts,
            deficit: Points::ZERO,
        };
        self.movement(draft, next_seq)
    }

    /// Lets another wallet have what has expired here, or was called off, of its own lots: it is not to be taken from their
    /// owner again.
    pub fn give_gone(
        &mut self,
        is_given: impl Fn(&Lot) -> bool,
        at: Instant,
        next_seq: &mut Sequence,
    ) -> Vec<Movement> {
        let gone = self.lots.iter().filter(|lot| lot.expired.is_positive() && is_given(lot));
        let gone: Vec<i64> = gone.map(|lot| lot.seq).collect();
        self.version += i64::from(!gone.is_empty());
        let one = |seq| {
            let lot = self.lot_mut(seq).expect("it was found above");
            let points = std::mem::take(&mut lot.expired);
            let part = Allocation { lot: seq, points, expires_at: lot.expires_at };
            let from = if lot.active { Account::Expired } else { Account::Cancelled };
            match from {
                Account::Expired => self.totals.expired -= points,
                _ => self.totals.cancelled -= points,
            }
            self.hand_over(from, vec![part], at, next_seq)
        };
        gone.into_iter().map(one).collect()
    }

    /// Takes in what is gone: it comes, and is gone here as it was there, where it expired or was called off.
    pub fn take_gone(&mut self, credit: &Credit, expired: bool, next_seq: &mut Sequence) -> [Movement; 2] {
        self.version += 1;
        let at = credit.occurred_at;
        // What was called off waits until it is.
        let credit = Credit { awaits_event: !expired, ..credit.clone() };
        let came = self.take_in(&credit, false, next_seq);
        let gone =
            if expired { self.expire(came.seq, at, next_seq) } else { self.call_off(came.seq, at, next_seq) };
        [came, gone]
    }

    /// Gets back what it paid for another wallet's deficit: what lots gave goes back to them with the end that they have, and
    /// what none had given lessens the deficit.
    pub fn take_back_paid(
        &mut self,
        parts: Vec<Allocation>,
        unpaid: Points,
        at: Instant,
        next_seq: &mut Sequence,
    ) -> Vec<Movement> {
        self.version += 1;
        let amount = sum(&parts) + unpaid;
        let given = self.give_back(parts, unpaid, (at, at), *next_seq);
        self.totals.transferred += amount;
        let draft = Draft {
            kind: Kind::Recredit,
            sides: (Account::Transferred, Account::Available),
            amount,
            at,
            allocations: given.parts,
            deficit: given.filled,
        };
        let made = given.new_lot.then_some(at);
        let movement = self.movement(draft, next_seq);
        let mut movements = vec![Movement { activates_at: made, ..movement }];
        movements.extend(given.over.into_iter().map(|lot| self.expire(lot, at, next_seq)));
        movements
    }

    /// Lets another wallet carry the deficit: what came in fills it, and is no lot.
    pub fn hand_over_deficit(&mut self, at: Instant, next_seq: &mut Sequence) -> Option<Movement> {
        let amount = std::mem::take(&mut self.deficit);
        amount.is_positive().then(|| {
            self.version += 1;
            self.totals.transferred += amount;
            let draft = Draft {
                kind: Kind::TransferIn,
                sides: (Account::Transferred, Account::Available),
                amount,
                at,
                allocations: Vec::new(),
                deficit: amount,
            };
            self.movement(draft, next_seq)
        })
    }

    /// Lets another wallet have what an open hold holds. What some lots gave goes as it is, out of time's reach as it was; what
    /// others gave, and what none had given, returns here.
    pub fn hand_over_hold(
        &mut self,
        seq: i64,
        is_given: impl Fn(&Lot) -> bool,
        at: Instant,
        next_seq: &mut Sequence,
    ) -> Vec<Movement> {
        let place = self.place(seq);
        self.version += 1;
        let parts = std::mem::take(&mut self.holds[place].parts);
        let is_given = |part: &Allocation| {
            let lot = self.lots.iter().find(|lot| lot.seq == part.lot);
            lot.is_some_and(&is_given)
        };
        let (parts, rest): (Vec<_>, Vec<_>) = parts.into_iter().partition(is_given);
        self.holds[place].parts = rest;
        let mut movements = Vec::new();
        if sum(&parts).is_positive() {
            let movement = self.hand_over(Account::Held, parts, at, next_seq);
            movements.push(Movement { hold: Some(seq), ..movement });
        }
        movements.extend(self.end_hold(place, HoldState::Released, at, next_seq));
        movements
    }

    /// Goes on holding what another wallet held: `credits` are what its lots had given, and `lent` is what none had. The last
    /// movement sets them aside.
    pub fn take_over_hold(
        &mut self,
        credits: &[Credit],
        lent: Points,
        times: (Instant, Instant),
        next_seq: &mut Sequence,
    ) -> Vec<Movement> {
        let mut movements: Vec<Movement> =
            credits.iter().map(|credit| self.take_in(credit, false, next_seq)).collect();
        let lots: Vec<i64> = movements.iter().map(|movement| movement.seq).collect();
        let points = lent + credits.iter().map(|credit| credit.points).sum();
        movements.push(self.hold(points, &lots, times, next_seq));
        movements
    }

    /// Lots of others' that stay are this wallet's own from now on.
    pub fn forget_origins(&mut self, is_own: impl Fn(&Lot) -> bool) {
        self.lots.iter_mut().filter(|lot| is_own(lot)).for_each(|lot| lot.origin = None);
    }

    /// The lots that a lot of another wallet's has become here.
    pub fn lots_out_of(&self, owner: Uuid, lot: i64) -> impl Iterator<Item = &Lot> {
        self.lots.iter().filter(move |own| own.origin == Some((owner, lot)))
    }
}

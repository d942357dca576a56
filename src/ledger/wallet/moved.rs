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

    /// Takes the whole of every lot, waiting or active, for another wallet: one movement a lot.
    pub fn give_all(&mut self, at: Instant, next_seq: &mut Sequence) -> Vec<Movement> {
        let full: Vec<i64> =
            self.lots.iter().filter(|lot| lot.remaining.is_positive()).map(|lot| lot.seq).collect();
        assert!(
            self.rest.active.is_zero() && self.rest.pending.is_zero(),
            "giving all needs the whole wallet"
        );
        self.version += i64::from(!full.is_empty());
        full.into_iter().map(|seq| self.give_lot(seq, at, next_seq)).collect()
    }

    fn give_lot(&mut self, seq: i64, at: Instant, next_seq: &mut Sequence) -> Movement {
        let lot = self.lot_mut(seq).expect("it was found full");
        let amount = std::mem::take(&mut lot.remaining);
        let part = Allocation { lot: seq, points: amount, expires_at: lot.expires_at };
        let from = if lot.active { Account::Available } else { Account::Pending };
        self.totals.transferred -= amount;
        let draft = Draft {
            kind: Kind::TransferOut,
            sides: (from, Account::Transferred),
            amount,
            at,
            allocations: vec![part],
            deficit: Points::ZERO,
        };
        self.movement(draft, next_seq)
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

    /// Lets another wallet have what an open hold holds. What lots gave goes as it is, out of time's reach as it was; what none
    /// had given returns here.
    pub fn hand_over_hold(&mut self, seq: i64, at: Instant, next_seq: &mut Sequence) -> Vec<Movement> {
        let place = self.place(seq);
        self.version += 1;
        let parts = std::mem::take(&mut self.holds[place].parts);
        let amount = sum(&parts);
        let mut movements = Vec::new();
        if amount.is_positive() {
            self.totals.transferred -= amount;
            let draft = Draft {
                kind: Kind::TransferOut,
                sides: (Account::Held, Account::Transferred),
                amount,
                at,
                allocations: parts,
                deficit: Points::ZERO,
            };
            movements.push(Movement { hold: Some(seq), ..self.movement(draft, next_seq) });
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

    /// The lots that a lot of another wallet's has become here.
    pub fn lots_out_of(&self, owner: Uuid, lot: i64) -> impl Iterator<Item = &Lot> {
        self.lots.iter().filter(move |own| own.origin == Some((owner, lot)))
    }
}

//! What time does to a wallet.

use super::{Draft, Sequence, Wallet};
use crate::{
    clock::Instant,
    ledger::{Account, Allocation, HoldState, Kind, Movement, Points},
};

impl Wallet {
    /// Writes down what time has done up to and including `now`: holds, activations and expiries, in the order in which
    /// they fell due. The version grows by one for each instant at which something changed.
    pub fn settle(&mut self, now: Instant, next_seq: &mut Sequence) -> Vec<Movement> {
        let mut movements = Vec::new();
        while let Some(at) = self.due_at().filter(|at| *at <= now) {
            assert!(self.rest.due_at != Some(at), "what is due is loaded");
            self.version += 1;
            let over = (0..self.holds.len())
                .filter(|&i| self.holds[i].is_open() && self.holds[i].expires_at == at)
                .collect::<Vec<_>>();
            for i in over {
                movements.extend(self.end_hold(i, HoldState::Expired, at, next_seq));
            }
            let due: Vec<i64> =
                self.lots.iter().filter(|lot| lot.due_at() == Some(at)).map(|lot| lot.seq).collect();
            for seq in due {
                movements.push(self.fall_due(seq, at, next_seq));
            }
        }
        movements
    }

    fn fall_due(&mut self, seq: i64, at: Instant, next_seq: &mut Sequence) -> Movement {
        let lot = self.lots.iter().find(|lot| lot.seq == seq).expect("it was found due");
        match (lot.active, lot.awaits_event) {
            (true, _) => self.expire(seq, at, next_seq),
            (false, true) => self.call_off(seq, at, next_seq),
            (false, false) => self.activate(seq, at, next_seq),
        }
    }

    /// The whole of an active lot is gone.
    pub(super) fn expire(&mut self, seq: i64, at: Instant, next_seq: &mut Sequence) -> Movement {
        let part = self.empty(seq);
        self.totals.expired += part.points;
        self.gone(Kind::Expire, (Account::Available, Account::Expired), part, at, next_seq)
    }

    /// The whole of a waiting lot is called off.
    pub(super) fn call_off(&mut self, seq: i64, at: Instant, next_seq: &mut Sequence) -> Movement {
        let part = self.empty(seq);
        self.totals.cancelled += part.points;
        self.gone(Kind::Cancel, (Account::Pending, Account::Cancelled), part, at, next_seq)
    }

    fn empty(&mut self, seq: i64) -> Allocation {
        let lot = self.lot_mut(seq).expect("the caller has found it");
        let points = std::mem::take(&mut lot.remaining);
        lot.expired += points;
        Allocation { lot: seq, points, expires_at: lot.expires_at }
    }

    fn gone(
        &mut self,
        kind: Kind,
        sides: (Account, Account),
        part: Allocation,
        at: Instant,
        next_seq: &mut Sequence,
    ) -> Movement {
        let amount = part.points;
        let draft = Draft { kind, sides, amount, at, allocations: vec![part], deficit: Points::ZERO };
        self.movement(draft, next_seq)
    }

    /// The whole of a waiting lot becomes active, and fills a deficit first.
    pub(super) fn activate(&mut self, seq: i64, at: Instant, next_seq: &mut Sequence) -> Movement {
        let place = self.lots.iter().position(|lot| lot.seq == seq).expect("the caller has found it");
        let amount = self.lots[place].remaining;
        self.lots[place].active = true;
        let allocations = self.fill_deficit(place);
        let sides = (Account::Pending, Account::Available);
        let draft = Draft { kind: Kind::Activate, sides, amount, at, allocations, deficit: Points::ZERO };
        Movement { lot: Some(seq), ..self.movement(draft, next_seq) }
    }
}

//! One currency of one member: its lots, its deficit, and the movements that change them.

use serde::{Deserialize, Serialize};

use super::{Account, Allocation, Kind, Lot, Movement, Points};
use crate::clock::Instant;

/// What has ever moved through a wallet, by kind. Each is the sum of the entries of that kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub earned: Points,
    /// By hand, given less taken.
    pub adjusted: Points,
    pub clawed_back: Points,
    pub expired: Points,
}

/// A wallet with the lots that a change may need: every lot with something remaining, and whatever else was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    pub currency: String,
    /// Grows by one with every change, and with every instant at which time changed something.
    pub version: i64,
    /// How far the balance is below what the lots hold: the next credits fill it first.
    pub deficit: Points,
    pub totals: Totals,
    /// In spending order.
    lots: Vec<Lot>,
}

/// A credit to be made.
#[derive(Clone, Debug)]
pub struct Credit {
    pub kind: Kind,
    pub from: Account,
    pub points: Points,
    pub occurred_at: Instant,
    pub activates_at: Instant,
    pub expires_at: Option<Instant>,
}

/// What is to be taken back of one lot's points, and what was taken or forgiven of them before.
#[derive(Clone, Copy, Debug)]
pub struct Clawback {
    /// The lot that the order's points came in.
    pub lot: i64,
    /// What is to be taken now.
    pub points: Points,
    /// Expired points of the lot that earlier clawbacks have already counted.
    pub forgiven_before: Points,
    /// How far the deficit may grow by this; without limit where there is none.
    pub deficit_max: Option<Points>,
    pub occurred_at: Instant,
}

/// What became of a clawback: `points = sum of movements + forgiven + uncollected`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClawedBack {
    pub movements: Vec<Movement>,
    /// Had expired already, and so was not taken twice.
    pub forgiven: Points,
    /// Could not be taken within the floor of the deficit, and so was left to the member.
    pub uncollected: Points,
}

/// Hands out the numbers of a member's entries.
pub type Sequence = i64;

impl Wallet {
    /// An empty wallet.
    pub fn new(currency: String) -> Self {
        Self { currency, version: 0, deficit: Points::ZERO, totals: Totals::default(), lots: Vec::new() }
    }

    /// A wallet as it was stored.
    pub fn restore(
        currency: String,
        version: i64,
        deficit: Points,
        totals: Totals,
        mut lots: Vec<Lot>,
    ) -> Self {
        lots.sort_by(Lot::spending_order);
        Self { currency, version, deficit, totals, lots }
    }

    /// The lots in spending order.
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    /// What can be spent by what has been written down: active remaining less deficit. Settle first for "now".
    pub fn available(&self) -> Points {
        self.lots.iter().filter(|lot| lot.active).map(|lot| lot.remaining).sum::<Points>() - self.deficit
    }

    /// What waits for its activation.
    pub fn pending(&self) -> Points {
        self.lots.iter().filter(|lot| !lot.active).map(|lot| lot.remaining).sum()
    }

    /// The next instant at which time will change something.
    pub fn due_at(&self) -> Option<Instant> {
        self.lots.iter().filter_map(Lot::due_at).min()
    }

    /// Writes down what time has done up to and including `now`: activations and expiries, in the order in which they
    /// fell due. The version grows by one for each instant at which something changed.
    pub fn settle(&mut self, now: Instant, next_seq: &mut Sequence) -> Vec<Movement> {
        let mut movements = Vec::new();
        while let Some(at) = self.due_at().filter(|at| *at <= now) {
            self.version += 1;
            let due: Vec<usize> =
                (0..self.lots.len()).filter(|&i| self.lots[i].due_at() == Some(at)).collect();
            for i in due {
                let movement = if self.lots[i].active {
                    self.expire(i, at, next_seq)
                } else {
                    self.activate(i, at, next_seq)
                };
                movements.push(movement);
            }
        }
        movements
    }

    fn expire(&mut self, i: usize, at: Instant, next_seq: &mut Sequence) -> Movement {
        let lot = &mut self.lots[i];
        let amount = std::mem::take(&mut lot.remaining);
        lot.expired += amount;
        let allocation = Allocation { lot: lot.seq, points: amount, expires_at: lot.expires_at };
        self.totals.expired += amount;
        self.movement(
            Kind::Expire,
            (Account::Available, Account::Expired),
            amount,
            at,
            next_seq,
            vec![allocation],
        )
    }

    fn activate(&mut self, i: usize, at: Instant, next_seq: &mut Sequence) -> Movement {
        let amount = self.lots[i].remaining;
        self.lots[i].active = true;
        let filled = self.fill_deficit(i);
        self.movement(Kind::Activate, (Account::Pending, Account::Available), amount, at, next_seq, filled)
    }

    /// Takes what it can of the deficit out of an active lot.
    fn fill_deficit(&mut self, i: usize) -> Vec<Allocation> {
        let lot = &mut self.lots[i];
        let points = lot.remaining.min(self.deficit);
        if points.is_zero() {
            return Vec::new();
        }
        lot.remaining -= points;
        self.deficit -= points;
        vec![Allocation { lot: lot.seq, points, expires_at: lot.expires_at }]
    }

    /// Gives points. The wallet must be settled up to `now`; what is due by then of the new lot (points that were given
    /// for a day long past) is written down at once.
    pub fn credit(&mut self, credit: &Credit, now: Instant, next_seq: &mut Sequence) -> Vec<Movement> {
        debug_assert!(credit.points.is_positive(), "a credit of nothing is no movement");
        self.version += 1;
        let active = credit.activates_at <= credit.occurred_at;
        let lot = Lot {
            seq: *next_seq,
            issued: credit.points,
            remaining: credit.points,
            expired: Points::ZERO,
            issued_at: credit.occurred_at,
            activates_at: credit.activates_at,
            active,
            expires_at: credit.expires_at,
        };
        let place = self.lots.partition_point(|other| other.spending_order(&lot).is_lt());
        self.lots.insert(place, lot);
        let filled = if active { self.fill_deficit(place) } else { Vec::new() };
        let to = if active { Account::Available } else { Account::Pending };
        if credit.kind == Kind::Earn {
            self.totals.earned += credit.points;
        } else {
            self.totals.adjusted += credit.points;
        }
        let mut given = self.movement(
            credit.kind,
            (credit.from, to),
            credit.points,
            credit.occurred_at,
            next_seq,
            filled,
        );
        given.activates_at = Some(credit.activates_at);
        given.expires_at = credit.expires_at;
        let mut movements = vec![given];
        movements.extend(self.settle(now, next_seq));
        movements
    }

    /// Takes points that the caller has checked to be there: `points` must not exceed [`Wallet::available`].
    pub fn debit(
        &mut self,
        kind: Kind,
        to: Account,
        points: Points,
        at: Instant,
        next_seq: &mut Sequence,
    ) -> Movement {
        debug_assert!(points.is_positive() && points <= self.available(), "checked by the caller");
        self.version += 1;
        let (allocations, deficit) = self.spend(points);
        self.deficit += deficit;
        self.totals.adjusted -= points;
        let mut taken = self.movement(kind, (Account::Available, to), points, at, next_seq, allocations);
        taken.deficit = deficit;
        taken
    }

    /// Takes back what an order no longer earns, in this order: from the order's own lot (pending or active), then
    /// against those of its points that have expired (they are gone already and are not taken twice), then from the
    /// other active lots in spending order; what is left becomes deficit, as far as its floor allows.
    pub fn claw_back(&mut self, claim: Clawback, next_seq: &mut Sequence) -> ClawedBack {
        let mut due = claim.points;
        let mut result = ClawedBack::default();
        let mut own = Vec::new();
        if let Some(lot) = self.lots.iter_mut().find(|lot| lot.seq == claim.lot) {
            let points = due.min(lot.remaining);
            lot.remaining -= points;
            due -= points;
            result.forgiven = due.min(lot.expired - claim.forgiven_before).max(Points::ZERO);
            due -= result.forgiven;
            let (active, part) =
                (lot.active, Allocation { lot: lot.seq, points, expires_at: lot.expires_at });
            match points.is_positive() {
                true if active => own.push(part),
                true => {
                    let taken =
                        self.taken(Account::Pending, claim.occurred_at, vec![part], Points::ZERO, next_seq);
                    result.movements.push(taken);
                }
                false => {}
            }
        }
        let (others, missing) = self.spend(due);
        own.extend(others);
        let room = claim.deficit_max.map_or(missing, |max| (max - self.deficit).max(Points::ZERO));
        let deficit = missing.min(room);
        result.uncollected = missing - deficit;
        self.deficit += deficit;
        if !own.is_empty() || deficit.is_positive() {
            result.movements.push(self.taken(Account::Available, claim.occurred_at, own, deficit, next_seq));
        }
        self.version += i64::from(!result.movements.is_empty());
        result
    }

    fn taken(
        &mut self,
        from: Account,
        at: Instant,
        allocations: Vec<Allocation>,
        deficit: Points,
        next_seq: &mut Sequence,
    ) -> Movement {
        let amount = allocations.iter().map(|part| part.points).sum::<Points>() + deficit;
        self.totals.clawed_back += amount;
        let sides = (from, Account::ClawedBack);
        let mut movement = self.movement(Kind::Clawback, sides, amount, at, next_seq, allocations);
        movement.deficit = deficit;
        movement
    }

    /// Takes points out of active lots in spending order; what they lack is answered second.
    fn spend(&mut self, points: Points) -> (Vec<Allocation>, Points) {
        let mut missing = points;
        let mut allocations = Vec::new();
        for lot in self.lots.iter_mut().filter(|lot| lot.active && lot.remaining.is_positive()) {
            if missing.is_zero() {
                break;
            }
            let part = missing.min(lot.remaining);
            lot.remaining -= part;
            missing -= part;
            allocations.push(Allocation { lot: lot.seq, points: part, expires_at: lot.expires_at });
        }
        (allocations, missing)
    }

    fn movement(
        &self,
        kind: Kind,
        (debit, credit): (Account, Account),
        amount: Points,
        occurred_at: Instant,
        next_seq: &mut Sequence,
        allocations: Vec<Allocation>,
    ) -> Movement {
        let seq = *next_seq;
        *next_seq += 1;
        Movement {
            seq,
            kind,
            debit,
            credit,
            amount,
            balance_after: self.available(),
            occurred_at,
            activates_at: None,
            expires_at: None,
            allocations,
            deficit: Points::ZERO,
        }
    }
}

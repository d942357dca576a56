//! A wallet made again from its entries: what was true at any instant of the past, and the proof of what is stored.

use super::{Totals, Wallet};
use crate::{
    clock::Instant,
    ledger::{Account, Allocation, Hold, HoldState, Kind, Lot, Movement, Points},
};

impl Wallet {
    /// The wallet that movements make, in the order of their numbers. Every lot is in it, spent ones too.
    ///
    /// The version is not told by entries, and is 0. When an open hold ends is not told by them either: `ends` says.
    pub fn replay<'a>(
        currency: String,
        movements: impl IntoIterator<Item = &'a Movement>,
        ends: impl Fn(i64) -> Option<Instant>,
    ) -> Self {
        let mut wallet = Self::new(currency);
        for movement in movements {
            wallet.apply(movement, &ends);
        }
        wallet.lots.sort_by(Lot::spending_order);
        wallet
    }

    fn apply(&mut self, movement: &Movement, ends: &impl Fn(i64) -> Option<Instant>) {
        self.totals.count(movement);
        if movement.makes_lot() {
            // A part that became active is as old as the points that it was a part of.
            let whole = movement.lot.and_then(|seq| self.lot_mut(seq)).map(|lot| lot.issued_at);
            self.lots.push(lot_of(movement, whole.unwrap_or(movement.occurred_at)));
        }
        match movement.kind {
            Kind::Earn | Kind::Adjust | Kind::TransferIn if movement.credit.is_member() => {
                self.filled(movement);
            }
            Kind::Activate => self.activated(movement),
            Kind::Expire | Kind::Cancel => {
                for part in &movement.allocations {
                    self.change(part, |lot| lot.expired += part.points);
                    self.take(part);
                }
            }
            Kind::Capture => self.captured(movement),
            Kind::TransferOut if movement.debit == Account::Held => self.handed_over(movement),
            // What was gone went where its lots went: of them it was given.
            Kind::TransferOut if !movement.debit.is_member() => {
                movement
                    .allocations
                    .iter()
                    .for_each(|part| self.change(part, |lot| lot.expired -= part.points));
            }
            Kind::Release | Kind::Recredit => {
                movement
                    .allocations
                    .iter()
                    .for_each(|part| self.change(part, |lot| lot.remaining += part.points));
                self.deficit -= movement.deficit;
                if movement.kind == Kind::Release {
                    self.released(movement);
                }
            }
            _ => {
                movement.allocations.iter().for_each(|part| self.take(part));
                self.deficit += movement.deficit;
                if movement.kind == Kind::Hold {
                    self.set_aside(movement, ends);
                }
            }
        }
    }

    fn change(&mut self, part: &Allocation, change: impl FnOnce(&mut Lot)) {
        if let Some(lot) = self.lot_mut(part.lot) {
            change(lot);
        }
    }

    fn take(&mut self, part: &Allocation) {
        self.change(part, |lot| lot.remaining -= part.points);
    }

    /// A credit or activation whose own lot filled a deficit; a credit without a lot is all deficit.
    fn filled(&mut self, movement: &Movement) {
        for part in &movement.allocations {
            self.take(part);
            self.deficit -= part.points;
        }
        self.deficit -= movement.deficit;
    }

    fn activated(&mut self, movement: &Movement) {
        if movement.makes_lot() {
            if let Some(lot) = movement.lot.and_then(|seq| self.lot_mut(seq)) {
                lot.remaining -= movement.amount;
            }
        } else if let Some(lot) = self.activated_lot(movement) {
            lot.active = true;
            if lot.awaits_event {
                lot.expires_at = movement.expires_at;
            }
        }
        self.filled(movement);
    }

    /// The lot that became active as a whole. Entries of the first release do not name it; then it is the one whose time
    /// had come.
    fn activated_lot(&mut self, movement: &Movement) -> Option<&mut Lot> {
        let due = |lot: &Lot| {
            !lot.active && lot.activates_at == movement.occurred_at && lot.remaining == movement.amount
        };
        self.lots.iter_mut().find(|lot| movement.lot.map_or(due(lot), |seq| lot.seq == seq))
    }

    fn set_aside(&mut self, movement: &Movement, ends: &impl Fn(i64) -> Option<Instant>) {
        self.holds.push(Hold {
            seq: movement.seq,
            points: movement.amount,
            captured: Points::ZERO,
            parts: movement.allocations.clone(),
            deficit: movement.deficit,
            expires_at: ends(movement.seq).unwrap_or(movement.occurred_at),
            state: HoldState::Open,
        });
    }

    fn captured(&mut self, movement: &Movement) {
        if let Some(hold) = self.holds.iter_mut().find(|hold| Some(hold.seq) == movement.hold) {
            hold.captured = movement.amount;
            hold.state = HoldState::Captured;
            hold.parts.clear();
            hold.deficit = Points::ZERO;
        }
    }

    fn handed_over(&mut self, movement: &Movement) {
        if let Some(hold) = self.holds.iter_mut().find(|hold| Some(hold.seq) == movement.hold) {
            hold.state = HoldState::Released;
            hold.parts.clear();
            hold.deficit = Points::ZERO;
        }
    }

    fn released(&mut self, movement: &Movement) {
        let open = self.holds.iter_mut().find(|hold| Some(hold.seq) == movement.hold && hold.is_open());
        if let Some(hold) = open {
            hold.state = if movement.occurred_at >= hold.expires_at {
                HoldState::Expired
            } else {
                HoldState::Released
            };
            hold.parts.clear();
            hold.deficit = Points::ZERO;
        }
    }
}

fn lot_of(movement: &Movement, issued_at: Instant) -> Lot {
    let returned = movement.kind.gives_back();
    let points = if returned { Points::ZERO } else { movement.amount };
    Lot {
        seq: movement.seq,
        issued: points,
        remaining: points,
        expired: Points::ZERO,
        issued_at,
        activates_at: movement.activates_at.unwrap_or(movement.occurred_at),
        awaits_event: movement.awaits_event,
        active: movement.credit == Account::Available,
        expires_at: movement.expires_at,
        origin: None,
    }
}

impl Totals {
    /// Counts a movement.
    fn count(&mut self, movement: &Movement) {
        let amount = movement.amount;
        for (account, sign) in [(movement.debit, Points(-amount.0)), (movement.credit, amount)] {
            match account {
                Account::Issued => self.earned -= sign,
                Account::Adjusted => self.adjusted -= sign,
                Account::Transferred => self.transferred -= sign,
                Account::ClawedBack => self.clawed_back += sign,
                Account::Expired => self.expired += sign,
                Account::Cancelled => self.cancelled += sign,
                Account::Redeemed => self.redeemed += sign,
                Account::Pending | Account::Available | Account::Held => {}
            }
        }
    }
}

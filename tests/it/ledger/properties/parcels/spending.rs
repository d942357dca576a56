//! What is set aside and spent, and what comes back of it.

use chrono::Duration;
use loyalty::{
    clock::Instant,
    commands::{CaptureHold, HoldPoints, Price, Redeem},
    ids::{HoldId, RedemptionId},
};

use super::{Lot, Parcels, Place};

/// A hold.
pub(super) struct SetAside {
    pub(super) person: usize,
    pub(super) coin: usize,
    pub(super) points: i64,
    /// In the order in which they were taken.
    pub(super) parts: Vec<usize>,
    pub(super) lent: i64,
    pub(super) ends: Instant,
    pub(super) open: bool,
    pub(super) captured: bool,
    pub(super) order: Option<String>,
    /// The reward, and whether it is one of a number.
    pub(super) reward: Option<(usize, bool)>,
    pub(super) seat: u64,
}

/// A redemption: what of it is spent still, and what has come back.
pub(super) struct Redeemed {
    pub(super) person: usize,
    pub(super) coin: usize,
    pub(super) points: i64,
    pub(super) parts: Vec<usize>,
    pub(super) lent: i64,
    pub(super) back: i64,
    pub(super) order: Option<String>,
    pub(super) reward: Option<(usize, bool)>,
    pub(super) reversed: bool,
}

/// A price in numbers.
pub(super) struct Cost {
    pub(super) coin: usize,
    pub(super) points: i64,
    pub(super) reward: Option<(usize, bool)>,
}

impl Parcels<'_> {
    pub(super) fn cost(&self, price: &Price) -> Cost {
        match price {
            Price::Points { points, currency } => {
                Cost { coin: Self::coin(currency.as_deref()), points: points.0, reward: None }
            }
            Price::Reward { reward } => {
                let reward = Self::reward(reward);
                let known = &self.terms.rewards[reward];
                let (coin, points) = (self.terms.coin_of(reward), known.points.cast_signed());
                Cost { coin, points, reward: Some((reward, known.stock.is_some())) }
            }
        }
    }

    pub(super) fn set_aside(&mut self, command: &HoldPoints, id: HoldId) {
        let person = self.find(&command.customer).expect("a member");
        let Cost { coin, points, reward } = self.cost(&command.price);
        let seconds = command.ttl_seconds.unwrap_or(self.terms.spending.hold_ttl_seconds);
        let (parts, lent) = self.spend(person, coin, points, Place::Held);
        self.people[person].debts[coin] += lent;
        self.seats += 1;
        let (ends, order) = (self.now + Duration::seconds(seconds.into()), command.order.clone());
        let (open, captured, seat) = (true, false, self.seats);
        let hold = SetAside { person, coin, points, parts, lent, ends, open, captured, order, reward, seat };
        self.holds.insert(id, hold);
    }

    pub(super) fn capture(&mut self, command: &CaptureHold, id: RedemptionId) {
        let hold = self.holds.get_mut(&command.hold).expect("a hold");
        let (person, coin, reward, parts) = (hold.person, hold.coin, hold.reward, hold.parts.clone());
        let points = command.points.map_or(hold.points, |points| points.0);
        let order = command.order.clone().or_else(|| hold.order.clone());
        let (parts, lent) = self.take(&parts, points, Place::Spent);
        let hold = self.holds.get_mut(&command.hold).expect("a hold");
        hold.captured = true;
        hold.lent -= lent;
        self.let_go(command.hold, self.now);
        self.note(
            id,
            Redeemed { person, coin, points, parts, lent, back: 0, order, reward, reversed: false },
        );
    }

    pub(super) fn redeem(&mut self, command: &Redeem, id: RedemptionId) {
        let person = self.find(&command.customer).expect("a member");
        let Cost { coin, points, reward } = self.cost(&command.price);
        let (parts, lent) = self.spend(person, coin, points, Place::Spent);
        self.people[person].debts[coin] += lent;
        let order = command.order.clone();
        self.note(
            id,
            Redeemed { person, coin, points, parts, lent, back: 0, order, reward, reversed: false },
        );
    }

    fn note(&mut self, id: RedemptionId, redeemed: Redeemed) {
        self.people[redeemed.person].sums[redeemed.coin].redeemed += redeemed.points;
        self.redeemed.insert(id, redeemed);
    }

    /// A hold ends: what it still holds is free again, or has ended.
    pub(super) fn let_go(&mut self, id: HoldId, at: Instant) {
        let hold = self.holds.get_mut(&id).expect("a hold");
        hold.open = false;
        let (person, coin, lent) = (hold.person, hold.coin, std::mem::take(&mut hold.lent));
        let parts = std::mem::take(&mut hold.parts);
        self.take_back_loan(person, coin, lent, at);
        for i in parts.into_iter().filter(|i| self.all[*i].place == Place::Held).collect::<Vec<_>>() {
            if self.lots[self.all[i].lot].ends.is_some_and(|ends| ends <= at) {
                self.end(i);
            } else {
                self.set_free(i);
            }
        }
    }

    /// What was lent is owed no longer; what was paid of it meanwhile is the member's, for ever.
    pub(super) fn take_back_loan(&mut self, person: usize, coin: usize, lent: i64, at: Instant) {
        let owed = self.people[person].debts[coin].min(lent);
        self.people[person].debts[coin] -= owed;
        if lent > owed {
            let lot = Lot { person, coin, born: at, ends: None, order: None, root: self.next_lot() };
            self.put(lot, lent - owed, Place::Free);
        }
    }

    pub(super) fn reverse(&mut self, id: RedemptionId) {
        let points = self.redeemed[&id].points;
        self.come_back(id, points, self.now);
        self.redeemed.get_mut(&id).expect("a redemption").reversed = true;
    }

    /// So much of a redemption comes back in all; what was spent last comes first.
    pub(super) fn come_back(&mut self, id: RedemptionId, target: i64, at: Instant) {
        let spent = &self.redeemed[&id];
        let mut due = target - spent.back;
        if due <= 0 {
            return;
        }
        let (person, coin) = (self.is_now(spent.person), spent.coin);
        self.people[person].sums[coin].redeemed -= due;
        let spent = self.redeemed.get_mut(&id).expect("a redemption");
        let lent = spent.lent.min(due);
        spent.lent -= lent;
        spent.back = target;
        due -= lent;
        let mut parts = std::mem::take(&mut spent.parts);
        let mut back = Vec::new();
        while due > 0 {
            let last = parts.pop().expect("no more comes back than was spent");
            let points = due.min(self.all[last].points);
            let part = self.cut(last, points);
            if part != last {
                parts.push(last);
            }
            back.push(part);
            due -= points;
        }
        self.redeemed.get_mut(&id).expect("a redemption").parts = parts;
        self.take_back_loan(person, coin, lent, at);
        let graced = self.terms.spending.recredit_grace_days;
        let (home, anew): (Vec<usize>, Vec<usize>) = back.into_iter().partition(|i| {
            let lost = self.is_over(*i) && graced > 0;
            !lost && self.home_of(*i, person).is_some()
        });
        for i in home {
            self.all[i].lot = self.home_of(i, person).expect("it was found above");
            self.come_free(i);
        }
        for i in anew {
            self.come_anew(i, person, at);
        }
    }

    /// A parcel whose lot is not here gets one of its own, and so does one that has a last grace.
    fn come_anew(&mut self, i: usize, person: usize, at: Instant) {
        let old = self.lots[self.all[i].lot].clone();
        let grace = self.terms.spending.recredit_grace_days;
        let lot = if self.is_over(i) && grace > 0 {
            let ends = Some(self.now + Duration::days(grace.into()));
            Lot { person, born: at, ends, order: None, root: self.next_lot(), ..old }
        } else {
            Lot { person, born: at, ..old }
        };
        self.all[i].lot = self.add_lot(lot);
        self.come_free(i);
    }

    pub(super) fn is_over(&self, i: usize) -> bool {
        self.lots[self.all[i].lot].ends.is_some_and(|ends| ends <= self.now)
    }

    /// The lot of somebody's that a parcel belongs to: its own, or what that has become.
    fn home_of(&self, i: usize, person: usize) -> Option<usize> {
        let lot = self.all[i].lot;
        let own = self.lots[lot].person == person;
        let kin = (0..self.lots.len()).filter(|other| {
            (self.lots[*other].person, self.lots[*other].root) == (person, self.lots[lot].root)
        });
        let first =
            kin.min_by_key(|i| (self.lots[*i].ends.is_none(), self.lots[*i].ends, self.lots[*i].born, *i));
        if own { Some(lot) } else { first }
    }

    /// How many of a limited reward are left.
    pub(super) fn left(&self, reward: usize) -> i64 {
        let counted = Some((reward, true));
        let taken = self.redeemed.values().filter(|spent| spent.reward == counted && !spent.reversed).count();
        let held = self.holds.values().filter(|hold| hold.reward == counted && hold.open).count();
        let gone = i64::try_from(taken + held).expect("a few");
        self.terms.rewards[reward].stock.expect("a limited reward").cast_signed() - gone
    }
}

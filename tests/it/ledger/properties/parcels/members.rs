//! What is given by hand, and what goes from member to member.

use std::collections::{BTreeMap, BTreeSet};

use loyalty::{
    commands::{Adjust, Merge, Transfer, Unmerge},
    ids::HoldId,
};

use super::{Lot, Parcels, Person, Place, Sums};

/// What went with somebody who became another, for the way back.
#[derive(Clone, Default)]
pub(super) struct Went {
    /// Parcels that paid what the other owed.
    paid: Vec<usize>,
    spend: BTreeMap<i32, i64>,
    holds: Vec<HoldId>,
    /// What was owed, what paid for it, and what nothing paid.
    debts: [(i64, Vec<usize>, i64); 2],
}

impl Parcels<'_> {
    pub(super) fn enrol(&mut self, customer: &str) -> usize {
        self.people.push(Person {
            customer: customer.to_owned(),
            became: None,
            went: None,
            blocked: false,
            spend: BTreeMap::new(),
            debts: [0; 2],
            sums: [Sums::default(); 2],
        });
        self.people.len() - 1
    }

    pub(super) fn adjust(&mut self, command: &Adjust) {
        let person = self.find(&command.customer).expect("a member");
        let coin = Self::coin(command.currency.as_deref());
        let points = command.points.0;
        self.people[person].sums[coin].adjusted += points;
        if points < 0 {
            let (_, missing) = self.spend(person, coin, -points, Place::Gone);
            assert_eq!(missing, 0, "nothing is taken by hand that is not there");
            return;
        }
        let ends =
            command.expires_at.or_else(|| self.terms.ends(self.terms.currencies[coin].expiry, self.now));
        let lot = Lot { person, coin, born: self.now, ends, order: None, root: self.next_lot() };
        let given = self.put(lot, points, Place::Free);
        self.set_free(given);
    }

    pub(super) fn transfer(&mut self, command: &Transfer) {
        let from = self.find(&command.from).expect("a member");
        let to = self.find(&command.to).expect("a member");
        let (coin, points) = (Self::coin(command.currency.as_deref()), command.points.0);
        self.people[from].sums[coin].transferred -= points;
        self.people[to].sums[coin].transferred += points;
        let (given, missing) = self.spend(from, coin, points, Place::Gone);
        assert_eq!(missing, 0, "nothing is transferred that is not there");
        // What ends together arrives together; whom it was earned by is the giver's affair.
        let mut bundles = Vec::new();
        for i in given {
            let (ends, points) = (self.lots[self.all[i].lot].ends, self.all[i].points);
            match bundles.iter_mut().find(|(known, _)| *known == ends) {
                Some((_, sum)) => *sum += points,
                None => bundles.push((ends, points)),
            }
        }
        for (ends, points) in bundles {
            let lot = Lot { person: to, coin, born: self.now, ends, order: None, root: self.next_lot() };
            let given = self.put(lot, points, Place::Free);
            self.set_free(given);
        }
    }

    pub(super) fn merge(&mut self, command: &Merge) {
        let from = self.find(&command.from).expect("a member");
        let into = self.find(&command.into).expect("a member");
        let mut went = Went::default();
        for coin in 0..self.terms.currencies.len() {
            went.holds.extend(self.move_holds(from, into, coin, (|_| true, |_| true)));
            went.paid.extend(self.move_all(from, into, coin, |_| true));
            let owed = std::mem::take(&mut self.people[from].debts[coin]);
            self.people[from].sums[coin].transferred += owed;
            self.people[into].sums[coin].transferred -= owed;
            let (paid, missing) = self.spend(into, coin, owed, Place::Gone);
            self.people[into].debts[coin] += missing;
            went.debts[coin] = (owed, paid, missing);
        }
        went.spend = std::mem::take(&mut self.people[from].spend);
        for (window, cents) in &went.spend {
            *self.people[into].spend.entry(*window).or_default() += cents;
        }
        self.people[into].blocked |= self.people[from].blocked;
        self.people[from].became = Some(into);
        self.people[from].went = Some(went);
    }

    /// What is still there goes back; what was called off or has ended is so where it came from.
    pub(super) fn unmerge(&mut self, command: &Unmerge) {
        let own = self.named(&command.customer).expect("a member");
        let other = self.people[own].became.take().expect("another");
        let went = self.people[own].went.take().expect("what went with it");
        let kin: BTreeSet<usize> = (0..self.people.len()).filter(|kin| self.is_now(*kin) == own).collect();
        let before = self.lots.len();
        let is_own: Vec<bool> = (0..before)
            .map(|lot| self.lots[lot].person == other && kin.contains(&self.first_owner(lot)))
            .collect();
        let is_own = |lot: usize| is_own.get(lot).copied().unwrap_or_default();
        for coin in 0..self.terms.currencies.len() {
            let (owed, paid, missing) = went.debts[coin].clone();
            self.people[own].debts[coin] += owed;
            self.people[own].sums[coin].transferred -= owed;
            self.people[other].sums[coin].transferred += owed;
            self.take_back_loan(other, coin, missing, self.now);
            for i in paid {
                self.come_free(i);
            }

            self.move_holds(other, own, coin, (|id| went.holds.contains(&id), is_own));
            self.move_all(other, own, coin, is_own);
            let paid: Vec<usize> =
                went.paid.iter().copied().filter(|i| self.lots[self.all[*i].lot].coin == coin).collect();
            for i in &paid {
                let points = self.all[*i].points;
                self.people[other].sums[coin].transferred -= points;
                let (_, missing) = self.spend(other, coin, points, Place::Gone);
                self.people[other].debts[coin] += missing;
                self.people[own].sums[coin].transferred += points;
                if !self.is_over(*i) {
                    self.move_parcel(*i, own, &mut BTreeMap::new());
                    self.set_free(*i);
                }
            }
            self.move_ended(other, own, coin, is_own);
            let over: Vec<usize> = paid.into_iter().filter(|i| self.is_over(*i)).collect();
            for i in over {
                self.move_parcel(i, own, &mut BTreeMap::new());
                self.end(i);
            }
        }
        // What is left there is the other's own now.
        for lot in (0..before).filter(|lot| is_own(*lot)) {
            self.lots[lot] = Lot { root: lot, order: None, ..self.lots[lot].clone() };
        }
        for (window, cents) in went.spend {
            *self.people[own].spend.entry(window).or_default() += cents;
            *self.people[other].spend.entry(window).or_default() -= cents;
        }
        self.people[own].blocked = self.people[other].blocked;
    }

    /// What an order counts for is the share of everybody on the way to whom its earner has become.
    pub(super) fn share(&mut self, mut person: usize, window: i32, cents: i64) {
        while let Some(into) = self.people[person].became {
            let went = self.people[person].went.as_mut().expect("what went with it");
            *went.spend.entry(window).or_default() += cents;
            person = into;
        }
    }

    /// What of an order had paid for others' debts, and has been taken back since, does not come back.
    pub(super) fn forget_paid(&mut self, id: &str, coin: usize, mut points: i64) {
        let mut next = self.orders[id].person;
        while let Some(person) = next {
            next = self.people[person].became;
            let Some(mut went) = self.people[person].went.take() else { continue };
            for i in std::mem::take(&mut went.paid) {
                let lot = &self.lots[self.all[i].lot];
                let is_own = lot.coin == coin && lot.order.as_deref() == Some(id);
                let part = if is_own { points.min(self.all[i].points) } else { 0 };
                points -= part;
                if part < self.all[i].points {
                    if part > 0 {
                        self.cut(i, part);
                    }
                    went.paid.push(i);
                }
            }
            self.people[person].went = Some(went);
        }
    }

    /// The first lot that an order gave in a currency.
    pub(super) fn first_lot(&self, id: &str, coin: usize) -> Option<usize> {
        self.lots.iter().position(|lot| lot.coin == coin && lot.order.as_deref() == Some(id))
    }

    /// Whom an order's points were with, from whoever earned them first to whom they have become; and whose they are now.
    pub(super) fn on_the_way(&self, id: &str, coin: usize, owner: usize) -> Vec<usize> {
        let mut all = vec![owner];
        let mut next = self.first_lot(id, coin).map(|lot| self.lots[self.lots[lot].root].person);
        while let Some(person) = next.filter(|person| *person != owner) {
            all.push(person);
            next = self.people[person].became;
        }
        all
    }

    fn first_owner(&self, lot: usize) -> usize {
        self.lots[self.lots[lot].root].person
    }

    /// What is held of some lots goes as it is; what was lent is lent anew, and so is what others gave, who have it back.
    fn move_holds(
        &mut self,
        from: usize,
        into: usize,
        coin: usize,
        (which, goes): (impl Fn(HoldId) -> bool, impl Fn(usize) -> bool),
    ) -> Vec<HoldId> {
        let open = self
            .holds
            .iter()
            .filter(|(id, hold)| hold.open && which(**id) && (hold.person, hold.coin) == (from, coin));
        let mut open: Vec<_> = open.map(|(id, hold)| (hold.seat, *id)).collect();
        open.sort_unstable();
        for (_, id) in &open {
            let hold = &self.holds[id];
            let there = hold.parts.iter().copied().filter(|i| self.all[*i].place == Place::Held);
            let (parts, others): (Vec<usize>, Vec<usize>) = there.partition(|i| goes(self.all[*i].lot));
            let lent = hold.lent + others.iter().map(|i| self.all[*i].points).sum::<i64>();
            self.take_back_loan(from, coin, hold.lent, self.now);
            for i in others {
                self.come_free(i);
            }
            let mut moved = BTreeMap::new();
            for i in &parts {
                self.move_parcel(*i, into, &mut moved);
                self.people[from].sums[coin].transferred -= self.all[*i].points;
                self.people[into].sums[coin].transferred += self.all[*i].points;
            }
            let (others, missing) = self.spend(into, coin, lent, Place::Held);
            self.people[into].debts[coin] += missing;
            self.seats += 1;
            let hold = self.holds.get_mut(id).expect("it was found above");
            (hold.person, hold.seat, hold.lent) = (into, self.seats, missing);
            hold.parts = parts.into_iter().chain(others).collect();
        }
        open.into_iter().map(|(_, id)| id).collect()
    }

    /// Free again, or at an end.
    pub(super) fn come_free(&mut self, i: usize) {
        if self.is_over(i) {
            self.end(i);
        } else {
            self.set_free(i);
        }
    }

    /// The parts that pay what is owed there are answered.
    fn move_all(
        &mut self,
        from: usize,
        into: usize,
        coin: usize,
        which: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        let mut paid = Vec::new();
        let left = self.sorted(|parcel| {
            let moves = matches!(parcel.place, Place::Waiting { .. } | Place::Free);
            self.is_of(parcel, from, coin) && moves && which(parcel.lot)
        });
        let mut moved = BTreeMap::new();
        for i in left {
            self.move_parcel(i, into, &mut moved);
            self.people[from].sums[coin].transferred -= self.all[i].points;
            self.people[into].sums[coin].transferred += self.all[i].points;
            if self.all[i].place == Place::Free {
                paid.extend(self.set_free(i));
            }
        }
        paid
    }

    fn move_ended(&mut self, from: usize, into: usize, coin: usize, which: impl Fn(usize) -> bool) {
        let ended = self.sorted(|parcel| {
            let moves = matches!(parcel.place, Place::Ended { .. });
            self.is_of(parcel, from, coin) && moves && which(parcel.lot)
        });
        let mut moved = BTreeMap::new();
        for i in ended {
            self.move_parcel(i, into, &mut moved);
            let points = self.all[i].points;
            let called_off = self.all[i].place == Place::Ended { called_off: true };
            for (person, points) in [(from, -points), (into, points)] {
                let sums = &mut self.people[person].sums[coin];
                sums.transferred += points;
                *if called_off { &mut sums.cancelled } else { &mut sums.expired } += points;
            }
        }
    }

    /// Into the lot that its lot becomes.
    fn move_parcel(&mut self, i: usize, into: usize, moved: &mut BTreeMap<usize, usize>) {
        let old = self.all[i].lot;
        let new = moved
            .get(&old)
            .copied()
            .unwrap_or_else(|| self.add_lot(Lot { person: into, born: self.now, ..self.lots[old].clone() }));
        moved.insert(old, new);
        self.all[i].lot = new;
    }
}

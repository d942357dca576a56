//! What is given by hand, and what goes from member to member.

use std::collections::BTreeMap;

use loyalty::commands::{Adjust, Merge, Transfer};

use super::{Lot, Parcels, Person, Place, Sums};

impl Parcels<'_> {
    pub(super) fn enrol(&mut self, customer: &str) -> usize {
        self.people.push(Person {
            customer: customer.to_owned(),
            became: None,
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
        for coin in 0..self.terms.currencies.len() {
            self.move_holds(from, into, coin);
            self.move_all(from, into, coin);
            let owed = std::mem::take(&mut self.people[from].debts[coin]);
            self.people[from].sums[coin].transferred += owed;
            self.people[into].sums[coin].transferred -= owed;
            let (_, missing) = self.spend(into, coin, owed, Place::Gone);
            self.people[into].debts[coin] += missing;
        }
        for (window, cents) in std::mem::take(&mut self.people[from].spend) {
            *self.people[into].spend.entry(window).or_default() += cents;
        }
        self.people[into].blocked |= self.people[from].blocked;
        self.people[from].became = Some(into);
    }

    /// What is held goes as it is; what was lent is lent anew.
    fn move_holds(&mut self, from: usize, into: usize, coin: usize) {
        let open =
            self.holds.iter().filter(|(_, hold)| hold.open && (hold.person, hold.coin) == (from, coin));
        let mut open: Vec<_> = open.map(|(id, hold)| (hold.seat, *id)).collect();
        open.sort_unstable();
        for (_, id) in open {
            let hold = &self.holds[&id];
            let (parts, lent) = (hold.parts.clone(), hold.lent);
            let mut moved = BTreeMap::new();
            for i in &parts {
                self.move_parcel(*i, into, &mut moved);
                self.people[from].sums[coin].transferred -= self.all[*i].points;
                self.people[into].sums[coin].transferred += self.all[*i].points;
            }
            self.take_back_loan(from, coin, lent, self.now);
            let (others, missing) = self.spend(into, coin, lent, Place::Held);
            self.people[into].debts[coin] += missing;
            self.seats += 1;
            let hold = self.holds.get_mut(&id).expect("it was found above");
            (hold.person, hold.seat, hold.lent) = (into, self.seats, missing);
            hold.parts.extend(others);
        }
    }

    fn move_all(&mut self, from: usize, into: usize, coin: usize) {
        let left = self.sorted(|parcel| {
            let stays = matches!(parcel.place, Place::Spent | Place::Ended | Place::Gone | Place::Held);
            self.is_of(parcel, from, coin) && !stays
        });
        let mut moved = BTreeMap::new();
        for i in left {
            self.move_parcel(i, into, &mut moved);
            self.people[from].sums[coin].transferred -= self.all[i].points;
            self.people[into].sums[coin].transferred += self.all[i].points;
            if self.all[i].place == Place::Free {
                self.set_free(i);
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

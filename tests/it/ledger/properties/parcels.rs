//! The same programme reckoned in another way: every point that was ever given is in a parcel, which is somewhere. It waits,
//! is free, is held, is spent, or is gone; it is cut where only a part of it goes, and never comes to an end. There are no
//! balances: what somebody has is what the parcels say. What nobody has is a debt.
//!
//! Written from the rules of the domain and not from the ledger; no moment comes before the one before it.

mod members;
mod orders;
mod spending;
mod verdict;

use std::collections::BTreeMap;

use loyalty::{
    clock::Instant,
    commands::{Command, Decision, Outcome},
    ids::{HoldId, RedemptionId},
};

use self::{
    members::Went,
    orders::Bought,
    spending::{Redeemed, SetAside},
};
pub(super) use self::{orders::Given, verdict::Verdict};
use super::{
    script::Intent,
    terms::{CODES, REWARDS, Terms},
};

/// Everything that there is.
pub(super) struct Parcels<'a> {
    terms: &'a Terms,
    now: Instant,
    people: Vec<Person>,
    lots: Vec<Lot>,
    all: Vec<Parcel>,
    orders: BTreeMap<String, Bought>,
    holds: BTreeMap<HoldId, SetAside>,
    redeemed: BTreeMap<RedemptionId, Redeemed>,
    /// How many holds were seated: they end in the order of their seats.
    seats: u64,
}

/// A member, as anybody sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) available: i64,
    pub(super) pending: i64,
    pub(super) held: i64,
    pub(super) deficit: i64,
    pub(super) sums: Sums,
    /// What is free, by when it ends.
    pub(super) ends: BTreeMap<Instant, i64>,
}

/// What has ever moved, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) earned: i64,
    pub(super) adjusted: i64,
    pub(super) transferred: i64,
    pub(super) expired: i64,
    pub(super) cancelled: i64,
    pub(super) clawed_back: i64,
    pub(super) redeemed: i64,
}

struct Person {
    customer: String,
    became: Option<usize>,
    /// What went with it.
    went: Option<Went>,
    blocked: bool,
    /// Cents, by window.
    spend: BTreeMap<i32, i64>,
    debts: [i64; 2],
    sums: [Sums; 2],
}

/// What was given at once: its parcels are alike.
#[derive(Clone)]
struct Lot {
    person: usize,
    coin: usize,
    born: Instant,
    ends: Option<Instant>,
    /// The order that it was given for.
    order: Option<String>,
    /// The lot that it was at first, when it was another member's.
    root: usize,
}

#[derive(Clone, Copy)]
struct Parcel {
    lot: usize,
    points: i64,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Waiting {
        until: Instant,
        /// Called off then, unless what it waits for comes before.
        event: bool,
    },
    Free,
    Held,
    Spent,
    /// Its time was over, or it was called off while it waited.
    Ended {
        called_off: bool,
    },
    Gone,
}

impl<'a> Parcels<'a> {
    pub(super) fn new(terms: &'a Terms) -> Self {
        Self {
            terms,
            now: Instant::MIN_UTC,
            people: Vec::new(),
            lots: Vec::new(),
            all: Vec::new(),
            orders: BTreeMap::new(),
            holds: BTreeMap::new(),
            redeemed: BTreeMap::new(),
            seats: 0,
        }
    }

    /// Lets time pass.
    pub(super) fn advance(&mut self, now: Instant) {
        self.now = now;
        while let Some(at) = self.next_due().filter(|at| *at <= now) {
            let mut over: Vec<_> =
                self.holds.iter().filter(|(_, hold)| hold.open && hold.ends == at).collect();
            over.sort_by_key(|(_, hold)| hold.seat);
            for id in over.into_iter().map(|(id, _)| *id).collect::<Vec<_>>() {
                self.let_go(id, at);
            }
            let due = |parcel: &Parcel| self.due(parcel) == Some(at);
            for i in self.sorted(due) {
                self.fall_due(i);
            }
        }
    }

    fn next_due(&self) -> Option<Instant> {
        let holds = self.holds.values().filter(|hold| hold.open).map(|hold| hold.ends);
        holds.chain(self.all.iter().filter_map(|parcel| self.due(parcel))).min()
    }

    fn due(&self, parcel: &Parcel) -> Option<Instant> {
        match parcel.place {
            _ if parcel.points == 0 => None,
            Place::Waiting { until, .. } => Some(until),
            Place::Free => self.lots[parcel.lot].ends,
            _ => None,
        }
    }

    fn fall_due(&mut self, i: usize) {
        let Lot { person, coin, .. } = self.lots[self.all[i].lot];
        let points = self.all[i].points;
        match self.all[i].place {
            Place::Waiting { event: false, .. } => {
                self.set_free(i);
            }
            Place::Waiting { event: true, .. } => {
                self.all[i].place = Place::Ended { called_off: true };
                self.people[person].sums[coin].cancelled += points;
            }
            _ => self.end(i),
        }
    }

    /// Its time is over.
    fn end(&mut self, i: usize) {
        let Lot { person, coin, .. } = self.lots[self.all[i].lot];
        self.all[i].place = Place::Ended { called_off: false };
        self.people[person].sums[coin].expired += self.all[i].points;
    }

    /// Free to be spent, but for what is owed. The part that pays for that is answered.
    fn set_free(&mut self, i: usize) -> Option<usize> {
        let Lot { person, coin, .. } = self.lots[self.all[i].lot];
        let owed = self.people[person].debts[coin].min(self.all[i].points);
        self.people[person].debts[coin] -= owed;
        self.all[i].place = Place::Free;
        if owed == 0 {
            return None;
        }
        let paid = self.cut(i, owed);
        self.all[paid].place = Place::Gone;
        Some(paid)
    }

    /// A part of a parcel as one of its own; the whole where that is as much.
    fn cut(&mut self, i: usize, points: i64) -> usize {
        if self.all[i].points == points {
            return i;
        }
        self.all[i].points -= points;
        self.all.push(Parcel { points, ..self.all[i] });
        self.all.len() - 1
    }

    /// A new parcel in a lot of its own.
    fn put(&mut self, lot: Lot, points: i64, place: Place) -> usize {
        let lot = self.add_lot(lot);
        self.all.push(Parcel { lot, points, place });
        self.all.len() - 1
    }

    fn add_lot(&mut self, lot: Lot) -> usize {
        self.lots.push(lot);
        self.lots.len() - 1
    }

    /// The number of a lot that is its own root, if it comes next.
    fn next_lot(&self) -> usize {
        self.lots.len()
    }

    /// Parcels of a kind, soonest end first, then the oldest.
    fn sorted(&self, which: impl Fn(&Parcel) -> bool) -> Vec<usize> {
        let mut found: Vec<usize> =
            (0..self.all.len()).filter(|i| self.all[*i].points > 0 && which(&self.all[*i])).collect();
        found.sort_by_key(|i| {
            let lot = &self.lots[self.all[*i].lot];
            (lot.ends.is_none(), lot.ends, lot.born, self.all[*i].lot)
        });
        found
    }

    /// Takes points out of parcels in their order; what they lack is answered second.
    fn take(&mut self, from: &[usize], points: i64, to: Place) -> (Vec<usize>, i64) {
        let (mut missing, mut taken) = (points, Vec::new());
        for i in from {
            let part = missing.min(self.all[*i].points);
            if part > 0 {
                let part_of = self.cut(*i, part);
                self.all[part_of].place = to;
                missing -= part;
                taken.push(part_of);
            }
        }
        (taken, missing)
    }

    /// Takes what is free of somebody's.
    fn spend(&mut self, person: usize, coin: usize, points: i64, to: Place) -> (Vec<usize>, i64) {
        let free = self.sorted(|parcel| self.is_of(parcel, person, coin) && parcel.place == Place::Free);
        self.take(&free, points, to)
    }

    fn is_of(&self, parcel: &Parcel, person: usize, coin: usize) -> bool {
        let lot = &self.lots[parcel.lot];
        (lot.person, lot.coin) == (person, coin)
    }

    /// Whom somebody has become.
    fn is_now(&self, mut person: usize) -> usize {
        while let Some(into) = self.people[person].became {
            person = into;
        }
        person
    }

    fn find(&self, customer: &str) -> Option<usize> {
        self.named(customer).map(|person| self.is_now(person))
    }

    /// Whoever had the name first, whatever became of them.
    fn named(&self, customer: &str) -> Option<usize> {
        self.people.iter().position(|person| person.customer == customer)
    }

    fn coin(code: Option<&str>) -> usize {
        CODES.iter().position(|known| Some(*known) == code).unwrap_or_default()
    }

    fn reward(id: &str) -> usize {
        REWARDS.iter().position(|known| *known == id).expect("a reward of the script's")
    }

    /// Whether a member is on the highest rung.
    fn is_at_top(&self, person: usize) -> bool {
        let rungs = self.terms.ladder.as_ref().map(|ladder| ladder.levels.len());
        let rung = self.terms.rung(&self.people[person].spend, self.now);
        rung.is_some_and(|rung| Some(rung + 1) == rungs)
    }

    /// Takes note of a command that was done.
    pub(super) fn tell(&mut self, intent: &Intent, command: &Command, decision: &Decision) {
        if let Intent::ChangeLot { order, currency, change } = intent {
            self.change_lot(order, *currency, *change);
            return self.advance(self.now);
        }
        match (command, &decision.outcome) {
            (Command::RecordOrder(c), _) => self.order(&c.order),
            (Command::RecordReturn(c), _) => self.give_back(c),
            (Command::RecordFulfilment(c), _) => self.hand_over(c),
            (Command::CancelOrder(c), _) => self.cancel(&c.order_id),
            (Command::ClaimOrder(c), _) => self.claim(c),
            (Command::HoldPoints(c), Outcome::Held { hold, .. }) => self.set_aside(c, *hold),
            (Command::CaptureHold(c), Outcome::HoldCaptured { redemption, .. }) => {
                self.capture(c, *redemption);
            }
            (Command::ReleaseHold(c), _) => self.let_go(c.hold, self.now),
            (Command::Redeem(c), Outcome::Redeemed { redemption, .. }) => self.redeem(c, *redemption),
            (Command::ReverseRedemption(c), _) => self.reverse(c.redemption),
            (Command::Adjust(c), _) => self.adjust(c),
            (Command::Transfer(c), _) => self.transfer(c),
            (Command::Merge(c), _) => self.merge(c),
            (Command::Unmerge(c), _) => self.unmerge(c),
            (Command::SetStatus(c), _) => {
                let person = self.find(&c.customer).expect("a member");
                self.people[person].blocked = c.blocked;
            }
            (Command::Enroll(c), _) => {
                self.enrol(&c.customer);
            }
            (Command::Expire(_), _) => {}
            (command, outcome) => unreachable!("{command:?} does not end as {outcome:?}"),
        }
        self.advance(self.now);
    }

    /// What everybody has, by customer and currency, and on which rung they are.
    pub(super) fn accounts(&self) -> BTreeMap<(String, &'static str), (Account, Option<String>)> {
        let mut accounts = BTreeMap::new();
        for (number, person) in self.people.iter().enumerate() {
            let rung = self.terms.rung(&person.spend, self.now).map(|rung| format!("t{rung}"));
            for (coin, code) in CODES.iter().take(self.terms.currencies.len()).enumerate() {
                let account = self.account(number, coin);
                accounts.insert((person.customer.clone(), *code), (account, rung.clone()));
            }
        }
        accounts
    }

    /// What became of each order's points in each currency, and what of them waits.
    pub(super) fn orders(&self) -> BTreeMap<(String, &'static str), (Given, i64)> {
        let mut orders = BTreeMap::new();
        for (id, order) in &self.orders {
            for (coin, code) in CODES.iter().take(self.terms.currencies.len()).enumerate() {
                let own = |parcel: &&Parcel| {
                    let lot = &self.lots[parcel.lot];
                    lot.coin == coin && lot.order.as_ref() == Some(id)
                };
                let waits = |parcel: &&Parcel| matches!(parcel.place, Place::Waiting { .. });
                let waiting = self.all.iter().filter(own).filter(waits).map(|parcel| parcel.points).sum();
                if order.given[coin].earned > 0 {
                    orders.insert((id.clone(), *code), (order.given[coin], waiting));
                }
            }
        }
        orders
    }

    fn account(&self, person: usize, coin: usize) -> Account {
        let who = &self.people[person];
        let mut account = Account { deficit: who.debts[coin], sums: who.sums[coin], ..Account::default() };
        account.available = -account.deficit;
        for parcel in self.all.iter().filter(|parcel| self.is_of(parcel, person, coin)) {
            match parcel.place {
                Place::Free => {
                    account.available += parcel.points;
                    if let Some(ends) = self.lots[parcel.lot].ends.filter(|_| parcel.points > 0) {
                        *account.ends.entry(ends).or_default() += parcel.points;
                    }
                }
                Place::Waiting { .. } => account.pending += parcel.points,
                Place::Held => account.held += parcel.points,
                Place::Spent | Place::Ended { .. } | Place::Gone => {}
            }
        }
        let open = self.holds.values().filter(|hold| hold.open && (hold.person, hold.coin) == (person, coin));
        account.held += open.map(|hold| hold.lent).sum::<i64>();
        account
    }
}

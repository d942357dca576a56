//! The same programme reckoned in another way: no lots, no wallets, no state. What an order is worth at any point is made
//! again from the whole list of what was said, in whole cents.
//!
//! It knows nothing of spending: where nothing is taken by hand, the points of an order pay for its own returns, so no
//! order touches another.

use std::collections::BTreeMap;

use chrono::Duration;
use loyalty::{
    clock::Instant,
    commands::{Command, OrderInput},
    program::document::LineKind,
};
use rust_decimal::prelude::ToPrimitive as _;

use super::{
    telling::Told,
    terms::{CODES, Coin, Terms},
};

/// What a member has in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) available: i64,
    pub(super) pending: i64,
    pub(super) earned: i64,
    pub(super) adjusted: i64,
    pub(super) clawed_back: i64,
    pub(super) expired: i64,
}

/// Accounts by customer and currency, and tiers by customer.
pub(super) type Reckoned = (BTreeMap<(String, &'static str), Account>, BTreeMap<String, Option<String>>);

/// What was accepted, in its order, and the programme.
pub(super) struct Model<'a> {
    pub(super) terms: &'a Terms,
    pub(super) said: &'a [Told],
}

impl Model<'_> {
    /// What everybody has at a moment after all of it.
    pub(super) fn at(&self, end: Instant) -> Reckoned {
        let mut accounts = BTreeMap::new();
        let mut tiers = BTreeMap::new();
        for customer in self.customers() {
            for (coin, code) in self.terms.currencies.iter().zip(CODES) {
                accounts.insert((customer.clone(), code), self.account(&customer, coin, code, end));
            }
            let tier = self.rung(&customer, self.said.len(), end).map(|rung| format!("t{rung}"));
            tiers.insert(customer, tier);
        }
        (accounts, tiers)
    }

    fn customers(&self) -> Vec<String> {
        let mut customers: Vec<String> =
            (0..self.said.len()).filter_map(|i| self.joined(i).map(str::to_owned)).collect();
        customers.sort();
        customers.dedup();
        customers
    }

    /// Whom the command makes a member, or finds as one.
    fn joined(&self, i: usize) -> Option<&str> {
        match self.said[i].command() {
            Command::Enroll(enroll) => Some(&enroll.customer),
            Command::RecordOrder(_) => self.earner(i),
            _ => None,
        }
    }

    /// Who earns for the order that was told of at a place.
    fn earner(&self, i: usize) -> Option<&str> {
        let customer = self.order(i)?.customer.as_deref()?;
        let is_member =
            |j: usize| matches!(self.said[j].command(), Command::Enroll(c) if c.customer == customer);
        (self.terms.on_first_order || (0..i).any(is_member)).then_some(customer)
    }

    fn order(&self, i: usize) -> Option<&OrderInput> {
        match self.said[i].command() {
            Command::RecordOrder(command) => Some(&command.order),
            _ => None,
        }
    }

    /// Whose wallets a command brings up to its time.
    fn touches(&self, i: usize, customer: &str) -> bool {
        let of_order = |id: &str| {
            (0..i).any(|j| self.order(j).is_some_and(|o| o.id == id) && self.earner(j) == Some(customer))
        };
        match self.said[i].command() {
            Command::RecordOrder(_) => self.earner(i) == Some(customer),
            Command::RecordReturn(command) => of_order(&command.order_id),
            Command::CancelOrder(command) => of_order(&command.order_id),
            Command::Adjust(command) => command.customer == customer,
            Command::Expire(command) => command.customer == customer,
            _ => false,
        }
    }

    fn account(&self, customer: &str, coin: &Coin, code: &str, end: Instant) -> Account {
        let mut account = Account::default();
        for i in 0..self.said.len() {
            if self.earner(i) == Some(customer) {
                self.add_order(&mut account, customer, coin, i, end);
            }
            match self.said[i].command() {
                Command::Adjust(given)
                    if given.customer == customer && given.currency.as_deref() == Some(code) =>
                {
                    let now = self.said[i].now;
                    let ends = given.expires_at.or_else(|| self.terms.ends(coin.expiry, now));
                    account.adjusted += given.points.0;
                    *account.place(now, ends, end) += given.points.0;
                }
                _ => {}
            }
        }
        account
    }

    fn add_order(&self, account: &mut Account, customer: &str, coin: &Coin, i: usize, end: Instant) {
        let order = self.order(i).expect("an order has its earner");
        let from = order.placed_at + Duration::days(coin.waits_days().into());
        let ends = self.terms.ends(coin.expiry, from);
        let mut left = self.worth(customer, coin, i, i + 1);
        account.earned += left;
        // Time has come so far for the member: no command before the order could let its points end.
        let mut known = self.said[i].now;
        for j in i + 1..self.said.len() {
            if !self.touches(j, customer) {
                continue;
            }
            known = known.max(self.said[j].now);
            let less = self.worth(customer, coin, i, j) - self.worth(customer, coin, i, j + 1);
            if ends.is_none_or(|ends| ends > known) {
                account.clawed_back += less;
                left -= less;
            }
        }
        // At once is at once, even where the till's clock runs ahead.
        let from = if coin.waits_days() == 0 { from.min(self.said[i].now) } else { from };
        *account.place(from, ends, end) += left;
    }

    /// What the order told of at a place is worth by all that was said before another place.
    fn worth(&self, customer: &str, coin: &Coin, i: usize, before: usize) -> i64 {
        let placed_at = self.order(i).expect("an order").placed_at;
        let multiplier = match (&self.terms.ladder, self.rung(customer, i, placed_at)) {
            (Some(ladder), Some(rung)) if coin.multiplied => ladder.levels[rung].1,
            _ => 100,
        };
        self.terms.rounded(self.kept_cents(i, before) * coin.rate * multiplier)
    }

    /// What the products of an order cost that have not come back before a place.
    fn kept_cents(&self, i: usize, before: usize) -> i64 {
        let order = self.order(i).expect("an order");
        let mut sum = 0;
        for line in order.lines.iter().filter(|line| line.kind == LineKind::Product) {
            let mut kept = line.quantity;
            for said in &self.said[i + 1..before.max(i + 1)] {
                match said.command() {
                    Command::CancelOrder(command) if command.order_id == order.id => kept = 0,
                    Command::RecordReturn(command) if command.order_id == order.id => {
                        let back = command.lines.iter().filter(|back| back.line_id == line.id);
                        kept -= back.map(|back| back.quantity).sum::<i64>();
                    }
                    _ => {}
                }
            }
            let cents =
                |amount: rust_decimal::Decimal| (amount * rust_decimal::Decimal::ONE_HUNDRED).to_i64();
            let off = cents(line.discount).expect("whole cents") / line.quantity;
            sum += kept * (cents(line.unit_price).expect("whole cents") - off);
        }
        sum
    }

    /// The place in the ladder that a member has at a moment by all that was said before a place.
    fn rung(&self, customer: &str, before: usize, at: Instant) -> Option<usize> {
        let mut spend: BTreeMap<i32, i64> = BTreeMap::new();
        for i in (0..before).filter(|i| self.earner(*i) == Some(customer)) {
            let window = self.terms.window(self.order(i).expect("an order").placed_at)?;
            *spend.entry(window).or_default() += self.kept_cents(i, before);
        }
        self.terms.rung(&spend, at)
    }
}

impl Account {
    /// Where points are at the end that are active from one instant and end at another.
    fn place(&mut self, from: Instant, ends: Option<Instant>, end: Instant) -> &mut i64 {
        if ends.is_some_and(|ends| ends <= end) {
            &mut self.expired
        } else if from > end {
            &mut self.pending
        } else {
            &mut self.available
        }
    }
}

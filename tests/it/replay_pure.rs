//! Half a year of real orders through the desk, against an independent reckoning of what each customer must have.
//!
//! The slice and its licence: `tests/stack/data/README.md`. The reckoning below shares nothing with the ledger: it knows
//! no lots and no wallets, only what each order is worth and when it was worth it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader},
};

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, Utc};
use flate2::read::GzDecoder;
use loyalty::{
    commands::{Command, OrderInput, RecordOrder, RecordReturn, ReturnLine},
    program::{Program, document::LineKind, earning},
};
use pretty_assertions::assert_eq;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use serde::Deserialize;

use crate::desk::Desk;

const SLICE: &[u8] = include_bytes!("../stack/data/orders.jsonl.gz");
const SEEN_AT: &str = "2011-06-01T00:00:00Z";

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Event {
    Order(Bought),
    Return(Returned),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bought {
    order_id: String,
    customer_id: Option<String>,
    placed_at: DateTime<Utc>,
    currency: String,
    lines: Vec<BoughtLine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BoughtLine {
    line_id: String,
    sku: String,
    kind: LineKind,
    quantity: i64,
    unit_price: Decimal,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Returned {
    return_id: String,
    order_id: String,
    #[serde(rename = "returnedAt")]
    at: DateTime<Utc>,
    lines: Vec<ReturnedLine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReturnedLine {
    line_id: String,
    quantity: i64,
}

fn events() -> Vec<Event> {
    let lines = BufReader::new(GzDecoder::new(SLICE)).lines();
    lines.map(|line| serde_json::from_str(&line.expect("gzipped text")).expect("an event")).collect()
}

/// What a customer has in the end: the columns of the data's own expectations.
#[derive(Debug, Default, PartialEq, Eq)]
struct Account {
    balance: i64,
    earned: i64,
    clawed_back: i64,
    expired: i64,
    tier: &'static str,
}

const TIERS: [(&str, i64, i64); 3] = [("gold", 2_000, 150), ("silver", 500, 125), ("bronze", 0, 100)];

/// The reckoning: every order by itself, worth `floor(rate x multiplier at the order x what is kept)`.
#[derive(Default)]
struct Reckoning {
    tiered: bool,
    orders: BTreeMap<String, Reckoned>,
    accounts: BTreeMap<String, Account>,
    /// Qualifying spend by customer and year.
    spend: BTreeMap<(String, i32), Decimal>,
}

struct Reckoned {
    customer: String,
    year: i32,
    multiplier: Decimal,
    prices: BTreeMap<String, Decimal>,
    basis: Decimal,
    worth: i64,
    ends: Option<DateTime<Utc>>,
}

impl Reckoning {
    fn tier(&self, customer: &str, year: i32) -> (&'static str, Decimal) {
        let spend = |year| self.spend.get(&(customer.to_owned(), year)).copied().unwrap_or_default();
        let best = if self.tiered { spend(year).max(spend(year - 1)) } else { Decimal::ZERO };
        let held = TIERS.iter().find(|(_, threshold, _)| best >= Decimal::from(*threshold));
        held.map_or(("bronze", Decimal::ONE), |(name, _, percent)| (*name, Decimal::new(*percent, 2)))
    }

    fn order(&mut self, order: &Bought) {
        let Some(customer) = &order.customer_id else { return };
        let products = order.lines.iter().filter(|line| line.kind == LineKind::Product);
        let prices = products.clone().map(|line| (line.line_id.clone(), line.unit_price)).collect();
        let basis: Decimal = products.map(|line| line.unit_price * Decimal::from(line.quantity)).sum();
        let year = order.placed_at.year();
        let (_, multiplier) = self.tier(customer, year);
        let worth = (basis * multiplier).floor().to_i64().expect("a shop's order");
        let account = self.accounts.entry(customer.clone()).or_default();
        account.earned += worth;
        account.balance += worth;
        *self.spend.entry((customer.clone(), year)).or_default() += basis;
        let ends = self.tiered.then(|| {
            let month = order.placed_at.month0() + 4;
            let day = NaiveDate::from_ymd_opt(year + (month / 12).cast_signed(), month % 12 + 1, 1);
            day.expect("a first of a month").and_time(NaiveTime::MIN).and_utc()
        });
        let customer = customer.clone();
        let reckoned = Reckoned { customer, year, multiplier, prices, basis, worth, ends };
        self.orders.insert(order.order_id.clone(), reckoned);
    }

    fn give_back(&mut self, back: &Returned) {
        let Some(order) = self.orders.get_mut(&back.order_id) else { return };
        let price = |line: &ReturnedLine| order.prices.get(&line.line_id).copied().unwrap_or_default();
        let less: Decimal = back.lines.iter().map(|line| price(line) * Decimal::from(line.quantity)).sum();
        order.basis -= less;
        *self.spend.entry((order.customer.clone(), order.year)).or_default() -= less;
        if order.ends.is_some_and(|ends| ends <= back.at) {
            return;
        }
        let worth = (order.basis * order.multiplier).floor().to_i64().expect("a shop's order");
        let account = self.accounts.entry(order.customer.clone()).or_default();
        account.clawed_back += order.worth - worth;
        account.balance -= order.worth - worth;
        order.worth = worth;
    }

    fn end(mut self, at: DateTime<Utc>) -> BTreeMap<String, Account> {
        for order in self.orders.values().filter(|order| order.ends.is_some_and(|ends| ends <= at)) {
            let account = self.accounts.entry(order.customer.clone()).or_default();
            account.expired += order.worth;
            account.balance -= order.worth;
        }
        let tiers: Vec<_> = self.accounts.keys().map(|customer| self.tier(customer, at.year()).0).collect();
        self.accounts.values_mut().zip(tiers).for_each(|(account, tier)| account.tier = tier);
        self.accounts
    }
}

fn command(program: &str, event: &Event) -> (Command, DateTime<Utc>) {
    let program = program.to_owned();
    match event {
        Event::Order(order) => {
            let line = |line: &BoughtLine| earning::Line {
                id: line.line_id.clone(),
                sku: line.sku.clone(),
                kind: line.kind,
                quantity: line.quantity,
                returned: 0,
                fulfilled: 0,
                unit_price: line.unit_price,
                discount: Decimal::ZERO,
                categories: Vec::new(),
            };
            let input = OrderInput {
                id: order.order_id.clone(),
                customer: order.customer_id.clone(),
                placed_at: order.placed_at,
                currency: order.currency.clone(),
                channel: None,
                store: None,
                revision: 1,
                lines: order.lines.iter().map(line).collect(),
            };
            (Command::RecordOrder(RecordOrder { program, order: input }), order.placed_at)
        }
        Event::Return(back) => {
            let line =
                |line: &ReturnedLine| ReturnLine { line_id: line.line_id.clone(), quantity: line.quantity };
            let command = RecordReturn {
                program,
                id: back.return_id.clone(),
                order_id: back.order_id.clone(),
                returned_at: back.at,
                lines: back.lines.iter().map(line).collect(),
            };
            (Command::RecordReturn(command), back.at)
        }
    }
}

/// What the ledger says of every member, with all written down that time has done.
fn ledger(program: Program, events: &[Event], at: DateTime<Utc>) -> BTreeMap<String, Account> {
    let mut desk = Desk::new(program);
    let id = desk.program.id().to_owned();
    for event in events {
        let (command, now) = command(&id, event);
        desk.decide(&command, now).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
    }
    let account = |member: &loyalty::commands::Member| {
        let settled = desk.settled(member, at);
        let wallet = settled.wallet("POINTS").expect("every one of them has earned");
        let tier = settled.standing.tier.as_deref().unwrap_or("bronze");
        Account {
            balance: wallet.available().0,
            earned: wallet.totals.earned.0,
            clawed_back: wallet.totals.clawed_back.0,
            expired: wallet.totals.expired.0,
            tier: TIERS.iter().find(|(name, ..)| *name == tier).expect("a tier of the programme").0,
        }
    };
    desk.world.members.values().map(|member| (member.key.customer.clone(), account(member))).collect()
}

#[test]
fn the_ledger_of_real_orders_is_what_an_independent_reckoning_makes_of_them() {
    let events = events();
    let at = SEEN_AT.parse().unwrap();
    for (text, tiered) in [
        (include_str!("../../schema/programs/classic.json"), false),
        (include_str!("../../schema/programs/tiered.json"), true),
    ] {
        let mut reckoning = Reckoning { tiered, ..Reckoning::default() };
        for event in &events {
            match event {
                Event::Order(order) => reckoning.order(order),
                Event::Return(back) => reckoning.give_back(back),
            }
        }
        let expected = reckoning.end(at);
        assert_eq!(ledger(Program::from_json(text).unwrap(), &events, at), expected);
        says_something(&expected, tiered);
    }
}

/// The slice is worth the run: it has returns, and under tiers every tier and points that expired.
fn says_something(accounts: &BTreeMap<String, Account>, tiered: bool) {
    assert_eq!(accounts.len(), 48, "members");
    assert!(accounts.values().any(|account| account.clawed_back > 0));
    let tiers: BTreeSet<_> = accounts.values().map(|account| account.tier).collect();
    assert_eq!(tiers.len(), if tiered { 3 } else { 1 }, "{tiers:?}");
    assert_eq!(accounts.values().any(|account| account.expired > 0), tiered);
}

//! Random commands at random times: mostly rising, sometimes told of late, sometimes told of again.
//!
//! What only the ledger names (a hold, a redemption, a lot) is asked for by its place among those that there are; see
//! [`super::telling`].

use chrono::Duration;
use loyalty::{
    clock::Instant,
    commands::{
        Adjust, CancelOrder, ClaimOrder, Command, Enroll, Expire, HoldPoints, LotChange, Merge, OrderInput,
        Price, RecordFulfilment, RecordOrder, RecordReturn, Redeem, ReturnLine, SetStatus, Transfer, Unmerge,
    },
    ledger::Points,
    program::{document::LineKind, earning::Line},
};
use proptest::{collection::vec, option, prelude::*};
use rust_decimal::Decimal;

use super::terms::{CODES, REWARDS};

/// What is asked for, and the moment at which it is decided.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) intent: Intent,
    pub(super) now: Instant,
    /// How much later somebody looks, in minutes.
    pub(super) looked_after: i64,
}

/// A command, or what will be one when the ledger has named what it is about.
#[derive(Clone, Debug)]
pub(super) enum Intent {
    Command(Command),
    Capture { hold: usize, points: Option<i64>, order: Option<String> },
    Release { hold: usize },
    Reverse { redemption: usize },
    ChangeLot { order: String, currency: usize, change: LotChange },
}

/// Who says it, and what it may say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Of order and return ids, so that two scripts do not meet.
    pub(super) prefix: &'static str,
    pub(super) customers: &'static [&'static str],
    pub(super) currencies: usize,
    /// Only what the plain model reckons with.
    pub(super) plain: bool,
    /// Whether no moment comes before the one before it.
    pub(super) forwards: bool,
    /// The one reward that is asked for; any where there is none.
    pub(super) reward: Option<usize>,
}

pub(super) const PROGRAM: &str = "classic";
const DAY: i64 = 24 * 60;
const ORDERS: u8 = 6;

#[derive(Clone, Debug)]
struct Step {
    minutes: i64,
    /// How long ago it happened.
    late: i64,
    looked_after: i64,
    what: What,
}

/// One product or more: quantity, cents, whether some is taken off, whether it counts.
#[derive(Clone, Debug)]
struct Item(i64, i64, bool, bool);

#[derive(Clone, Debug)]
enum Worth {
    Points { currency: usize, points: i64 },
    Reward(usize),
}

type Pieces = Vec<(u8, i64)>;

#[derive(Clone, Debug)]
enum What {
    Order { id: u8, customer: usize, lines: Vec<Item> },
    Correct { id: u8, revision: u32, lines: Vec<Item> },
    Return { id: u8, order: u8, lines: Pieces },
    Fulfil { id: u8, order: u8, lines: Pieces },
    Cancel { order: u8 },
    Claim { order: u8, customer: usize },
    Adjust { customer: usize, currency: usize, points: i64, lasts: Option<i64> },
    Expire { customer: usize },
    Enroll { customer: usize },
    Again { before: usize },
    Hold { customer: usize, worth: Worth, seconds: Option<u32>, order: Option<u8> },
    Capture { hold: usize, points: Option<i64>, order: Option<u8> },
    Release { hold: usize },
    Redeem { customer: usize, worth: Worth, order: Option<u8> },
    Reverse { redemption: usize },
    Transfer { from: usize, to: usize, currency: usize, points: i64 },
    Merge { from: usize, into: usize },
    Unmerge { customer: usize },
    Status { customer: usize, blocked: bool },
    ChangeLot { order: u8, currency: usize, cancel: bool },
}

/// A script in a manner. Mostly it begins with members who have something.
pub(super) fn any(manner: Manner, length: usize) -> impl Strategy<Value = Vec<Said>> {
    (0..4_u8, vec(step(manner), 1..length)).prop_map(move |(begins, steps)| {
        let first = (0..manner.customers.len()).flat_map(|customer| {
            let whats =
                [What::Enroll { customer }, What::Adjust { customer, currency: 0, points: 300, lasts: None }];
            whats.map(|what| Step { minutes: 0, late: 0, looked_after: 0, what })
        });
        let first = first.filter(|_| begins > 0);
        manner.said(first.chain(steps).collect())
    })
}

fn step(manner: Manner) -> impl Strategy<Value = Step> {
    let back = if manner.forwards { 0..60 } else { -5 * DAY..0 };
    let minutes = prop_oneof![
        30 => 0..60_i64,
        10 => 0..3 * DAY,
        5 => 0..20 * DAY,
        1 => 0..200 * DAY,
        1 => back,
    ];
    let late = prop_oneof![16 => Just(0), 2 => 0..3 * DAY, 1 => 0..200 * DAY, 1 => -DAY..0];
    let what = if manner.plain { plain().boxed() } else { prop_oneof![3 => plain(), 4 => more()].boxed() };
    (minutes, late, 0..500 * DAY, what).prop_map(|(minutes, late, looked_after, what)| Step {
        minutes,
        late,
        looked_after,
        what,
    })
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let item = (1..5_i64, 0..15_000_i64, prop::bool::weighted(0.2), prop::bool::weighted(0.85))
        .prop_map(|(pieces, cents, off, product)| Item(pieces, cents, off, product));
    vec(item, 1..4)
}

fn pieces() -> impl Strategy<Value = Pieces> {
    vec((prop_oneof![3 => Just(1_u8), 1 => 1..4_u8], 1..4_i64), 1..3)
}

fn plain() -> impl Strategy<Value = What> {
    let customer = 0..5_usize;
    prop_oneof![
        6 => (0..ORDERS, 0..6_usize, items())
            .prop_map(|(id, customer, lines)| What::Order { id, customer, lines }),
        5 => (0..40_u8, 0..ORDERS, pieces()).prop_map(|(id, order, lines)| What::Return { id, order, lines }),
        3 => (0..ORDERS).prop_map(|order| What::Cancel { order }),
        3 => (customer.clone(), 0..2_usize, -300..300_i64, option::of(1..90_i64))
            .prop_map(|(customer, currency, points, lasts)| What::Adjust { customer, currency, points, lasts }),
        1 => customer.clone().prop_map(|customer| What::Expire { customer }),
        1 => customer.prop_map(|customer| What::Enroll { customer }),
        2 => (1..10_usize).prop_map(|before| What::Again { before }),
    ]
}

fn more() -> impl Strategy<Value = What> {
    let customer = 0..5_usize;
    let order = || option::of(0..ORDERS);
    let worth = || {
        prop_oneof![
            3 => (0..2_usize, 1..150_i64).prop_map(|(currency, points)| Worth::Points { currency, points }),
            1 => (0..2_usize).prop_map(Worth::Reward),
        ]
    };
    let seconds = option::of(prop_oneof![1 => 1..3_600_u32, 2 => 1..2_592_000_u32]);
    // Mostly one of the last.
    let one_of = prop_oneof![4 => 0..2_usize, 1 => 0..20_usize];
    prop_oneof![
        6 => (customer.clone(), worth(), seconds, order())
            .prop_map(|(customer, worth, seconds, order)| What::Hold { customer, worth, seconds, order }),
        6 => (one_of.clone(), option::of(1..200_i64), order())
            .prop_map(|(hold, points, order)| What::Capture { hold, points, order }),
        2 => one_of.clone().prop_map(|hold| What::Release { hold }),
        6 => (customer.clone(), worth(), order())
            .prop_map(|(customer, worth, order)| What::Redeem { customer, worth, order }),
        2 => one_of.prop_map(|redemption| What::Reverse { redemption }),
        3 => (customer.clone(), customer.clone(), 0..2_usize, 1..200_i64)
            .prop_map(|(from, to, currency, points)| What::Transfer { from, to, currency, points }),
        2 => (customer.clone(), customer.clone()).prop_map(|(from, into)| What::Merge { from, into }),
        4 => customer.clone().prop_map(|customer| What::Unmerge { customer }),
        1 => (customer.clone(), prop::bool::weighted(0.5))
            .prop_map(|(customer, blocked)| What::Status { customer, blocked }),
        7 => (0..ORDERS, customer).prop_map(|(order, customer)| What::Claim { order, customer }),
        3 => (0..ORDERS, 1..5_u32, items())
            .prop_map(|(id, revision, lines)| What::Correct { id, revision, lines }),
        6 => (0..40_u8, 0..ORDERS, pieces()).prop_map(|(id, order, lines)| What::Fulfil { id, order, lines }),
        2 => (0..ORDERS, 0..2_usize, prop::bool::ANY)
            .prop_map(|(order, currency, cancel)| What::ChangeLot { order, currency, cancel }),
    ]
}

impl Manner {
    fn said(&self, steps: Vec<Step>) -> Vec<Said> {
        let mut now: Instant = "2010-11-20T09:00:00Z".parse().expect("a moment");
        let mut said: Vec<Said> = Vec::new();
        for step in steps {
            now += Duration::minutes(step.minutes);
            let at = now - Duration::minutes(step.late);
            let intent = match step.what {
                What::Again { before } => match said.len().checked_sub(before) {
                    Some(place) => said[place].intent.clone(),
                    None => continue,
                },
                What::Correct { id, revision, lines } => match self.correction(&said, id, revision, lines) {
                    Some(command) => Intent::Command(command),
                    None => continue,
                },
                what => self.intent(what, at, now),
            };
            said.push(Said { intent, now, looked_after: step.looked_after });
        }
        said
    }

    /// Beyond the last customer is a guest for orders, and the first one for anything else.
    fn customer(&self, number: usize) -> String {
        self.customers.get(number).unwrap_or(&self.customers[0]).to_string()
    }

    fn named(&self, id: u8) -> String {
        format!("{}{id}", self.prefix)
    }

    /// The last thing that was said of an order, with other lines.
    fn correction(&self, said: &[Said], id: u8, revision: u32, lines: Vec<Item>) -> Option<Command> {
        let order = said.iter().rev().find_map(|said| match &said.intent {
            Intent::Command(Command::RecordOrder(told)) if told.order.id == self.named(id) => {
                Some(&told.order)
            }
            _ => None,
        })?;
        let order = OrderInput { revision, lines: Item::lines(lines), ..order.clone() };
        Some(Command::RecordOrder(RecordOrder { program: PROGRAM.to_owned(), order }))
    }

    fn intent(&self, what: What, at: Instant, now: Instant) -> Intent {
        let order = |order: Option<u8>| order.map(|order| self.named(order));
        match what {
            What::Capture { hold, points, order: on } => Intent::Capture { hold, points, order: order(on) },
            What::Release { hold } => Intent::Release { hold },
            What::Reverse { redemption } => Intent::Reverse { redemption },
            What::ChangeLot { order, currency, cancel } => {
                let change = if cancel { LotChange::Cancel } else { LotChange::Activate };
                Intent::ChangeLot { order: self.named(order), currency: currency % self.currencies, change }
            }
            what => Intent::Command(self.of_order(&what, at).unwrap_or_else(|| self.of_member(what, now))),
        }
    }

    fn of_order(&self, what: &What, at: Instant) -> Option<Command> {
        let program = PROGRAM.to_owned();
        Some(match what {
            What::Order { id, customer, lines } => {
                let customer = self.customers.get(*customer).map(|&name| name.to_owned());
                let (channel, store) = (None, None);
                let (id, placed_at, currency) = (self.named(*id), at, "GBP".to_owned());
                let (revision, lines) = (1, Item::lines(lines.clone()));
                let order = OrderInput { id, customer, placed_at, currency, channel, store, revision, lines };
                Command::RecordOrder(RecordOrder { program, order })
            }
            What::Return { id, order, lines } => {
                let (id, order_id, lines) = (self.named(*id), self.named(*order), told(lines));
                Command::RecordReturn(RecordReturn { program, id, order_id, returned_at: at, lines })
            }
            What::Fulfil { id, order, lines } => {
                let (id, order_id, lines) = (self.named(*id), self.named(*order), told(lines));
                Command::RecordFulfilment(RecordFulfilment { program, id, order_id, fulfilled_at: at, lines })
            }
            What::Cancel { order } => {
                Command::CancelOrder(CancelOrder { program, order_id: self.named(*order) })
            }
            What::Claim { order, customer } => {
                let (order_id, customer) = (self.named(*order), self.customer(*customer));
                Command::ClaimOrder(ClaimOrder { program, order_id, customer })
            }
            _ => return None,
        })
    }

    fn of_member(&self, what: What, now: Instant) -> Command {
        let program = PROGRAM.to_owned();
        let code = |currency: usize| Some(CODES[currency % self.currencies].to_owned());
        let order = |order: Option<u8>| order.map(|order| self.named(order));
        let reason = "by hand".to_owned();
        match what {
            What::Adjust { customer, currency, points, lasts } => {
                let points = if self.plain { points.abs() } else { points };
                let expires_at = lasts.filter(|_| points > 0).map(|days| now + Duration::days(days));
                let (customer, currency) = (self.customer(customer), code(currency));
                let points = Points(points);
                Command::Adjust(Adjust { program, customer, currency, points, reason, expires_at })
            }
            What::Expire { customer } => {
                Command::Expire(Expire { program, customer: self.customer(customer) })
            }
            What::Enroll { customer } => {
                let (channel, store) = (None, None);
                Command::Enroll(Enroll { program, customer: self.customer(customer), channel, store })
            }
            What::Hold { customer, worth, seconds, order: on } => {
                let (customer, price) = (self.customer(customer), self.price(&worth));
                let (ttl_seconds, order) = (seconds, order(on));
                Command::HoldPoints(HoldPoints { program, customer, price, ttl_seconds, order })
            }
            What::Redeem { customer, worth, order: on } => {
                let (customer, price, reason) = (self.customer(customer), self.price(&worth), None);
                Command::Redeem(Redeem { program, customer, price, order: order(on), reason })
            }
            What::Transfer { from, to, currency, points } => {
                let (from, to) = (self.customer(from), self.customer(to));
                let (points, currency) = (Points(points), code(currency));
                Command::Transfer(Transfer { program, from, to, points, currency })
            }
            What::Merge { from, into } => {
                Command::Merge(Merge { program, from: self.customer(from), into: self.customer(into) })
            }
            What::Unmerge { customer } => {
                Command::Unmerge(Unmerge { program, customer: self.customer(customer) })
            }
            What::Status { customer, blocked } => {
                let customer = self.customer(customer);
                Command::SetStatus(SetStatus { program, customer, blocked, reason })
            }
            other => unreachable!("made a command of elsewhere: {other:?}"),
        }
    }

    fn price(&self, worth: &Worth) -> Price {
        match *worth {
            Worth::Points { currency, points } => {
                let currency = Some(CODES[currency % self.currencies].to_owned());
                Price::Points { points: Points(points), currency }
            }
            Worth::Reward(reward) => {
                Price::Reward { reward: REWARDS[self.reward.unwrap_or(reward)].to_owned() }
            }
        }
    }
}

fn told(pieces: &[(u8, i64)]) -> Vec<ReturnLine> {
    let line = |(line, quantity): &(u8, i64)| ReturnLine { line_id: line.to_string(), quantity: *quantity };
    pieces.iter().map(line).collect()
}

impl Item {
    fn lines(items: Vec<Self>) -> Vec<Line> {
        items.into_iter().enumerate().map(|(i, item)| item.line(i)).collect()
    }

    fn line(self, i: usize) -> Line {
        let Self(quantity, cents, off, product) = self;
        let id = (i + 1).to_string();
        let off = if off { cents / 3 } else { 0 };
        Line {
            sku: format!("SKU-{id}"),
            id,
            kind: if product { LineKind::Product } else { LineKind::Other },
            quantity,
            returned: 0,
            fulfilled: 0,
            unit_price: Decimal::new(cents, 2),
            discount: Decimal::new(off * quantity, 2),
            categories: Vec::new(),
        }
    }
}

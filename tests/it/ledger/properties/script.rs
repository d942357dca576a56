//! Random commands at random times: mostly rising, sometimes told of late, sometimes told of again.

use chrono::Duration;
use loyalty::{
    clock::Instant,
    commands::{
        Adjust, CancelOrder, Command, Enroll, Expire, OrderInput, RecordOrder, RecordReturn, ReturnLine,
    },
    ledger::Points,
    program::{document::LineKind, earning::Line},
};
use proptest::{collection::vec, option, prelude::*};
use rust_decimal::Decimal;

use super::terms::CODES;

/// A command and the moment at which it is decided.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) command: Command,
    pub(super) now: Instant,
    /// How much later somebody looks, in minutes.
    pub(super) looked_after: i64,
}

/// Who says it, and what it may say.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    /// Of order and return ids, so that two scripts do not meet.
    pub(super) prefix: &'static str,
    pub(super) customers: &'static [&'static str],
    /// Whether points may be taken by hand.
    pub(super) spends: bool,
    pub(super) currencies: usize,
}

#[derive(Clone, Debug)]
struct Step {
    minutes: i64,
    /// How long ago it happened.
    late: i64,
    looked_after: i64,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Order {
        id: u8,
        customer: usize,
        lines: Vec<Item>,
    },
    Return {
        id: u8,
        order: u8,
        lines: Vec<(u8, i64)>,
    },
    Cancel {
        order: u8,
    },
    Adjust {
        customer: usize,
        currency: usize,
        points: i64,
        lasts: Option<i64>,
    },
    Expire {
        customer: usize,
    },
    Enroll {
        customer: usize,
    },
    /// The command that stands so many before, once more.
    Again {
        before: usize,
    },
}

/// A line: pieces, cents a piece, cents off a piece, whether it is a product.
#[derive(Clone, Copy, Debug)]
struct Item(i64, i64, i64, bool);

const DAY: i64 = 24 * 60;
const ORDERS: u8 = 12;

fn step() -> impl Strategy<Value = Step> {
    let minutes = prop_oneof![3 => 0..60_i64, 6 => 0..20 * DAY, 1 => 0..200 * DAY, 1 => -5 * DAY..0];
    let late = prop_oneof![6 => Just(0), 2 => 0..3 * DAY, 1 => 0..200 * DAY, 1 => -DAY..0];
    (minutes, late, 0..500 * DAY, what()).prop_map(|(minutes, late, looked_after, what)| Step {
        minutes,
        late,
        looked_after,
        what,
    })
}

fn what() -> impl Strategy<Value = What> {
    let item = (1..5_i64, 0..15_000_i64, prop::bool::weighted(0.2), prop::bool::weighted(0.85)).prop_map(
        |(pieces, cents, off, product)| Item(pieces, cents, if off { cents / 3 } else { 0 }, product),
    );
    let customer = 0..4_usize;
    prop_oneof![
        6 => (0..ORDERS, customer.clone(), vec(item, 1..4))
            .prop_map(|(id, customer, lines)| What::Order { id, customer, lines }),
        5 => (0..40_u8, 0..ORDERS, vec((1..4_u8, 1..4_i64), 1..3))
            .prop_map(|(id, order, lines)| What::Return { id, order, lines }),
        1 => (0..ORDERS).prop_map(|order| What::Cancel { order }),
        3 => (customer.clone(), 0..2_usize, -300..300_i64, option::of(1..90_i64))
            .prop_map(|(customer, currency, points, lasts)| What::Adjust { customer, currency, points, lasts }),
        1 => customer.clone().prop_map(|customer| What::Expire { customer }),
        1 => customer.prop_map(|customer| What::Enroll { customer }),
        2 => (1..10_usize).prop_map(|before| What::Again { before }),
    ]
}

/// A script in a manner.
pub(super) fn any(manner: Manner, length: usize) -> impl Strategy<Value = Vec<Said>> {
    vec(step(), 1..length).prop_map(move |steps| manner.said(steps))
}

impl Manner {
    fn said(&self, steps: Vec<Step>) -> Vec<Said> {
        let mut now: Instant = "2010-11-20T09:00:00Z".parse().expect("a moment");
        let mut said: Vec<Said> = Vec::new();
        for step in steps {
            now += Duration::minutes(step.minutes);
            let at = now - Duration::minutes(step.late);
            let command = match step.what {
                What::Again { before } => match said.len().checked_sub(before) {
                    Some(place) => said[place].command.clone(),
                    None => continue,
                },
                what => self.command(what, at, now),
            };
            said.push(Said { command, now, looked_after: step.looked_after });
        }
        said
    }

    /// Beyond the last customer is a guest for orders, and the first one for anything else.
    fn customer(&self, number: usize) -> String {
        self.customers.get(number).unwrap_or(&self.customers[0]).to_string()
    }

    fn command(&self, what: What, at: Instant, now: Instant) -> Command {
        let program = "classic".to_owned();
        let named = |id: u8| format!("{}{id}", self.prefix);
        match what {
            What::Order { id, customer, lines } => {
                let customer = self.customers.get(customer).map(|&name| name.to_owned());
                let lines = lines.into_iter().enumerate().map(|(i, item)| item.line(i)).collect();
                let currency = "GBP".to_owned();
                let (channel, store) = (None, None);
                let (id, revision) = (named(id), 1);
                let order =
                    OrderInput { id, customer, placed_at: at, currency, channel, store, revision, lines };
                Command::RecordOrder(RecordOrder { program, order })
            }
            What::Return { id, order, lines } => {
                let line = |(line, quantity): (u8, i64)| ReturnLine { line_id: line.to_string(), quantity };
                let lines = lines.into_iter().map(line).collect();
                let (id, order_id) = (named(id), named(order));
                Command::RecordReturn(RecordReturn { program, id, order_id, returned_at: at, lines })
            }
            What::Cancel { order } => Command::CancelOrder(CancelOrder { program, order_id: named(order) }),
            What::Adjust { customer, currency, points, lasts } => {
                let points = if self.spends { points } else { points.abs() };
                let until = lasts.filter(|_| points > 0).map(|days| now + Duration::days(days));
                Command::Adjust(Adjust {
                    program,
                    customer: self.customer(customer),
                    currency: Some(CODES[currency % self.currencies].to_owned()),
                    points: Points(points),
                    reason: "by hand".to_owned(),
                    expires_at: until,
                })
            }
            What::Expire { customer } => {
                Command::Expire(Expire { program, customer: self.customer(customer) })
            }
            What::Enroll { customer } => {
                let (channel, store) = (None, None);
                Command::Enroll(Enroll { program, customer: self.customer(customer), channel, store })
            }
            What::Again { .. } => unreachable!("taken from the script itself"),
        }
    }
}

impl Item {
    fn line(self, i: usize) -> Line {
        let Self(quantity, cents, off, product) = self;
        let id = (i + 1).to_string();
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

//! The words in which a table tells of events.
//!
//!     given classic, expiry 3 MONTH, activation 14 days, deficitMax 0        the programme
//!     2011-01-05 enrol alice
//!     2011-01-05 order o1 alice 100.00                                       one product for 100 GBP; `-` is a guest
//!     2011-01-05 order o1 alice 2x10.00 b:1x5.00-1.00 4.50/other             lines: id, quantity, price, discount, kind
//!     2011-01-09 order o1 alice 100.00 placed 2011-01-05 in EUR              told of late; in another currency
//!     2011-01-09 return r1 o1 1:2 b:1                                        line and quantity; `at` as `placed`
//!     2011-01-09 cancel o1
//!     2011-01-09 adjust alice -50                                            `until` is when given points end
//!     2011-01-09 expire alice                                                write down what time has done
//!     2011-01-09 look alice                                                  no command: only what is seen
//!
//! A day is its midnight in UTC; a moment is written in full, as `2011-01-05T10:00:00.000001Z`.

use chrono::{NaiveDate, NaiveTime};
use loyalty::{
    clock::Instant,
    commands::{
        Adjust, CancelOrder, Command, Enroll, Expire, OrderInput, RecordOrder, RecordReturn, ReturnLine,
    },
    ledger::Points,
    program::{
        Program,
        document::{Activation, Expiry, LineKind, Period, Rounding, TierWindow},
        earning,
    },
};
use rust_decimal::Decimal;

/// What a line tells of.
pub(super) struct Line {
    pub(super) now: Instant,
    /// None where it only looks.
    pub(super) command: Option<Command>,
    pub(super) customer: Option<String>,
    pub(super) order: Option<String>,
}

/// Reads the line that names the programme: the published tiered one, without what is not named.
pub(super) fn program(text: &str) -> Program {
    let published = include_str!("../../../schema/programs/tiered.json");
    let mut document = Program::from_json(published).expect("the published one").document().clone();
    let ladder = document.tiers.take();
    document.currencies[0].expiry = Expiry::Never;
    for choice in text.strip_prefix("given ").expect("`given` and a programme").split(", ") {
        let words: Vec<&str> = choice.split(' ').collect();
        match words[..] {
            ["classic"] => {}
            ["tiers"] => document.tiers.clone_from(&ladder),
            ["lifetime"] => {
                document.tiers.clone_from(&ladder);
                document.tiers.as_mut().expect("just put in").window = TierWindow::Lifetime;
            }
            ["zone", zone] => zone.clone_into(&mut document.time_zone),
            ["enrolment", "off"] => document.enrolment.on_first_order = false,
            ["rounding", "up"] => document.earning.rounding = Rounding::Up,
            ["deficitMax", max] => document.currencies[0].deficit_max = Some(max.parse().expect(choice)),
            ["activation", days, "days"] => {
                document.currencies[0].activation = Activation::After { days: days.parse().expect(choice) };
            }
            ["expiry", days, "days"] => {
                document.currencies[0].expiry = Expiry::AfterDays { days: days.parse().expect(choice) };
            }
            ["expiry", months, "months"] => {
                let months = months.parse().expect(choice);
                document.currencies[0].expiry = Expiry::AfterMonths { months, until_end_of: Period::Month };
            }
            _ => panic!("no programme has `{choice}`"),
        }
    }
    Program::new(document).expect("a table's programme is a sound one")
}

/// Reads an event.
pub(super) fn read(text: &str, program: &Program) -> Line {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let mut option = |name: &str| {
        let place = words.iter().position(|word| *word == name)?;
        let value = words.remove(place + 1);
        words.remove(place);
        Some(value)
    };
    let (placed, at, until) = (option("placed").map(when), option("at").map(when), option("until").map(when));
    let currency = option("in").unwrap_or("GBP").to_owned();
    let now = when(words[0]);
    let program = program.id().to_owned();
    let own = |text: &str| text.to_owned();
    let (command, customer, order) = match words[1..] {
        ["enrol", customer] => {
            let command = Enroll { program, customer: own(customer), channel: None, store: None };
            (Some(Command::Enroll(command)), Some(customer), None)
        }
        ["order", id, customer, ref lines @ ..] => {
            let named = Some(customer).filter(|customer| *customer != "-");
            let order = OrderInput {
                id: own(id),
                customer: named.map(own),
                placed_at: placed.unwrap_or(now),
                currency,
                channel: None,
                store: None,
                revision: 1,
                lines: lines.iter().enumerate().map(|(i, text)| bought(i, text)).collect(),
            };
            (Some(Command::RecordOrder(RecordOrder { program, order })), named, Some(id))
        }
        ["return", id, order, ref lines @ ..] => {
            let lines = lines.iter().map(|text| returned(text)).collect();
            let returned_at = at.unwrap_or(now);
            let command = RecordReturn { program, id: own(id), order_id: own(order), returned_at, lines };
            (Some(Command::RecordReturn(command)), None, Some(order))
        }
        ["cancel", order] => {
            let command = CancelOrder { program, order_id: own(order) };
            (Some(Command::CancelOrder(command)), None, Some(order))
        }
        ["adjust", customer, points] => {
            let command = Adjust {
                program,
                customer: own(customer),
                currency: None,
                points: Points(points.parse().expect(text)),
                reason: own("by hand"),
                expires_at: until,
            };
            (Some(Command::Adjust(command)), Some(customer), None)
        }
        ["expire", customer] => {
            (Some(Command::Expire(Expire { program, customer: own(customer) })), Some(customer), None)
        }
        ["look", customer] => (None, Some(customer), None),
        _ => panic!("nothing happens by `{text}`"),
    };
    Line { now, command, customer: customer.map(own), order: order.map(own) }
}

fn when(text: &str) -> Instant {
    match text.parse::<NaiveDate>() {
        Ok(day) => day.and_time(NaiveTime::MIN).and_utc(),
        Err(_) => text.parse().unwrap_or_else(|error| panic!("`{text}` is no time: {error}")),
    }
}

fn bought(i: usize, text: &str) -> earning::Line {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap_or_else(|error| panic!("`{text}`: {error}"));
    let (text, kind) = match text.strip_suffix("/other") {
        Some(text) => (text, LineKind::Other),
        None => (text, LineKind::Product),
    };
    let (id, text) = match text.split_once(':') {
        Some((id, text)) => (id.to_owned(), text),
        None => ((i + 1).to_string(), text),
    };
    let (quantity, text) = text.split_once('x').unwrap_or(("1", text));
    let (price, discount) = text.split_once('-').unwrap_or((text, "0"));
    earning::Line {
        sku: format!("SKU-{id}"),
        id,
        kind,
        quantity: quantity.parse().expect("a quantity"),
        returned: 0,
        fulfilled: 0,
        unit_price: decimal(price),
        discount: decimal(discount),
        categories: Vec::new(),
    }
}

fn returned(text: &str) -> ReturnLine {
    let (line, quantity) = text.split_once(':').expect("line:quantity");
    ReturnLine { line_id: line.to_owned(), quantity: quantity.parse().expect("a quantity") }
}

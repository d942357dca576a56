//! Everything for which an order or a return is refused: the edit that makes a sound one wrong, the fault, the field.

use loyalty::{
    clock::Instant,
    commands::{
        Command, Enroll, OrderFault, OrderInput, RecordOrder, RecordReturn, Refusal, ReturnFault, ReturnLine,
        order::LINES_MAX,
    },
    program::earning::Line,
};
use rust_decimal::Decimal;

use super::{
    given,
    line::{self, Names},
};
use crate::desk::Desk;

fn now() -> Instant {
    "2011-01-05T12:00:00Z".parse().expect("a moment")
}

fn order() -> OrderInput {
    let read = line::read(
        "2011-01-05 order o1 alice 2x10.00 b:5.00",
        &given::program("given classic"),
        &Names::default(),
    );
    match read.command {
        Some(Command::RecordOrder(command)) => command.order,
        other => panic!("it reads as an order, not {other:?}"),
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn lines(count: usize) -> Vec<Line> {
    (0..count).map(|i| Line { id: i.to_string(), ..order().lines[0].clone() }).collect()
}

#[test]
fn an_order_is_refused_with_its_fault_and_field() {
    use OrderFault as Fault;
    type Edit = fn(&mut OrderInput);
    let table: &[(Edit, Fault, &str)] = &[
        (|order| order.id = String::new(), Fault::MalformedText, "order.id"),
        (|order| order.id = " ".into(), Fault::MalformedText, "order.id"),
        (|order| order.id = "o".repeat(129), Fault::MalformedText, "order.id"),
        (|order| order.id = "o\n1".into(), Fault::MalformedText, "order.id"),
        (|order| order.customer = Some(String::new()), Fault::MalformedText, "order.customerId"),
        (|order| order.channel = Some("\u{7}".into()), Fault::MalformedText, "order.channel"),
        (|order| order.store = Some(String::new()), Fault::MalformedText, "order.storeId"),
        (|order| order.lines[1].id = String::new(), Fault::MalformedText, "order.lines[1].id"),
        (|order| order.lines[1].sku = "s".repeat(129), Fault::MalformedText, "order.lines[1].sku"),
        (
            |order| order.placed_at = line_time("1999-12-31T23:59:59Z"),
            Fault::DateOutOfRange,
            "order.placedAt",
        ),
        (
            |order| order.placed_at = line_time("2011-01-06T12:00:01Z"),
            Fault::DateOutOfRange,
            "order.placedAt",
        ),
        (|order| order.currency = "EUR".into(), Fault::UnknownCurrency, "order.currencyCode"),
        (|order| order.currency = "gbp".into(), Fault::UnknownCurrency, "order.currencyCode"),
        (|order| order.currency = String::new(), Fault::UnknownCurrency, "order.currencyCode"),
        (|order| order.lines.clear(), Fault::LineCount, "order.lines"),
        (|order| order.lines = lines(LINES_MAX + 1), Fault::LineCount, "order.lines"),
        (|order| order.lines[1].id = "1".into(), Fault::DuplicateLine, "order.lines[1].id"),
        (|order| order.lines[0].quantity = 0, Fault::QuantityOutOfRange, "order.lines[0].quantity"),
        (|order| order.lines[0].quantity = -1, Fault::QuantityOutOfRange, "order.lines[0].quantity"),
        (|order| order.lines[0].quantity = 1_000_001, Fault::QuantityOutOfRange, "order.lines[0].quantity"),
        (
            |order| order.lines[0].unit_price = decimal("-0.01"),
            Fault::AmountOutOfRange,
            "order.lines[0].unitPrice",
        ),
        (
            |order| order.lines[0].unit_price = decimal("1000000000.01"),
            Fault::AmountOutOfRange,
            "order.lines[0].unitPrice",
        ),
        (
            |order| order.lines[0].unit_price = decimal("0.0000000001"),
            Fault::AmountOutOfRange,
            "order.lines[0].unitPrice",
        ),
        (|order| order.lines[0].discount = decimal("-1"), Fault::AmountOutOfRange, "order.lines[0].discount"),
        (
            |order| order.lines[0].discount = decimal("20.01"),
            Fault::AmountOutOfRange,
            "order.lines[0].discount",
        ),
        (
            |order| {
                order.lines[0].quantity = 1_000_000;
                order.lines[0].unit_price = decimal("1000000");
            },
            Fault::AmountOutOfRange,
            "order.lines",
        ),
    ];
    for (edit, expected, place) in table {
        let mut order = order();
        edit(&mut order);
        let command = Command::RecordOrder(RecordOrder { program: "tiered".into(), order });
        match Desk::new(given::program("given classic")).decide_watched(&command, now()) {
            Err(Refusal::InvalidOrder { field, fault, .. }) => {
                assert_eq!((fault, field.as_str()), (*expected, *place));
            }
            other => panic!("{expected:?} at {place}: {other:?}"),
        }
    }
}

fn line_time(text: &str) -> Instant {
    text.parse().expect("a moment")
}

/// What is just within every bound is taken.
#[test]
fn an_order_at_every_bound_is_recorded() {
    let mut order = order();
    order.id = "o".repeat(128);
    order.placed_at = line_time("2011-01-06T12:00:00Z");
    order.lines = lines(LINES_MAX);
    order.lines[0].quantity = 1_000_000;
    order.lines[0].unit_price = decimal("0.000000001");
    order.lines[1].unit_price = decimal("1000000000");
    order.lines[1].discount = decimal("2000000000");
    let command = Command::RecordOrder(RecordOrder { program: "tiered".into(), order });
    Desk::new(given::program("given classic")).decide_watched(&command, now()).unwrap();
}

/// 2^53 points in one order are the most that a number in JSON carries.
#[test]
fn an_order_that_would_earn_more_than_a_number_carries_is_refused() {
    let mut document = given::program("given classic").document().clone();
    document.earning.rules[0].rates.insert("GBP".into(), decimal("1000000"));
    let mut order = order();
    order.lines[0].quantity = 1_000;
    order.lines[0].unit_price = decimal("10000000");
    let command = Command::RecordOrder(RecordOrder { program: "tiered".into(), order });
    let program = loyalty::program::Program::new(document).unwrap();
    let refused = Desk::new(program).decide_watched(&command, now()).unwrap_err();
    assert!(
        matches!(refused, Refusal::InvalidOrder { fault: OrderFault::AmountOutOfRange, .. }),
        "{refused}"
    );
}

#[test]
fn a_return_is_refused_with_its_fault_and_field() {
    use ReturnFault as Fault;
    type Edit = fn(&mut RecordReturn);
    let table: &[(Edit, Fault, &str)] = &[
        (|back| back.id = String::new(), Fault::MalformedText, "return.id"),
        (|back| back.id = "r".repeat(129), Fault::MalformedText, "return.id"),
        (|back| back.order_id = "\t".into(), Fault::MalformedText, "return.orderId"),
        (
            |back| back.returned_at = line_time("2011-01-06T12:00:01Z"),
            Fault::DateOutOfRange,
            "return.returnedAt",
        ),
        (
            |back| back.returned_at = line_time("2011-01-04T23:59:59Z"),
            Fault::BeforeOrder,
            "return.returnedAt",
        ),
        (|back| back.lines.clear(), Fault::LineCount, "return.lines"),
        (|back| back.lines = vec![back.lines[0].clone(); LINES_MAX + 1], Fault::LineCount, "return.lines"),
        (|back| back.lines = vec![back.lines[0].clone(); 2], Fault::DuplicateLine, "return.lines[1].lineId"),
        (|back| back.lines[0].line_id = "z".into(), Fault::UnknownLine, "return.lines[0].lineId"),
        (|back| back.lines[0].quantity = 0, Fault::QuantityOutOfRange, "return.lines[0].quantity"),
        (|back| back.lines[0].quantity = 3, Fault::ExceedsBought, "return.lines[0].quantity"),
    ];
    let program = given::program("given classic");
    for (edit, expected, place) in table {
        let mut desk = Desk::new(program.clone());
        let bought = Command::RecordOrder(RecordOrder { program: "tiered".into(), order: order() });
        desk.decide_watched(&bought, now()).unwrap();
        let mut back = RecordReturn {
            program: "tiered".into(),
            id: "r1".into(),
            order_id: "o1".into(),
            returned_at: now(),
            lines: vec![ReturnLine { line_id: "1".into(), quantity: 1 }],
        };
        edit(&mut back);
        match desk.decide_watched(&Command::RecordReturn(back), now()) {
            Err(Refusal::InvalidReturn { field, fault, .. }) => {
                assert_eq!((fault, field.as_str()), (*expected, *place));
            }
            other => panic!("{expected:?} at {place}: {other:?}"),
        }
    }
}

#[test]
fn an_unknown_programme_and_a_malformed_customer_are_the_callers_fault() {
    let mut desk = Desk::new(given::program("given classic"));
    let enroll = |program: &str, customer: &str| {
        Command::Enroll(Enroll {
            program: program.into(),
            customer: customer.into(),
            channel: None,
            store: None,
        })
    };
    for (command, place) in [
        (enroll("elsewhere", "alice"), "program"),
        (enroll("tiered", ""), "customerId"),
        (enroll("tiered", &"a".repeat(129)), "customerId"),
        (Command::RecordOrder(RecordOrder { program: "elsewhere".into(), order: order() }), "program"),
    ] {
        match desk.decide_watched(&command, now()) {
            Err(Refusal::BadInput { field, .. }) => assert_eq!(field, place),
            other => panic!("{place}: {other:?}"),
        }
    }
}

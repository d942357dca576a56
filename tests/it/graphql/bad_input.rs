//! What cannot be right: a clear typed answer, and nothing written. One table a mutation; each row changes one thing of an
//! input that would be recorded otherwise.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{
    Desk, INGEST, QUOTE, adjust, cancel_order, enroll, order, record_order, record_return, recording,
    returning, said, with,
};
use crate::{on_each_backend, support::Backend};

/// Where, what stands there, and what is said of it.
pub(super) type Row = (&'static str, Value, &'static str);

/// A desk that knows `o-1` of `c-1`, one of whose two A came back as `r-1`, and `o-2`, which was cancelled.
async fn used_desk(backend: Backend) -> Desk {
    let desk = Desk::open(backend).await;
    for id in ["o-1", "o-2"] {
        let recorded = desk.ask(&record_order(), &recording("classic", &order(id, "c-1"))).await;
        assert_eq!(recorded["order"]["earned"], 45, "{recorded:#}");
    }
    let returned = desk.ask(&record_return(), &returning("classic", "r-1", "o-1", "1", 1)).await;
    assert_eq!(returned["order"]["clawedBack"], 10, "{returned:#}");
    let cancel = json!({"program": "classic", "idempotencyKey": "cancel o-2", "orderId": "o-2"});
    assert_eq!(desk.ask(&cancel_order(), &cancel).await["order"]["clawedBack"], 45);
    desk
}

/// Asks every row, and shows all that differ at once.
pub(super) async fn check(desk: &Desk, document: &str, sound: &Value, rows: Vec<Row>) {
    let before = desk.written().await;
    let (mut got, mut expected) = (Vec::new(), Vec::new());
    for (pointer, value, says) in rows {
        let shown: String = value.to_string().chars().take(40).collect();
        let input = if pointer.is_empty() { value } else { with(sound, pointer, value) };
        let answer = desk.oms.ask(document, json!({"input": input})).await;
        let answered = said(&answer);
        // What is said of a date says the date; of what the executor refuses itself, the place suffices.
        let answered = if answered.contains(says) { says.to_owned() } else { answered };
        got.push(format!("{pointer} {shown}: {answered}"));
        expected.push(format!("{pointer} {shown}: {says}"));
    }
    assert_eq!(got, expected);
    assert_eq!(desk.written().await, before, "something was written");
}

#[expect(clippy::too_many_lines, reason = "a table")]
async fn an_order(backend: Backend) {
    let desk = used_desk(backend).await;
    let sound = recording("classic", &order("o-3", "c-1"));
    let line = sound["order"]["lines"][0].clone();
    let too_many: Vec<Value> = (0..2_001).map(|i| with(&line, "/id", json!(i.to_string()))).collect();
    let rows = vec![
        ("/order/revision", json!(0), "BAD_USER_INPUT input.order.revision: must be 1 or more"),
        ("/order/revision", json!(-1), "BAD_USER_INPUT input.order.revision: must be 1 or more"),
        ("/program", json!("nowhere"), "BAD_USER_INPUT input.program: there is no programme `nowhere`"),
        ("/idempotencyKey", json!(""), "BAD_USER_INPUT input.idempotencyKey: must have 1 to 128"),
        (
            "/idempotencyKey",
            json!("k".repeat(129)),
            "BAD_USER_INPUT input.idempotencyKey: must have 1 to 128",
        ),
        ("/idempotencyKey", json!("a\u{0}b"), "BAD_USER_INPUT input.idempotencyKey: must have 1 to 128"),
        (
            "/idempotencyKey",
            json!("record \"o-1\""),
            "IDEMPOTENCY_CONFLICT the idempotency key `record \"o-1\"`",
        ),
        (
            "/order",
            with(&order("o-1", "c-1"), "/lines/0/quantity", json!(3)),
            "LoyaltyInvalidOrder CONFLICTING_CONTENT order.id: ",
        ),
        ("/order/id", json!(""), "LoyaltyInvalidOrder MALFORMED_TEXT order.id: must have 1 to 128"),
        (
            "/order/id",
            json!("o".repeat(129)),
            "LoyaltyInvalidOrder MALFORMED_TEXT order.id: must have 1 to 128",
        ),
        ("/order/id", json!("o\u{7}3"), "LoyaltyInvalidOrder MALFORMED_TEXT order.id: must have 1 to 128"),
        ("/order/id", json!("o\u{0}3"), "LoyaltyInvalidOrder MALFORMED_TEXT order.id: must have 1 to 128"),
        ("/order/customerId", json!("  "), "LoyaltyInvalidOrder MALFORMED_TEXT order.customerId: "),
        ("/order/customerId", json!("c\u{0}"), "LoyaltyInvalidOrder MALFORMED_TEXT order.customerId: "),
        ("/order/channel", json!(""), "LoyaltyInvalidOrder MALFORMED_TEXT order.channel: "),
        ("/order/storeId", json!("s\n"), "LoyaltyInvalidOrder MALFORMED_TEXT order.storeId: "),
        ("/order/lines/1/sku", json!(""), "LoyaltyInvalidOrder MALFORMED_TEXT order.lines[1].sku: "),
        ("/order/lines/1/id", json!(""), "LoyaltyInvalidOrder MALFORMED_TEXT order.lines[1].id: "),
        (
            "/order/placedAt",
            json!("1999-12-31T23:59:59Z"),
            "LoyaltyInvalidOrder DATE_OUT_OF_RANGE order.placedAt: ",
        ),
        (
            "/order/placedAt",
            json!("2999-01-01T00:00:00Z"),
            "LoyaltyInvalidOrder DATE_OUT_OF_RANGE order.placedAt: ",
        ),
        (
            "/order/placedAt",
            json!("9999-12-31T23:59:59Z"),
            "LoyaltyInvalidOrder DATE_OUT_OF_RANGE order.placedAt: ",
        ),
        ("/order/placedAt", json!("2026-02-30T00:00:00Z"), "BAD_USER_INPUT "),
        ("/order/placedAt", json!("2026-01-15"), "BAD_USER_INPUT "),
        ("/order/placedAt", json!("2026-01-15T10:00:00"), "BAD_USER_INPUT "),
        ("/order/placedAt", json!(1_768_471_200), "BAD_USER_INPUT "),
        (
            "/order/currencyCode",
            json!("POUNDS"),
            "LoyaltyInvalidOrder UNKNOWN_CURRENCY order.currencyCode: `POUNDS` is no",
        ),
        (
            "/order/currencyCode",
            json!("gbp"),
            "LoyaltyInvalidOrder UNKNOWN_CURRENCY order.currencyCode: `gbp` is no",
        ),
        ("/order/currencyCode", json!("JPY"), "LoyaltyInvalidOrder UNKNOWN_CURRENCY order.currencyCode: "),
        (
            "/order/lines",
            json!([]),
            "LoyaltyInvalidOrder LINE_COUNT order.lines: must have 1 to 2000 lines, not 0",
        ),
        (
            "/order/lines",
            json!(too_many),
            "LoyaltyInvalidOrder LINE_COUNT order.lines: must have 1 to 2000 lines, not 2001",
        ),
        (
            "/order/lines/1/id",
            json!("1"),
            "LoyaltyInvalidOrder DUPLICATE_LINE order.lines[1].id: `1` stands twice",
        ),
        (
            "/order/lines/0/quantity",
            json!(0),
            "LoyaltyInvalidOrder QUANTITY_OUT_OF_RANGE order.lines[0].quantity: must be from 1 to 1000000, not 0",
        ),
        (
            "/order/lines/1/quantity",
            json!(-1),
            "LoyaltyInvalidOrder QUANTITY_OUT_OF_RANGE order.lines[1].quantity: must be from 1 to 1000000, not -1",
        ),
        (
            "/order/lines/0/quantity",
            json!(1_000_001),
            "LoyaltyInvalidOrder QUANTITY_OUT_OF_RANGE order.lines[0].quantity: ",
        ),
        ("/order/lines/0/quantity", json!(i64::MAX), "BAD_USER_INPUT "),
        ("/order/lines/0/quantity", json!(1.5), "BAD_USER_INPUT "),
        ("/order/lines/0/kind", json!("GIFT"), "BAD_USER_INPUT "),
        (
            "/order/lines/0/unitPrice",
            json!("-0.01"),
            "LoyaltyInvalidOrder AMOUNT_OUT_OF_RANGE order.lines[0].unitPrice: ",
        ),
        (
            "/order/lines/0/unitPrice",
            json!("0.1234567891"),
            "LoyaltyInvalidOrder AMOUNT_OUT_OF_RANGE order.lines[0].unitPrice: ",
        ),
        (
            "/order/lines/0/unitPrice",
            json!("1000000000.01"),
            "LoyaltyInvalidOrder AMOUNT_OUT_OF_RANGE order.lines[0].unitPrice: ",
        ),
        ("/order/lines/0/unitPrice", json!(10.5), "BAD_USER_INPUT "),
        ("/order/lines/0/unitPrice", json!("1e3"), "BAD_USER_INPUT "),
        ("/order/lines/0/unitPrice", json!("9".repeat(40)), "BAD_USER_INPUT "),
        (
            "/order/lines/0/discount",
            json!("20.01"),
            "LoyaltyInvalidOrder AMOUNT_OUT_OF_RANGE order.lines[0].discount: must be from 0 to the line's 20",
        ),
        (
            "/order/lines/0/discount",
            json!("-1"),
            "LoyaltyInvalidOrder AMOUNT_OUT_OF_RANGE order.lines[0].discount: ",
        ),
        (
            "/order/lines/0",
            json!({"id": "1", "sku": "A", "quantity": 1_000_000, "unitPrice": "1000000000"}),
            "LoyaltyInvalidOrder AMOUNT_OUT_OF_RANGE order.lines: ",
        ),
    ];
    check(&desk, &record_order(), &sound, rows).await;
    // The quote of an order that cannot be recorded says the same.
    let sound = json!({"program": "classic", "order": order("o-3", "c-1")});
    let rows = vec![
        ("/program", json!("nowhere"), "BAD_USER_INPUT input.program: there is no programme `nowhere`"),
        ("/order/customerId", json!("c\u{0}"), "LoyaltyInvalidOrder MALFORMED_TEXT order.customerId: "),
        (
            "/order/lines/0/quantity",
            json!(0),
            "LoyaltyInvalidOrder QUANTITY_OUT_OF_RANGE order.lines[0].quantity: ",
        ),
        ("/order/currencyCode", json!("JPY"), "LoyaltyInvalidOrder UNKNOWN_CURRENCY order.currencyCode: "),
    ];
    check(&desk, QUOTE, &sound, rows).await;
    desk.close();
}

async fn a_return(backend: Backend) {
    let desk = used_desk(backend).await;
    let sound = returning("classic", "r-2", "o-1", "1", 1);
    let line = sound["return"]["lines"][0].clone();
    let rows = vec![
        ("/program", json!("nowhere"), "BAD_USER_INPUT input.program: there is no programme `nowhere`"),
        ("/program", json!("tiered"), "LoyaltyOrderNotFound: no order `o-1` has been recorded"),
        ("/idempotencyKey", json!(""), "BAD_USER_INPUT input.idempotencyKey: must have 1 to 128"),
        ("/idempotencyKey", json!("return r-1"), "IDEMPOTENCY_CONFLICT the idempotency key `return r-1`"),
        (
            "/return",
            returning("classic", "r-1", "o-1", "2", 1)["return"].clone(),
            "LoyaltyInvalidReturn CONFLICTING_CONTENT return.id: ",
        ),
        ("/return/id", json!(""), "LoyaltyInvalidReturn MALFORMED_TEXT return.id: must have 1 to 128"),
        ("/return/id", json!("r\u{0}"), "LoyaltyInvalidReturn MALFORMED_TEXT return.id: must have 1 to 128"),
        (
            "/return/orderId",
            json!("o\u{0}"),
            "LoyaltyInvalidReturn MALFORMED_TEXT return.orderId: must have 1 to 128",
        ),
        ("/return/orderId", json!("o-9"), "LoyaltyOrderNotFound: no order `o-9` has been recorded"),
        (
            "/return/orderId",
            json!("o-2"),
            "LoyaltyInvalidReturn ORDER_CANCELLED return.orderId: order `o-2` was cancelled",
        ),
        (
            "/return/returnedAt",
            json!("2026-01-15T09:59:59Z"),
            "LoyaltyInvalidReturn BEFORE_ORDER return.returnedAt: the order was placed at 2026-01-15T10:00:00",
        ),
        (
            "/return/returnedAt",
            json!("1999-12-31T23:59:59Z"),
            "LoyaltyInvalidReturn DATE_OUT_OF_RANGE return.returnedAt: ",
        ),
        (
            "/return/returnedAt",
            json!("2999-01-01T00:00:00Z"),
            "LoyaltyInvalidReturn DATE_OUT_OF_RANGE return.returnedAt: ",
        ),
        ("/return/returnedAt", json!("yesterday"), "BAD_USER_INPUT "),
        (
            "/return/lines",
            json!([]),
            "LoyaltyInvalidReturn LINE_COUNT return.lines: must have 1 to 2000 lines, not 0",
        ),
        (
            "/return/lines",
            json!([line, line]),
            "LoyaltyInvalidReturn DUPLICATE_LINE return.lines[1].lineId: `1` stands twice",
        ),
        (
            "/return/lines/0/lineId",
            json!("9"),
            "LoyaltyInvalidReturn UNKNOWN_LINE return.lines[0].lineId: order `o-1` has no line `9`",
        ),
        (
            "/return/lines/0/quantity",
            json!(2),
            "LoyaltyInvalidReturn EXCEEDS_BOUGHT return.lines[0].quantity: 2 come back and 1 of 2 bought are left",
        ),
        (
            "/return/lines/0/quantity",
            json!(0),
            "LoyaltyInvalidReturn QUANTITY_OUT_OF_RANGE return.lines[0].quantity: ",
        ),
        (
            "/return/lines/0/quantity",
            json!(-1),
            "LoyaltyInvalidReturn QUANTITY_OUT_OF_RANGE return.lines[0].quantity: ",
        ),
    ];
    check(&desk, &record_return(), &sound, rows).await;

    let sound = json!({"program": "classic", "idempotencyKey": "cancel o-1", "orderId": "o-1"});
    let rows = vec![
        ("/program", json!("nowhere"), "BAD_USER_INPUT input.program: there is no programme `nowhere`"),
        ("/idempotencyKey", json!(""), "BAD_USER_INPUT input.idempotencyKey: must have 1 to 128"),
        ("/idempotencyKey", json!("cancel o-2"), "IDEMPOTENCY_CONFLICT the idempotency key `cancel o-2`"),
        ("/orderId", json!("o-9"), "LoyaltyOrderNotFound: no order `o-9` has been recorded"),
        ("/orderId", json!("o\u{0}"), "LoyaltyOrderNotFound: no order `o\u{0}` has been recorded"),
        ("/orderId", json!(null), "BAD_USER_INPUT "),
    ];
    check(&desk, &cancel_order(), &sound, rows).await;
    desk.close();
}

async fn an_adjustment(backend: Backend) {
    let desk = used_desk(backend).await;
    let sound = json!({"program": "classic", "idempotencyKey": "gift", "customerId": "c-1", "points": 5, "reason": "gift"});
    let taking = with(&sound, "/points", json!(-1));
    let rows = vec![
        ("/program", json!("nowhere"), "BAD_USER_INPUT input.program: there is no programme `nowhere`"),
        ("/idempotencyKey", json!(""), "BAD_USER_INPUT input.idempotencyKey: must have 1 to 128"),
        ("/idempotencyKey", json!("record \"o-1\""), "IDEMPOTENCY_CONFLICT "),
        ("/customerId", json!("c-9"), "LoyaltyNotAMember: customer `c-9` is not a member"),
        ("/customerId", json!("c\u{0}"), "LoyaltyNotAMember: customer `c\u{0}` is not a member"),
        ("/currency", json!("STARS"), "BAD_USER_INPUT input.currency: the programme has no currency `STARS`"),
        ("/points", json!(0), "BAD_USER_INPUT input.points: must not be 0"),
        ("/points", json!(9_007_199_254_740_993_i64), "BAD_USER_INPUT "),
        ("/points", json!(-9_007_199_254_740_993_i64), "BAD_USER_INPUT "),
        ("/points", json!("5"), "BAD_USER_INPUT "),
        ("/points", json!(0.5), "BAD_USER_INPUT "),
        // What would bring a sum beyond what every client can hold.
        (
            "/points",
            json!(9_007_199_254_740_992_i64),
            "BAD_USER_INPUT input.points: would bring the balance beyond 2^53",
        ),
        ("/points", json!(-36), "LoyaltyInsufficientPoints: 36 points are needed and 35 are available"),
        ("/reason", json!(""), "BAD_USER_INPUT input.reason: must have 1 to 128"),
        ("/reason", json!("a\u{0}b"), "BAD_USER_INPUT input.reason: must have 1 to 128"),
        ("/reason", json!("r".repeat(129)), "BAD_USER_INPUT input.reason: must have 1 to 128"),
        (
            "/expiresAt",
            json!("2020-01-01T00:00:00Z"),
            "BAD_USER_INPUT input.expiresAt: 2020-01-01T00:00:00+00:00 is not in the future",
        ),
        ("/expiresAt", json!("soon"), "BAD_USER_INPUT "),
        (
            "",
            with(&taking, "/expiresAt", json!("2999-01-01T00:00:00Z")),
            "BAD_USER_INPUT input.expiresAt: goes with points that are given",
        ),
    ];
    check(&desk, &adjust(), &sound, rows).await;
    let much = desk.ask(&adjust(), &with(&sound, "/points", json!(-100))).await;
    assert_eq!(
        (&much["required"], &much["available"], &much["missing"]),
        (&json!(100), &json!(35), &json!(65)),
        "{much:#}"
    );
    desk.close();
}

async fn an_enrolment(backend: Backend) {
    let desk = used_desk(backend).await;
    let sound = json!({"program": "classic", "idempotencyKey": "join", "customerId": "c-2"});
    let rows = vec![
        ("/program", json!("nowhere"), "BAD_USER_INPUT input.program: there is no programme `nowhere`"),
        ("/idempotencyKey", json!(""), "BAD_USER_INPUT input.idempotencyKey: must have 1 to 128"),
        ("/idempotencyKey", json!("record \"o-1\""), "IDEMPOTENCY_CONFLICT "),
        ("/customerId", json!(""), "BAD_USER_INPUT input.customerId: must have 1 to 128"),
        ("/customerId", json!("c\u{0}"), "BAD_USER_INPUT input.customerId: must have 1 to 128"),
        ("/customerId", json!("c".repeat(129)), "BAD_USER_INPUT input.customerId: must have 1 to 128"),
        ("/customerId", json!("c-1"), "LoyaltyAlreadyMember: customer `c-1` is a member already"),
        ("/channel", json!(""), "BAD_USER_INPUT input.channel: must have 1 to 128"),
        ("/storeId", json!("s".repeat(129)), "BAD_USER_INPUT input.storeId: must have 1 to 128"),
    ];
    check(&desk, &enroll(), &sound, rows).await;
    desk.close();
}

async fn a_batch(backend: Backend) {
    let desk = used_desk(backend).await;
    let sound = json!({"program": "classic", "events": [{"order": order("o-3", "c-1")}]});
    let event = |i: usize| json!({"order": order(&format!("o-{i}"), "c-1")});
    let returned = returning("classic", "r-2", "o-1", "1", 1)["return"].clone();
    let rows = vec![
        ("/program", json!("nowhere"), "BAD_USER_INPUT input.program: there is no programme `nowhere`"),
        ("/events", json!([]), "BAD_USER_INPUT input.events: must have 1 to 1000 events, not 0"),
        (
            "/events",
            json!((100..1_101).map(event).collect::<Vec<_>>()),
            "BAD_USER_INPUT input.events: must have 1 to 1000 events, not 1001",
        ),
        ("/events/0", json!({}), "BAD_USER_INPUT "),
        ("/events/0", json!({"order": order("o-3", "c-1"), "return": returned}), "BAD_USER_INPUT "),
    ];
    check(&desk, INGEST, &sound, rows).await;
    desk.close();
}

on_each_backend!(an_order, a_return, an_adjustment, an_enrolment, a_batch);

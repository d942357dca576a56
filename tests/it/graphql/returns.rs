//! Returns: what the order no longer earns is taken back, however it comes back.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, adjust, enroll, order, record_order, record_return, recording, returning, with};
use crate::{on_each_backend, support::Backend};

async fn a_return_takes_back_what_its_lines_had_earned(backend: Backend) {
    let desk = Desk::open(backend).await;
    let recorded = desk.ask(&record_order(), &recording("classic", &order("o-1", "c-1"))).await;
    let answer = desk.ask(&record_return(), &returning("classic", "r-1", "o-1", "2", 1)).await;
    assert_eq!(answer["__typename"], "LoyaltyReturnRecorded");
    assert_eq!((&answer["replayed"], &answer["uncollected"]), (&json!(false), &json!(0)));
    let (order, entry) = (&answer["order"], &answer["entries"][0]);
    // 45.50 had earned 45; the 20.00 that are kept are worth 20.
    assert_eq!(
        *order,
        json!({"id": "o-1", "program": {"id": "classic"}, "member": {"id": answer["member"]["id"]},
            "state": "RECORDED", "channel": "STORE", "placedAt": "2026-01-15T10:00:00Z", "earned": 45, "pending": 0,
            "clawedBack": 25, "spent": 0, "recredited": 0, "uncollected": 0,
            "entries": [{"id": recorded["entries"][0]["id"], "points": 45}, {"id": entry["id"], "points": -25}],
            "explanation": recorded["order"]["explanation"]})
    );
    assert_eq!(answer["entries"].as_array().unwrap().len(), 1);
    assert_eq!(
        *entry,
        json!({"id": entry["id"], "kind": "CLAWBACK", "currencyCode": "POINTS", "points": -25, "amount": 25, "balanceAfter": 20,
            "occurredAt": "2026-02-01T10:00:00Z", "recordedAt": entry["recordedAt"], "activatesAt": null,
            "expiresAt": null, "orderId": "o-1", "reason": "return r-1", "programVersion": 1,
            "allocations": [{"entryId": recorded["entries"][0]["id"], "points": 25, "expiresAt": null}],
            "partnerId": null, "explanation": null})
    );
    let balance = &answer["member"]["balance"];
    assert_eq!((&balance["available"], &balance["lifetimeEarned"]), (&json!(20), &json!(45)));

    let again = desk.ask(&record_return(), &returning("classic", "r-1", "o-1", "2", 1)).await;
    assert_eq!(again, with(&answer, "/replayed", json!(true)));
    let by_id = with(&returning("classic", "r-1", "o-1", "2", 1), "/idempotencyKey", json!("another"));
    let by_id = desk.ask(&record_return(), &by_id).await;
    assert_eq!((&by_id["replayed"], &by_id["order"]), (&json!(true), order));
    assert_eq!(desk.database.number("SELECT count(*) FROM entries").await, 2);
    desk.close();
}

/// Split in any way, returns take back the same as one.
async fn split_returns_take_exactly_as_much_as_one(backend: Backend) {
    let desk = Desk::open(backend).await;
    let lines = json!([{"id": "1", "sku": "A", "quantity": 5, "unitPrice": "1.99"},
        {"id": "2", "sku": "B", "quantity": 3, "unitPrice": "0.70", "discount": "0.11"}]);
    let splits: [&[(&str, i64)]; 4] = [
        &[("1", 5), ("2", 3)],
        &[("1", 1), ("1", 1), ("1", 1), ("1", 1), ("1", 1), ("2", 1), ("2", 2)],
        &[("2", 3), ("1", 4), ("1", 1)],
        &[("1", 2), ("2", 1), ("1", 3), ("2", 2)],
    ];
    for (i, split) in splits.into_iter().enumerate() {
        let id = format!("o-{i}");
        let recorded = desk
            .ask(&record_order(), &recording("classic", &with(&order(&id, "c-1"), "/lines", lines.clone())))
            .await;
        assert_eq!(recorded["order"]["earned"], 11, "5 x 1.99 + 3 x 0.70 - 0.11 = 11.94");
        let mut last = Value::Null;
        for (n, (line, quantity)) in split.iter().enumerate() {
            let input = returning("classic", &format!("{id}-{n}"), &id, line, *quantity);
            last = desk.ask(&record_return(), &input).await;
        }
        assert_eq!(last["order"]["clawedBack"], 11, "{split:?}");
        assert_eq!(last["member"]["balance"]["available"], 0, "{split:?}");
    }
    desk.close();
}

/// Where points are gone already: a programme without a floor goes below zero, one whose floor is zero leaves the rest
/// to the member and says so.
async fn what_cannot_be_taken_back_is_said(backend: Backend) {
    let programs = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/it/data/strict.json,",
        env!("CARGO_MANIFEST_DIR"),
        "/schema/programs/classic.json"
    );
    let desk = Desk::open_with(backend, &[("LOYALTY_PROGRAMS", programs)]).await;
    for (program, clawed_back, uncollected, available) in [("classic", 25, 0, -20), ("strict", 5, 20, 0)] {
        let join = json!({"program": program, "idempotencyKey": "join", "customerId": "c-1"});
        desk.ask(&enroll(), &join).await;
        desk.ask(&record_order(), &recording(program, &order("o-1", "c-1"))).await;
        let spend = json!({"program": program, "idempotencyKey": "spend", "customerId": "c-1", "points": -40,
            "reason": "spent elsewhere"});
        assert_eq!(desk.ask(&adjust(), &spend).await["member"]["balance"]["available"], 5);
        let answer = desk.ask(&record_return(), &returning(program, "r-1", "o-1", "2", 1)).await;
        let order = &answer["order"];
        assert_eq!(
            (&order["clawedBack"], &order["uncollected"], &answer["uncollected"]),
            (&json!(clawed_back), &json!(uncollected), &json!(uncollected)),
            "{program}: {answer:#}"
        );
        assert_eq!(answer["member"]["balance"]["available"], available, "{program}");
        let of_points = |e: &&Value| e["currencyCode"] == "POINTS";
        let entry = answer["entries"].as_array().unwrap().iter().find(of_points).unwrap();
        let paid: i64 =
            entry["allocations"].as_array().unwrap().iter().map(|a| a["points"].as_i64().unwrap()).sum();
        assert_eq!((&entry["points"], paid), (&json!(-clawed_back), 5), "{program}: the lots had 5 left");
    }
    desk.close();
}

/// A second currency that waits thirty days: it is taken from what waits.
async fn pending_points_are_taken_first_from_what_waits(backend: Backend) {
    let programs = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/strict.json");
    let desk = Desk::open_with(backend, &[("LOYALTY_PROGRAMS", programs)]).await;
    desk.ask(&enroll(), &json!({"idempotencyKey": "join", "customerId": "c-1"})).await;
    let now = crate::support::client::now();
    let placed = with(&order("o-1", "c-1"), "/placedAt", json!(now.to_rfc3339()));
    let stars = |answer: &Value| {
        let wallet = &answer["member"]["wallets"][1];
        (wallet["currency"]["code"].clone(), wallet["available"].clone(), wallet["pending"].clone())
    };
    let recorded = desk.ask(&record_order(), &recording("strict", &placed)).await;
    assert_eq!(stars(&recorded), (json!("STARS"), json!(0), json!(4)));
    let back =
        with(&returning("strict", "r-1", "o-1", "2", 1), "/return/returnedAt", json!(now.to_rfc3339()));
    let returned = desk.ask(&record_return(), &back).await;
    assert_eq!(stars(&returned), (json!("STARS"), json!(0), json!(2)));
    assert_eq!(returned["order"]["clawedBack"], 25, "the order shows the first currency");
    desk.close();
}

on_each_backend!(
    a_return_takes_back_what_its_lines_had_earned,
    split_returns_take_exactly_as_much_as_one,
    what_cannot_be_taken_back_is_said,
    pending_points_are_taken_first_from_what_waits,
);

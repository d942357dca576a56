//! Orders: recorded, replayed, cancelled, listed.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, cancel_order, order, record_order, recording, with};
use crate::{on_each_backend, support::Backend};

async fn an_order_earns_and_says_why(backend: Backend) {
    let desk = Desk::open(backend).await;
    let answer = desk.ask(&record_order(), &recording("classic", &order("o-1", "c-1"))).await;
    let (member, entry) = (&answer["member"], &answer["entries"][0]);
    let explanation = json!({"basis": {"amount": "45.5", "currencyCode": "GBP"}, "multiplier": "1",
        "rules": [{"rule": "spend", "points": 45}]});
    assert_eq!(answer["__typename"], "LoyaltyOrderRecorded");
    assert_eq!(answer["replayed"], false);
    assert_eq!(
        answer["order"],
        json!({"id": "o-1", "program": {"id": "classic"}, "member": {"id": member["id"]}, "state": "RECORDED",
            "channel": "STORE", "placedAt": "2026-01-15T10:00:00Z", "earned": 45, "pending": 0, "clawedBack": 0,
            "spent": 0, "recredited": 0, "uncollected": 0, "entries": [{"id": entry["id"], "points": 45}], "explanation": explanation})
    );
    assert_eq!(answer["entries"].as_array().unwrap().len(), 1);
    assert_eq!(
        *entry,
        json!({"id": entry["id"], "kind": "EARN", "currencyCode": "POINTS", "points": 45, "amount": 45, "balanceAfter": 45,
            "occurredAt": "2026-01-15T10:00:00Z", "recordedAt": entry["recordedAt"],
            "activatesAt": entry["activatesAt"], "expiresAt": null, "orderId": "o-1", "reason": null,
            "programVersion": 1, "allocations": [], "partnerId": null, "explanation": entry["explanation"]})
    );
    let rule = &entry["explanation"]["rules"][0];
    assert_eq!(
        (&rule["rule"], &rule["matched"], &rule["points"]),
        (&json!("spend"), &json!(true), &json!(45))
    );
    assert!(rule["detail"].as_str().unwrap().contains("45.5"), "{rule}");
    let balance = &member["balance"];
    assert_eq!(
        (&balance["available"], &balance["lifetimeEarned"], &balance["version"]),
        (&json!(45), &json!(45), &json!(1))
    );

    // The same again, by its key or by its id, is answered the same and writes nothing but the new key.
    let replayed = with(&answer, "/replayed", json!(true));
    assert_eq!(desk.ask(&record_order(), &recording("classic", &order("o-1", "c-1"))).await, replayed);
    let by_id = with(&recording("classic", &order("o-1", "c-1")), "/idempotencyKey", json!("another"));
    assert_eq!(desk.ask(&record_order(), &by_id).await["order"], answer["order"]);
    assert_eq!(desk.database.number("SELECT count(*) FROM entries").await, 1);
    desk.close();
}

async fn a_guests_order_is_recorded_and_earns_nothing(backend: Backend) {
    let desk = Desk::open(backend).await;
    let guest = with(&order("o-1", "c-1"), "/customerId", json!(null));
    let answer = desk.ask(&record_order(), &recording("classic", &guest)).await;
    assert_eq!((&answer["member"], &answer["entries"]), (&json!(null), &json!([])), "{answer:#}");
    assert_eq!(
        answer["order"],
        json!({"id": "o-1", "program": {"id": "classic"}, "member": null, "state": "RECORDED", "channel": "STORE",
            "placedAt": "2026-01-15T10:00:00Z", "earned": 0, "pending": 0, "clawedBack": 0, "spent": 0,
            "recredited": 0, "uncollected": 0,
            "entries": [], "explanation": null})
    );
    assert_eq!(desk.database.number("SELECT count(*) FROM members").await, 0);
    desk.close();
}

/// Price, quantity and discount of a line.
type Bought = (&'static str, i64, Option<&'static str>);

async fn what_counts_is_after_discounts_and_rounded_down_once(backend: Backend) {
    let desk = Desk::open(backend).await;
    // The lines; what they earn.
    let rows: [(&[Bought], i64); 7] = [
        (&[("0.99", 1, None)], 0),
        (&[("0.5", 2, None)], 1),
        (&[("0.99", 1, None), ("0.99", 1, None)], 1),
        (&[("10.00", 3, Some("0.01"))], 29),
        (&[("10.00", 3, Some("30"))], 0),
        (&[("0.333333333", 3, None)], 0),
        (&[("1000000", 1_000, None)], 1_000_000_000),
    ];
    let (mut got, mut expected) = (Vec::new(), Vec::new());
    for (i, (lines, points)) in rows.into_iter().enumerate() {
        let line = |(n, (price, quantity, discount)): (usize, &Bought)| json!({"id": n.to_string(), "sku": "A", "quantity": quantity, "unitPrice": price, "discount": discount});
        let lines: Vec<Value> = lines.iter().enumerate().map(line).collect();
        let order = with(&order(&format!("o-{i}"), "c-1"), "/lines", json!(lines));
        let answer = desk.ask(&record_order(), &recording("classic", &order)).await;
        got.push((lines.clone(), answer["order"]["earned"].clone()));
        expected.push((lines, json!(points)));
    }
    assert_eq!(got, expected);
    desk.close();
}

async fn a_cancelled_order_is_undone(backend: Backend) {
    let desk = Desk::open(backend).await;
    for id in ["o-1", "o-2"] {
        desk.ask(&record_order(), &recording("classic", &order(id, "c-1"))).await;
    }
    let cancel = |key: &str| json!({"program": "classic", "idempotencyKey": key, "orderId": "o-1"});
    let answer = desk.ask(&cancel_order(), &cancel("k-1")).await;
    assert_eq!((&answer["replayed"], &answer["uncollected"]), (&json!(false), &json!(0)));
    let order = &answer["order"];
    assert_eq!(
        (&order["state"], &order["earned"], &order["clawedBack"], &order["pending"]),
        (&json!("CANCELLED"), &json!(45), &json!(45), &json!(0))
    );
    assert_eq!(answer["member"]["balance"]["available"], 45);
    let entries = answer["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!(
        (&entry["kind"], &entry["points"], &entry["balanceAfter"]),
        (&json!("CLAWBACK"), &json!(-45), &json!(45))
    );
    assert_eq!((&entry["orderId"], &entry["reason"]), (&json!("o-1"), &json!("order cancelled")));
    // It was paid by the order's own points, and not by the other's.
    assert_eq!(entry["allocations"][0]["entryId"], order["entries"][0]["id"]);

    assert_eq!(desk.ask(&cancel_order(), &cancel("k-1")).await, with(&answer, "/replayed", json!(true)));
    let other_key = desk.ask(&cancel_order(), &cancel("k-2")).await;
    assert_eq!((&other_key["replayed"], &other_key["order"]), (&json!(true), order));
    assert_eq!(desk.database.number("SELECT count(*) FROM entries").await, 3);
    desk.close();
}

const PAGE: &str = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { it: loyaltyMember(id: $id) {
    orders(first: $first, after: $after, last: $last, before: $before) { nodes { id explanation { multiplier } }
        edges { cursor node { id } } pageInfo { hasPreviousPage hasNextPage startCursor endCursor } } } }";

async fn pages_of_orders_are_the_whole_list(backend: Backend) {
    let desk = Desk::open(backend).await;
    // Two of them were placed at the same instant: their ids tell them apart.
    for (id, placed_at) in [
        ("b", "2026-01-02T00:00:00Z"),
        ("a", "2026-01-02T00:00:00Z"),
        ("d", "2026-01-01T00:00:00Z"),
        ("c", "2026-01-04T00:00:00Z"),
        ("e", "2026-01-03T00:00:00.000001Z"),
    ] {
        let order = with(&order(id, "c-1"), "/placedAt", json!(placed_at));
        desk.ask(&record_order(), &recording("classic", &order)).await;
    }
    let newest_first = ["c", "e", "b", "a", "d"];
    let found = desk
        .oms
        .data(
            "{ _entities(representations: [{__typename: \"Customer\", id: \"c-1\"}]) {
        ... on Customer { loyalty(program: \"classic\") { id } } } }",
            json!({}),
        )
        .await;
    let member = found["_entities"][0]["loyalty"]["id"].clone();
    for size in 1..=6 {
        assert_eq!(super::entry::walk(&desk, PAGE, "orders", &member, size, true).await, newest_first);
        assert_eq!(super::entry::walk(&desk, PAGE, "orders", &member, size, false).await, newest_first);
    }
    desk.close();
}

on_each_backend!(
    an_order_earns_and_says_why,
    a_guests_order_is_recorded_and_earns_nothing,
    what_counts_is_after_discounts_and_rounded_down_once,
    a_cancelled_order_is_undone,
    pages_of_orders_are_the_whole_list,
);

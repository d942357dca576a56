//! Fulfilments: points that await them become spendable in the measure in which goods are handed over.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, ENTRY, INGEST, MEMBER, ORDER, mutation, order, record_order, recording, with};
use crate::{on_each_backend, support::Backend};

pub(super) fn record_fulfilment() -> String {
    let shows = format!(
        "... on LoyaltyFulfilmentRecorded {{ replayed order {{ {ORDER} }} member {{ {MEMBER} }} entries {{ {ENTRY} }} }}
        ... on LoyaltyOrderNotFound {{ message orderId }}
        ... on LoyaltyInvalidFulfilment {{ message field reason }}"
    );
    mutation("loyaltyFulfilmentRecord", "LoyaltyFulfilmentRecordInput", &shows)
}

pub(super) fn fulfilling(id: &str, order: &str, line: &str, quantity: i64) -> Value {
    json!({"program": "shop", "idempotencyKey": format!("fulfil {id}"), "fulfilment": {"id": id, "orderId": order,
        "fulfilledAt": "2026-01-20T10:00:00Z", "lines": [{"lineId": line, "quantity": quantity}]}})
}

fn stars(answer: &Value) -> [Value; 2] {
    let wallet = &answer["member"]["wallets"][1];
    [wallet["available"].clone(), wallet["pending"].clone()]
}

async fn stars_await_their_goods(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let recorded = desk.ask(&record_order(), &recording("shop", &order("o-1", "c-1"))).await;
    assert_eq!(stars(&recorded), [json!(0), json!(4)]);
    // 20.00 of 45.50: 2 of 4.
    let first = desk.ask_again(&record_fulfilment(), &fulfilling("f-1", "o-1", "1", 2)).await;
    assert_eq!(stars(&first), [json!(2), json!(2)]);
    let kinds: Vec<_> =
        first["entries"].as_array().unwrap().iter().map(|e| [&e["kind"], &e["currencyCode"]]).collect();
    assert_eq!(kinds, [[&json!("ACTIVATE"), &json!("STARS")]]);
    let other_key = with(&fulfilling("f-1", "o-1", "1", 2), "/idempotencyKey", json!("another"));
    assert_eq!(desk.ask(&record_fulfilment(), &other_key).await["replayed"], true, "its id is a key");

    let event = json!({"fulfilment": fulfilling("f-2", "o-1", "2", 1)["fulfilment"]});
    let batch = json!({"program": "shop", "events": [event, event]});
    let answer = desk.ask(INGEST, &batch).await;
    assert_eq!((&answer["accepted"], &answer["replayed"]), (&json!(1), &json!(1)));
    assert_eq!(answer["outcomes"][0]["id"], "f-2");
    let again = desk.ask(&record_order(), &recording("shop", &order("o-1", "c-1"))).await;
    assert_eq!(stars(&again), [json!(4), json!(0)]);
    desk.close();
}

on_each_backend!(stars_await_their_goods);

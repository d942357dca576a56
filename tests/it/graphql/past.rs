//! The past: what a member had at an instant, from its entries.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, capture, hold, order, record_order, recording, redeem, said};
use crate::{on_each_backend, support::Backend};

const PAST: &str = "query($r: [_Any!]!, $at: DateTime!) { it: _entities(representations: $r) { ... on Customer {
    loyalty(program: \"shop\") { it: asOf(at: $at) { at tier { tier { id } } wallets { currency { code } available pending held
        lots { issued remaining active expiresAt } } } } } } }";

async fn at(desk: &Desk, instant: &Value) -> Value {
    let asked = json!({"r": [{"__typename": "Customer", "id": "c-1"}], "at": instant});
    desk.oms.data(PAST, asked).await["it"][0]["loyalty"]["it"].clone()
}

fn sums(past: &Value) -> Vec<[i64; 3]> {
    let sum = |wallet: &Value| ["available", "pending", "held"].map(|name| wallet[name].as_i64().unwrap());
    past["wallets"].as_array().unwrap().iter().map(sum).collect()
}

async fn every_instant_shows_what_was_known_then(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let spending = |key: &str, points: i64| json!({"program": "shop", "idempotencyKey": key, "customerId": "c-1", "points": points});
    let mut instants = Vec::new();
    let mut note = |answer: &Value| {
        let entries = answer["entries"].as_array().unwrap();
        instants.push(entries.last().unwrap()["recordedAt"].clone());
    };
    let held = desk.ask(&hold(), &spending("h", 50)).await;
    note(&held);
    note(&desk.ask(&record_order(), &recording("shop", &order("o-1", "c-1"))).await);
    note(&desk.ask(&redeem(), &spending("r", 20)).await);
    note(
        &desk
            .ask(&capture(), &json!({"idempotencyKey": "c", "holdId": held["hold"]["id"], "points": 10}))
            .await,
    );
    let mut got = Vec::new();
    for instant in &instants {
        let past = at(&desk, instant).await;
        assert_eq!((&past["at"], &past["tier"]), (instant, &json!(null)));
        got.push(sums(&past));
    }
    assert_eq!(
        got,
        [
            [[50, 0, 50], [0, 0, 0]],
            [[95, 0, 50], [0, 4, 0]],
            [[75, 0, 50], [0, 4, 0]],
            [[115, 0, 0], [0, 4, 0]],
        ]
    );
    let first = at(&desk, &instants[0]).await;
    assert_eq!(
        first["wallets"][0]["lots"],
        json!([{"issued": 60, "remaining": 50, "active": true, "expiresAt": null}]),
        "what ends first is held first"
    );
    assert_eq!(at(&desk, &json!("2001-01-01T00:00:00Z")).await, json!(null), "before the enrolment");
    let asked = json!({"r": [{"__typename": "Customer", "id": "c-1"}], "at": "2999-01-01T00:00:00Z"});
    assert_eq!(said(&desk.oms.ask(PAST, asked).await), "BAD_USER_INPUT at: must not be in the future");
    desk.close();
}

on_each_backend!(every_instant_shows_what_was_known_then);

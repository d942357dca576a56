//! Batches: each event has its own outcome, and a wrong one costs its neighbours nothing.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, INGEST, order, returning, with};
use crate::{on_each_backend, support::Backend};

fn returned(id: &str, order: &str, line: &str, quantity: i64) -> Value {
    json!({"return": returning("classic", id, order, line, quantity)["return"]})
}

async fn one_wrong_event_of_five_costs_the_others_nothing(backend: Backend) {
    let wrong = json!({"order": with(&order("o-3", "c-1"), "/lines/0/quantity", json!(-1))});
    let too_many = returned("r-3", "o-1", "1", 3);
    let unknown = returned("r-3", "nowhere", "1", 1);
    let unstorable = json!({"order": order("o\u{0}3", "c-1")});
    for (what, event, id, typename, message) in [
        ("a wrong order", wrong, "o-3", "LoyaltyInvalidOrder", "must be from 1 to 1000000, not -1"),
        ("too much", too_many, "r-3", "LoyaltyInvalidReturn", "3 come back and 2 of 2 bought are left"),
        ("no order", unknown, "r-3", "LoyaltyOrderNotFound", "no order `nowhere` has been recorded"),
        ("no text", unstorable, "o\u{0}3", "LoyaltyInvalidOrder", "must have 1 to 128 printable characters"),
    ] {
        let desk = Desk::open(backend).await;
        let events = json!([{"order": order("o-1", "c-1")}, {"order": order("o-2", "c-2")}, event,
            returned("r-4", "o-1", "2", 1), {"order": order("o-5", "c-1")}]);
        let answer = desk.ask(INGEST, &json!({"program": "classic", "events": events})).await;
        assert_eq!(
            (&answer["accepted"], &answer["replayed"], &answer["refused"]),
            (&json!(4), &json!(0), &json!(1)),
            "{what}"
        );
        let outcome = |(i, outcome): (usize, &Value)| {
            let refusal = &outcome["refusal"];
            assert_eq!(outcome["index"], i);
            assert_eq!(outcome["replayed"], false);
            (outcome["id"].clone(), refusal["__typename"].clone(), refusal["message"].clone())
        };
        let outcomes: Vec<_> =
            answer["outcomes"].as_array().unwrap().iter().enumerate().map(outcome).collect();
        let fine = |id: &str| (json!(id), Value::Null, Value::Null);
        assert_eq!(
            outcomes,
            [
                fine("o-1"),
                fine("o-2"),
                (json!(id), json!(typename), json!(message)),
                fine("r-4"),
                fine("o-5")
            ],
            "{what}"
        );
        // The neighbours: 45 - 25 + 45 and 45.
        assert_eq!(
            desk.database.number("SELECT CAST(sum(available) AS BIGINT) FROM wallets").await,
            110,
            "{what}"
        );
        assert_eq!(desk.database.number("SELECT count(*) FROM purchases").await, 3);

        let again = desk.ask(INGEST, &json!({"program": "classic", "events": events})).await;
        assert_eq!(
            (&again["accepted"], &again["replayed"], &again["refused"]),
            (&json!(0), &json!(4), &json!(1)),
            "{what}"
        );
        assert_eq!(desk.database.number("SELECT count(*) FROM entries").await, 4);
        desk.close();
    }
}

/// A batch is in order: an event sees what those before it did, and one sent twice in it counts once.
async fn events_of_one_batch_see_one_another(backend: Backend) {
    let desk = Desk::open(backend).await;
    let early = returned("r-0", "o-1", "1", 1);
    let first = json!({"order": order("o-1", "c-1")});
    let other = json!({"order": with(&order("o-1", "c-1"), "/channel", json!("APP"))});
    let events =
        json!([early, first, first, other, returned("r-1", "o-1", "1", 2), returned("r-2", "o-1", "1", 1)]);
    let answer = desk.ask(INGEST, &json!({"program": "classic", "events": events})).await;
    let outcome = |outcome: &Value| (outcome["replayed"].clone(), outcome["refusal"]["__typename"].clone());
    let outcomes: Vec<_> = answer["outcomes"].as_array().unwrap().iter().map(outcome).collect();
    assert_eq!(
        outcomes,
        [
            (json!(false), json!("LoyaltyOrderNotFound")),
            (json!(false), json!(null)),
            (json!(true), json!(null)),
            (json!(false), json!("LoyaltyInvalidOrder")),
            (json!(false), json!(null)),
            (json!(false), json!("LoyaltyInvalidReturn")),
        ],
        "{answer:#}"
    );
    desk.close();
}

/// The most that a batch may have is taken.
async fn a_thousand_events_are_one_batch(backend: Backend) {
    let desk = Desk::open(backend).await;
    let event = |i: usize| json!({"order": order(&format!("o-{i}"), &format!("c-{}", i % 10))});
    let events: Vec<Value> = (0..1_000).map(event).collect();
    let answer = desk.ask(INGEST, &json!({"program": "classic", "events": events})).await;
    assert_eq!((&answer["accepted"], &answer["refused"]), (&json!(1_000), &json!(0)));
    assert_eq!(desk.database.number("SELECT CAST(sum(available) AS BIGINT) FROM wallets").await, 45_000);
    desk.close();
}

on_each_backend!(
    one_wrong_event_of_five_costs_the_others_nothing,
    events_of_one_batch_see_one_another,
    a_thousand_events_are_one_batch,
);

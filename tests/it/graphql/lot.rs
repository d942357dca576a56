//! Lots: what waits is made spendable, or called off, by hand.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, ENTRY, MEMBER, mutation, order, record_order, recording, with};
use crate::{on_each_backend, support::Backend};

fn change(what: &str) -> String {
    let done = if what == "Cancel" { "Cancelled" } else { "Activated" };
    let shows = format!(
        "... on LoyaltyLot{done} {{ replayed member {{ {MEMBER} }} entries {{ {ENTRY} }} }}
        ... on LoyaltyNotAMember {{ message customerId }} ... on LoyaltyNothingPending {{ message entryId }}"
    );
    mutation(&format!("loyaltyLot{what}"), &format!("LoyaltyLot{what}Input"), &shows)
}

fn changing(key: &str, entry: &Value) -> Value {
    json!({"program": "shop", "idempotencyKey": key, "customerId": "c-1", "entryId": entry, "reason": "goodwill"})
}

async fn what_waits_is_ended_once(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    for (what, kind, available) in [("Activate", "ACTIVATE", 4), ("Cancel", "CANCEL", 4)] {
        let recorded = desk.ask(&record_order(), &recording("shop", &order(what, "c-1"))).await;
        let of_stars = |entry: &&Value| entry["currencyCode"] == "STARS";
        let lot = &recorded["entries"].as_array().unwrap().iter().find(of_stars).unwrap()["id"];
        let answer = desk.ask_again(&change(what), &changing(what, lot)).await;
        let entry = &answer["entries"][0];
        assert_eq!(
            (&entry["kind"], &entry["amount"], &entry["orderId"], &entry["reason"]),
            (&json!(kind), &json!(4), &json!(what), &json!("goodwill"))
        );
        let wallet = &answer["member"]["wallets"][1];
        assert_eq!((&wallet["available"], &wallet["pending"]), (&json!(available), &json!(0)), "{what}");
        for other in ["Activate", "Cancel"] {
            let again = desk.ask(&change(other), &changing(&format!("{what} {other}"), lot)).await;
            assert_eq!((&again["__typename"], &again["entryId"]), (&json!("LoyaltyNothingPending"), lot));
        }
    }
    desk.close();
}

async fn anothers_lot_is_nobodys(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let recorded = desk.ask(&record_order(), &recording("shop", &order("o-1", "c-1"))).await;
    let lot = &recorded["entries"][1]["id"];
    let refused =
        desk.ask(&change("Activate"), &with(&changing("a", lot), "/customerId", json!("c-2"))).await;
    assert_eq!(refused["__typename"], "LoyaltyNothingPending");
    let nobody = desk.ask(&change("Activate"), &with(&changing("b", lot), "/customerId", json!("c-9"))).await;
    assert_eq!(nobody["__typename"], "LoyaltyNotAMember");
    desk.close();
}

on_each_backend!(what_waits_is_ended_once, anothers_lot_is_nobodys);

//! Orders of guests that are claimed later, and orders that are corrected.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, ENTRY, MEMBER, ORDER, cancel_order, mutation, order, record_order, recording, with};
use crate::{on_each_backend, support::Backend};

fn claim() -> String {
    let shows = format!(
        "... on LoyaltyOrderClaimed {{ replayed order {{ {ORDER} }} member {{ {MEMBER} }} entries {{ {ENTRY} }} }}
        ... on LoyaltyOrderNotFound {{ message orderId }} ... on LoyaltyNotAMember {{ message customerId }}
        ... on LoyaltyAlreadyClaimed {{ message orderId }} ... on LoyaltyAlreadyCancelled {{ message orderId }}
        ... on LoyaltyClaimWindowClosed {{ message orderId until }}"
    );
    mutation("loyaltyOrderClaim", "LoyaltyOrderClaimInput", &shows)
}

fn claiming(program: &str, key: &str, order: &str, customer: &str) -> Value {
    json!({"program": program, "idempotencyKey": key, "orderId": order, "customerId": customer})
}

fn of_guest(id: &str) -> Value {
    with(&order(id, ""), "/customerId", Value::Null)
}

async fn a_guests_order_is_claimed_once(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let recorded = desk.ask(&record_order(), &recording("shop", &of_guest("o-1"))).await;
    assert_eq!((&recorded["member"], &recorded["order"]["earned"]), (&json!(null), &json!(0)));
    let answer = desk.ask_again(&claim(), &claiming("shop", "a", "o-1", "c-1")).await;
    assert_eq!(
        (&answer["order"]["earned"], &answer["member"]["balance"]["available"]),
        (&json!(45), &json!(145))
    );
    assert_eq!(answer["entries"].as_array().map(Vec::len), Some(2), "points, and stars that wait");
    let again = desk.ask(&claim(), &claiming("shop", "b", "o-1", "c-1")).await;
    assert_eq!(
        (&again["replayed"], &again["entries"]),
        (&json!(true), &answer["entries"]),
        "its own already"
    );

    let until = json!("2026-02-14T10:00:00Z");
    desk.ask(&record_order(), &recording("shop", &of_guest("o-2"))).await;
    let cancel = json!({"program": "shop", "idempotencyKey": "cancel", "orderId": "o-2"});
    desk.ask(&cancel_order(), &cancel).await;
    desk.ask(&record_order(), &recording("classic", &of_guest("o-3"))).await;
    desk.ask(&record_order(), &recording("classic", &order("o-4", "c-1"))).await;
    for (program, order, customer, typename) in [
        ("shop", "o-1", "c-2", "LoyaltyAlreadyClaimed"),
        ("shop", "o-9", "c-1", "LoyaltyOrderNotFound"),
        ("shop", "o-2", "c-1", "LoyaltyAlreadyCancelled"),
        ("classic", "o-3", "c-2", "LoyaltyNotAMember"),
        ("classic", "o-3", "c-1", "LoyaltyClaimWindowClosed"),
    ] {
        let refused = desk.ask(&claim(), &claiming(program, "c", order, customer)).await;
        assert_eq!(refused["__typename"], typename, "{refused:#}");
        if typename == "LoyaltyClaimWindowClosed" {
            assert_eq!(refused["until"], until, "thirty days, where the programme does not say");
        }
    }
    desk.close();
}

/// The same id and the next revision: the difference is given or taken.
async fn a_revision_corrects_an_order(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let first = order("o-1", "c-1");
    desk.ask(&record_order(), &recording("shop", &first)).await;
    let revised = |revision: i64, quantity: i64| {
        let order = with(&with(&first, "/revision", json!(revision)), "/lines/0/quantity", json!(quantity));
        with(&recording("shop", &order), "/idempotencyKey", json!(format!("revision {revision} {quantity}")))
    };
    let more = desk.ask_again(&record_order(), &revised(2, 5)).await;
    assert_eq!(
        (&more["order"]["earned"], &more["member"]["balance"]["available"]),
        (&json!(75), &json!(175))
    );
    let less = desk.ask(&record_order(), &revised(3, 1)).await;
    assert_eq!(
        (&less["order"]["earned"], &less["order"]["clawedBack"], &less["member"]["balance"]["available"]),
        (&json!(75), &json!(40), &json!(135))
    );
    for (revision, quantity, reason) in
        [(3, 2, "CONFLICTING_CONTENT"), (2, 5, "STALE_REVISION"), (2, 4, "CONFLICTING_CONTENT")]
    {
        let late = with(
            &revised(revision, quantity),
            "/idempotencyKey",
            json!(format!("late {revision} {quantity}")),
        );
        let answer = desk.ask(&record_order(), &late).await;
        if (revision, quantity) == (2, 5) {
            assert_eq!(answer["replayed"], true, "it was recorded before: {answer:#}");
        } else {
            assert_eq!(answer["reason"], reason, "{answer:#}");
        }
    }
    assert_eq!(desk.balance("c-1").await, [135, 0, 0]);
    desk.close();
}

on_each_backend!(a_guests_order_is_claimed_once, a_revision_corrects_an_order);

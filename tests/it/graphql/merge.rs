//! Members that are blocked, and members that become one.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{
    Desk, MEMBER, capture, enroll, hold, mutation, order, record_order, record_return, recording, redeem,
    returning, with,
};
use crate::{on_each_backend, support::Backend};

fn status(what: &str) -> String {
    let done = if what == "Block" { "LoyaltyMemberIsBlocked" } else { "LoyaltyMemberUnblocked" };
    let shows = format!(
        "... on {done} {{ replayed member {{ {MEMBER} }} }} ... on LoyaltyNotAMember {{ message customerId }}"
    );
    mutation(&format!("loyaltyMember{what}"), &format!("LoyaltyMember{what}Input"), &shows)
}

pub(super) fn merge() -> String {
    let shows = format!(
        "... on LoyaltyMemberMerged {{ replayed member {{ {MEMBER} }} }} ... on LoyaltyNotAMember {{ message customerId }}"
    );
    mutation("loyaltyMemberMerge", "LoyaltyMemberMergeInput", &shows)
}

fn unmerge() -> String {
    let shows = format!(
        "... on LoyaltyMemberUnmerged {{ replayed member {{ {MEMBER} }} }} ... on LoyaltyNotAMember {{ message customerId }}
        ... on LoyaltyNotMerged {{ message customerId }}"
    );
    mutation("loyaltyMemberUnmerge", "LoyaltyMemberUnmergeInput", &shows)
}

fn of(key: &str, customer: &str) -> Value {
    json!({"program": "shop", "idempotencyKey": key, "customerId": customer})
}

async fn who_is_blocked_earns_and_does_not_spend(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let held = desk.ask(&hold(), &with(&of("h", "c-1"), "/points", json!(10))).await;
    let blocked = desk.ask_again(&status("Block"), &with(&of("b", "c-1"), "/reason", json!("fraud"))).await;
    assert_eq!(blocked["member"]["status"], "BLOCKED");
    for document in [hold(), redeem()] {
        let refused = desk.ask(&document, &with(&of("s", "c-1"), "/points", json!(1))).await;
        assert_eq!(
            refused,
            json!({"__typename": "LoyaltyMemberBlocked", "message": "customer `c-1` is blocked and may not spend",
                "customerId": "c-1"})
        );
    }
    let earned = desk.ask(&record_order(), &recording("shop", &order("o-1", "c-1"))).await;
    assert_eq!(earned["order"]["earned"], 45);
    let captured = desk.ask(&capture(), &json!({"idempotencyKey": "c", "holdId": held["hold"]["id"]})).await;
    assert_eq!(captured["__typename"], "LoyaltyHoldCaptured", "what was held before is captured");
    let unblocked =
        desk.ask_again(&status("Unblock"), &with(&of("u", "c-1"), "/reason", json!("a mistake"))).await;
    assert_eq!(unblocked["member"]["status"], "ACTIVE");
    let spent = desk.ask(&redeem(), &with(&of("s", "c-1"), "/points", json!(1))).await;
    assert_eq!(spent["__typename"], "LoyaltyPointsRedeemed");
    desk.close();
}

/// What one had is the other's; by either name, and by the id of either, one member is shown.
async fn two_become_one(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let held = desk.ask(&hold(), &with(&of("h", "c-1"), "/points", json!(10))).await;
    let placed = desk.ask(&record_order(), &recording("shop", &order("o-1", "c-1"))).await;
    let merging =
        json!({"program": "shop", "idempotencyKey": "m", "fromCustomerId": "c-1", "intoCustomerId": "c-2"});
    let merged = desk.ask_again(&merge(), &merging).await;
    let member = &merged["member"];
    assert_eq!(
        (&member["customer"]["id"], &member["balance"]["available"], &member["balance"]["held"]),
        (&json!("c-2"), &json!(135), &json!(10))
    );

    let document = format!(
        "query($old: ID!, $r: [_Any!]!) {{ by_id: loyaltyMember(id: $old) {{ {MEMBER} }} _entities(representations: $r) {{
            ... on Customer {{ loyalty(program: \"shop\") {{ {MEMBER} }} loyaltyMemberships {{ id }} }}
            ... on LoyaltyMember {{ {MEMBER} }} ... on LoyaltyHold {{ state member {{ id }} }}
            ... on Order {{ loyalty(program: \"shop\") {{ member {{ id }} }} }} }} }}"
    );
    let old = &placed["member"]["id"];
    let asked = json!({"old": old, "r": [{"__typename": "Customer", "id": "c-1"}, {"__typename": "Customer", "id": "c-2"},
        {"__typename": "LoyaltyMember", "id": old}, {"__typename": "LoyaltyHold", "id": held["hold"]["id"]},
        {"__typename": "Order", "id": "o-1"}]});
    let id = json!({"id": member["id"]});
    let whole = json!({"loyalty": member, "loyaltyMemberships": [id]});
    assert_eq!(
        desk.oms.data(&document, asked).await,
        json!({"by_id": member, "_entities": [whole, whole, member, {"state": "OPEN", "member": id}, {"loyalty": {"member": id}}]})
    );

    // The shopper's own name goes on leading there, for lists too; the other's name is not the shopper's to use.
    let own = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { loyalty(program: \"shop\") {
        id entries(first: 1) { nodes { kind } } holds { points } } } } }";
    let asked =
        json!({"r": [{"__typename": "Customer", "id": "c-1"}, {"__typename": "Customer", "id": "c-2"}]});
    let data = desk.server.client().customer("c-1").data(own, asked).await;
    assert_eq!(data["_entities"][0]["loyalty"]["id"], member["id"]);
    assert_eq!(data["_entities"][0]["loyalty"]["holds"], json!([{"points": 10}]));
    assert_eq!(data["_entities"][1]["loyalty"], json!(null));
    let spent = desk.ask(&redeem(), &with(&of("s", "c-1"), "/points", json!(5))).await;
    assert_eq!(spent["member"]["balance"]["available"], 130);
    desk.close();
}

/// Each has what is its own again, and what was recorded meanwhile under the name of the one is the other's.
async fn one_becomes_two_again(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let merging =
        json!({"program": "shop", "idempotencyKey": "m", "fromCustomerId": "c-1", "intoCustomerId": "c-2"});
    let parting = json!({"program": "shop", "idempotencyKey": "u", "customerId": "c-1"});
    let before = desk.ask(&unmerge(), &parting).await;
    assert_eq!(
        before,
        json!({"__typename": "LoyaltyNotMerged", "message": "customer `c-1` is not merged into another member",
            "customerId": "c-1"})
    );
    let held = desk.ask(&hold(), &with(&of("h", "c-1"), "/points", json!(10))).await;
    let first = desk.ask(&record_order(), &recording("shop", &order("o-1", "c-1"))).await;
    desk.ask(&merge(), &merging).await;
    let between = recording("shop", &order("o-2", "c-1"));
    let second = desk.ask(&record_order(), &between).await;
    assert_eq!(
        (&second["member"]["customer"]["id"], &second["order"]["earned"]),
        (&json!("c-2"), &json!(45))
    );

    let parted = desk.ask_again(&unmerge(), &parting).await;
    let member = &parted["member"];
    assert_eq!(
        (&member["id"], &member["status"], &member["balance"]["available"], &member["balance"]["held"]),
        (&first["member"]["id"], &json!("ACTIVE"), &json!(135), &json!(10)),
        "what they had before: {parted}"
    );
    let captured = desk.ask(&capture(), &json!({"idempotencyKey": "c", "holdId": held["hold"]["id"]})).await;
    assert_eq!(captured["member"]["customer"]["id"], "c-1");
    let again = desk.ask(&record_order(), &with(&between, "/idempotencyKey", json!("another"))).await;
    assert_eq!((&again["replayed"], &again["member"]["customer"]["id"]), (&json!(true), &json!("c-2")));
    let document = format!(
        "query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on Customer {{ loyalty(program: \"shop\") {{ {MEMBER} }} }} }} }}"
    );
    let asked =
        json!({"r": [{"__typename": "Customer", "id": "c-1"}, {"__typename": "Customer", "id": "c-2"}]});
    let seen = desk.oms.data(&document, asked).await;
    let (one, other) = (&seen["_entities"][0]["loyalty"], &seen["_entities"][1]["loyalty"]);
    assert_eq!((&one["balance"]["available"], &one["balance"]["held"]), (&json!(135), &json!(0)));
    assert_eq!(other["balance"]["available"], 45, "{other}");

    // The order is known by the shopper's name, and what it wrote is the other's.
    let own =
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Order { loyalty(program: \"shop\") {
        earned member { id } entries { points } } } } }";
    let asked = json!({"r": [{"__typename": "Order", "id": "o-1"}, {"__typename": "Order", "id": "o-2"}]});
    let seen = desk.server.client().customer("c-1").data(own, asked.clone()).await;
    let its_own = json!({"loyalty": {"earned": 45, "member": {"id": member["id"]}, "entries": [{"points": 45}, {"points": 4}]}});
    let another_s = json!({"loyalty": {"earned": 45, "member": null, "entries": []}});
    assert_eq!(seen["_entities"], json!([its_own, another_s]));
    let all = desk.oms.data(own, asked).await;
    assert_eq!(all["_entities"][1]["loyalty"]["member"]["id"], other["id"]);
    desk.close();
}

/// What the database keeps of a merge is what goes back: the tier's amount less what was returned meanwhile, and a debt.
async fn what_was_noted_goes_back(backend: Backend) {
    let desk = Desk::open(backend).await;
    // 2 x 260 and 25.50 each.
    for (id, customer) in [("o-1", "c-1"), ("o-2", "c-2")] {
        let bought = with(&order(id, customer), "/lines/0/unitPrice", json!("260.00"));
        let recorded = desk.ask(&record_order(), &recording("tiered", &bought)).await;
        assert_eq!(recorded["member"]["tier"]["qualifying"], "545.5", "{recorded}");
    }
    let merging =
        json!({"program": "tiered", "idempotencyKey": "m", "fromCustomerId": "c-1", "intoCustomerId": "c-2"});
    let merged = desk.ask(&merge(), &merging).await;
    assert_eq!(merged["member"]["tier"]["qualifying"], "1091");
    desk.ask(&record_return(), &returning("tiered", "r-2", "o-1", "1", 1)).await;
    let parted =
        desk.ask(&unmerge(), &json!({"program": "tiered", "idempotencyKey": "u", "customerId": "c-1"})).await;
    let tier = &parted["member"]["tier"];
    assert_eq!((&tier["qualifying"], &tier["tier"]["id"]), (&json!("285.5"), &json!("bronze")), "{parted}");
    let other = desk.ask(&record_return(), &returning("tiered", "r-3", "o-2", "2", 1)).await;
    assert_eq!(other["member"]["tier"]["qualifying"], "520", "{other}");
    desk.close();

    let desk = Desk::at_the_shop(backend).await;
    desk.ask(&record_order(), &recording("shop", &order("o-1", "c-1"))).await;
    desk.ask(&redeem(), &with(&of("r", "c-1"), "/points", json!(145))).await;
    let owed = desk.ask(&record_return(), &returning("shop", "r-1", "o-1", "2", 1)).await;
    let owed = &owed["member"]["balance"]["available"];
    assert!(owed.as_i64().unwrap() < 0, "{owed}");
    let merged = desk.ask(&merge(), &with(&merging, "/program", json!("shop"))).await;
    assert_eq!(merged["member"]["balance"]["available"], *owed);
    let parted = desk.ask(&unmerge(), &of("u", "c-1")).await;
    assert_eq!(parted["member"]["balance"]["available"], *owed);
    let back = desk.ask(&merge(), &json!({"program": "shop", "idempotencyKey": "b", "fromCustomerId": "c-2", "intoCustomerId": "c-1"})).await;
    assert_eq!(back["member"]["balance"]["available"], *owed, "the other owes nothing");
    desk.close();
}

/// Who is the end of a chain may be named beside its beginning: here by an order that points are spent on.
async fn a_chain_is_followed_once(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    desk.ask(&record_order(), &recording("shop", &order("o-3", "c-2"))).await;
    let enrolled = json!({"program": "shop", "idempotencyKey": "c-3", "customerId": "c-3"});
    desk.ask(&enroll(), &enrolled).await;
    let merging = |key: &str, from: &str, into: &str| json!({"program": "shop", "idempotencyKey": key, "fromCustomerId": from, "intoCustomerId": into});
    desk.ask(&merge(), &merging("m-1", "c-1", "c-3")).await;
    let merged = desk.ask(&merge(), &merging("m-2", "c-3", "c-2")).await;
    assert_eq!(merged["member"]["balance"]["available"], 145);
    let spending = with(&with(&of("r", "c-1"), "/points", json!(5)), "/orderId", json!("o-3"));
    let spent = desk.ask(&redeem(), &spending).await;
    assert_eq!(spent["member"]["balance"]["available"], 140, "{spent}");
    let parted = desk.ask(&unmerge(), &of("u-3", "c-3")).await;
    assert_eq!(parted["member"]["balance"]["available"], 95, "{parted}");

    // What was recorded under the first name while it was the second, who is a third by now.
    desk.ask(&record_order(), &recording("shop", &order("o-4", "c-1"))).await;
    desk.ask(&merge(), &merging("m-3", "c-3", "c-2")).await;
    let own =
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Order { loyalty(program: \"shop\") {
        member { customer { id } } entries { points } } } } }";
    let asked = json!({"r": [{"__typename": "Order", "id": "o-4"}]});
    let seen = desk.server.client().customer("c-1").data(own, asked).await;
    let expected = json!({"loyalty": {"member": {"customer": {"id": "c-2"}}, "entries": [{"points": 45}, {"points": 4}]}});
    assert_eq!(seen["_entities"], json!([expected]));
    desk.close();
}

on_each_backend!(
    a_chain_is_followed_once,
    who_is_blocked_earns_and_does_not_spend,
    two_become_one,
    one_becomes_two_again,
    what_was_noted_goes_back,
);

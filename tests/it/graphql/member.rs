//! Members: enrolled once, and shown by every way to them alike.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, MEMBER, enroll, order, record_order, recording};
use crate::{on_each_backend, support::Backend};

fn joining(program: &str, customer: &str, key: &str) -> Value {
    json!({"program": program, "idempotencyKey": key, "customerId": customer, "channel": "APP", "storeId": "s-1"})
}

async fn a_customer_enrols_once(backend: Backend) {
    let desk = Desk::open(backend).await;
    let before = crate::support::client::now();
    let first = desk.ask(&enroll(), &joining("classic", "c-1", "k-1")).await;
    let member = &first["member"];
    let id = member["id"].as_str().unwrap();
    assert!(id.len() == 36 && id.starts_with("mem_"), "{id}");
    let enrolled_at: chrono::DateTime<chrono::Utc> = member["enrolledAt"].as_str().unwrap().parse().unwrap();
    assert!(
        before - chrono::Duration::milliseconds(1) <= enrolled_at
            && enrolled_at <= crate::support::client::now()
    );
    assert_eq!(
        first,
        json!({"__typename": "LoyaltyMemberEnrolled", "replayed": false, "member": {
            "id": id, "customer": {"id": "c-1"}, "program": {"id": "classic"}, "status": "ACTIVE",
            "enrolledAt": member["enrolledAt"],
            "balance": {"currency": {"code": "POINTS", "scale": 0, "name": "Points"}, "available": 0, "pending": 0,
                "held": 0, "lifetimeEarned": 0, "version": 0, "expiries": [], "activations": []},
            "wallets": [{"currency": {"code": "POINTS"}, "available": 0, "pending": 0, "held": 0}],
            "tier": null}})
    );

    let written = desk.written().await;
    let again = desk.ask(&enroll(), &joining("classic", "c-1", "k-1")).await;
    assert_eq!(again, json!({"__typename": "LoyaltyMemberEnrolled", "replayed": true, "member": member}));
    let other_key = desk.ask(&enroll(), &joining("classic", "c-1", "k-2")).await;
    assert_eq!(
        other_key,
        json!({"__typename": "LoyaltyAlreadyMember", "message": "customer `c-1` is a member already", "already": {"id": id}})
    );
    assert_eq!(desk.written().await, written, "neither wrote anything");
    desk.close();
}

async fn a_first_order_enrols_where_the_programme_says_so(backend: Backend) {
    let desk = Desk::open(backend).await;
    let recorded = desk.ask(&record_order(), &recording("classic", &order("o-1", "c-1"))).await;
    assert_eq!(recorded["member"]["customer"]["id"], "c-1");
    assert_eq!(recorded["member"]["balance"]["available"], 45);
    desk.close();
}

/// By its id, by the customer, among the memberships, as an entity: one member, the same in every field.
async fn every_way_leads_to_the_same_member(backend: Backend) {
    let desk = Desk::open(backend).await;
    let recorded = desk.ask(&record_order(), &recording("classic", &order("o-1", "c-1"))).await;
    let tiered = desk.ask(&enroll(), &joining("tiered", "c-1", "k-1")).await;
    let member = &recorded["member"];
    let document = format!(
        "query($id: ID!, $r: [_Any!]!) {{ it: loyaltyMember(id: $id) {{ {MEMBER} }} _entities(representations: $r) {{
            ... on Customer {{ id loyalty(program: \"classic\") {{ {MEMBER} }} loyaltyMemberships {{ {MEMBER} }} }}
            ... on LoyaltyMember {{ {MEMBER} }} }} }}"
    );
    let variables = json!({"id": member["id"], "r": [{"__typename": "Customer", "id": "c-1"},
        {"__typename": "LoyaltyMember", "id": member["id"]}, {"__typename": "Customer", "id": "nobody"}]});
    let data = desk.oms.data(&document, variables).await;
    // The default programme's membership comes first: it is `tiered`, the first that is served.
    assert_eq!(
        data,
        json!({"it": member, "_entities": [
            {"id": "c-1", "loyalty": member, "loyaltyMemberships": [tiered["member"], member]},
            member,
            {"id": "nobody", "loyalty": null, "loyaltyMemberships": []}]})
    );
    desk.close();
}

on_each_backend!(
    a_customer_enrols_once,
    a_first_order_enrols_where_the_programme_says_so,
    every_way_leads_to_the_same_member,
);

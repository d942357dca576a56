//! Entries: page by page, either way, the whole ledger and nothing twice.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, adjust, cancel_order, order, record_order, record_return, recording, returning, said};
use crate::{on_each_backend, support::Backend};

const PAGE: &str = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $kinds: [LoyaltyEntryKind!]) {
    it: loyaltyMember(id: $id) { entries(first: $first, after: $after, last: $last, before: $before, kinds: $kinds) {
        nodes { id kind } edges { cursor node { id } } pageInfo { hasPreviousPage hasNextPage startCursor endCursor } } } }";

/// The ids of a whole list, newest first, read page by page from one end. Every page's parts must agree.
pub(super) async fn walk(
    desk: &Desk,
    page: &str,
    list: &str,
    member: &Value,
    size: usize,
    forward: bool,
) -> Vec<String> {
    let (mut ids, mut cursor): (Vec<String>, Value) = (Vec::new(), Value::Null);
    loop {
        let variables = if forward {
            json!({"id": member, "first": size, "after": cursor})
        } else {
            json!({"id": member, "last": size, "before": cursor})
        };
        let data = desk.oms.data(page, variables).await;
        let page = &data["it"][list];
        let of_page = |item: &Value| item["id"].as_str().unwrap().to_owned();
        let nodes: Vec<String> = page["nodes"].as_array().unwrap().iter().map(of_page).collect();
        let edges = page["edges"].as_array().unwrap();
        assert_eq!(edges.iter().map(|edge| of_page(&edge["node"])).collect::<Vec<_>>(), nodes);
        let info = &page["pageInfo"];
        assert_eq!(
            (&info["startCursor"], &info["endCursor"]),
            (&edges[0]["cursor"], &edges[edges.len() - 1]["cursor"])
        );
        let (came_from, goes_on, next) = if forward {
            ("hasPreviousPage", "hasNextPage", &info["endCursor"])
        } else {
            ("hasNextPage", "hasPreviousPage", &info["startCursor"])
        };
        assert_eq!(info[came_from], json!(!cursor.is_null()), "{info}");
        cursor = next.clone();
        let more = info[goes_on].as_bool().unwrap();
        assert!(nodes.len() == size || !more, "a page that is not the last one is full");
        if forward {
            ids.extend(nodes);
        } else {
            ids.splice(0..0, nodes);
        }
        if !more {
            return ids;
        }
    }
}

/// A member with entries of every kind that people cause: eight orders, a return, a cancellation, two adjustments.
async fn busy_member(desk: &Desk) -> Value {
    for i in 0..8 {
        desk.ask(&record_order(), &recording("classic", &order(&format!("o-{i}"), "c-1"))).await;
    }
    desk.ask(&record_return(), &returning("classic", "r-1", "o-1", "2", 1)).await;
    desk.ask(&cancel_order(), &json!({"program": "classic", "idempotencyKey": "x", "orderId": "o-2"})).await;
    let mut member = Value::Null;
    for points in [7, -3] {
        let input = json!({"program": "classic", "idempotencyKey": points.to_string(), "customerId": "c-1",
            "points": points, "reason": "goodwill"});
        member = desk.ask(&adjust(), &input).await["member"]["id"].clone();
    }
    member
}

async fn pages_of_entries_are_the_whole_ledger(backend: Backend) {
    let desk = Desk::open(backend).await;
    let member = busy_member(&desk).await;
    let whole = desk.oms.data(PAGE, json!({"id": member, "first": 100})).await;
    let whole = whole["it"]["entries"]["nodes"].as_array().unwrap().clone();
    let kinds: Vec<&str> = whole.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "ADJUST", "ADJUST", "CLAWBACK", "CLAWBACK", "EARN", "EARN", "EARN", "EARN", "EARN", "EARN",
            "EARN", "EARN"
        ]
    );
    let ids: Vec<&str> = whole.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    for size in [1, 2, 5, 11, 12, 13] {
        assert_eq!(walk(&desk, PAGE, "entries", &member, size, true).await, ids, "{size} at a time");
        assert_eq!(
            walk(&desk, PAGE, "entries", &member, size, false).await,
            ids,
            "{size} at a time, backwards"
        );
    }
    let default = desk.oms.data(PAGE, json!({"id": member})).await;
    assert_eq!(default["it"]["entries"]["nodes"], json!(whole));
    desk.close();
}

async fn kinds_choose(backend: Backend) {
    let desk = Desk::open(backend).await;
    let member = busy_member(&desk).await;
    for (kinds, count) in [
        (json!(null), 12),
        (json!([]), 12),
        (json!(["EARN"]), 8),
        (json!(["CLAWBACK"]), 2),
        (json!(["ADJUST", "CLAWBACK"]), 4),
        (json!(["EXPIRE"]), 0),
    ] {
        let data = desk.oms.data(PAGE, json!({"id": member, "kinds": kinds})).await;
        let nodes = data["it"]["entries"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), count, "{kinds}");
        let chosen =
            |entry: &Value| kinds.as_array().is_none_or(|k| k.is_empty() || k.contains(&entry["kind"]));
        assert!(nodes.iter().all(chosen), "{kinds}: {nodes:?}");
    }
    desk.close();
}

async fn what_no_page_has(backend: Backend) {
    let desk = Desk::open_with(backend, &[("LOYALTY_PAGE_SIZE_MAX", "30")]).await;
    let member = busy_member(&desk).await;
    let written = desk.written().await;
    let of_orders = URL_SAFE_NO_PAD.encode("order:0:o-1");
    let broken = URL_SAFE_NO_PAD.encode("entry:99999999999999999999");
    let rows = [
        (json!({"first": 31}), "BAD_USER_INPUT first: must be from 1 to 30, not 31"),
        (json!({"first": 0}), "BAD_USER_INPUT first: must be from 1 to 30, not 0"),
        (json!({"last": -1}), "BAD_USER_INPUT last: must be from 1 to 30, not -1"),
        (
            json!({"first": 1, "last": 1}),
            "BAD_USER_INPUT last: goes without `first`: a page has one direction",
        ),
        (json!({"after": "7"}), "BAD_USER_INPUT after: is no cursor of this service"),
        (json!({"before": ""}), "BAD_USER_INPUT before: is no cursor of this service"),
        (json!({"after": broken}), "BAD_USER_INPUT after: is no cursor of this service"),
        (json!({"after": of_orders}), "BAD_USER_INPUT after: is a cursor of another list"),
    ];
    for (arguments, says) in rows {
        let mut variables = arguments.clone();
        variables["id"] = member.clone();
        assert_eq!(said(&desk.oms.ask(PAGE, variables).await), says, "{arguments}");
    }
    // An order's id in a cursor that PostgreSQL has no text for.
    let nul = URL_SAFE_NO_PAD.encode("order:0:o\0");
    let orders = "query($id: ID!, $after: String) { it: loyaltyMember(id: $id) { orders(after: $after) { nodes { id } } } }";
    let answer = desk.oms.ask(orders, json!({"id": member, "after": nul})).await;
    assert_eq!(said(&answer), "BAD_USER_INPUT after: is no cursor of this service");

    for (id, says) in [
        ("", "BAD_USER_INPUT id: `` is no member id: it does not start with `mem_`"),
        ("c-1", "BAD_USER_INPUT id: `c-1` is no member id: it does not start with `mem_`"),
        ("mem_zz", "BAD_USER_INPUT id: "),
        ("mem_0123456789abcdef0123456789abcdef0", "BAD_USER_INPUT id: "),
    ] {
        let answer =
            desk.oms.ask("query($id: ID!) { it: loyaltyMember(id: $id) { id } }", json!({"id": id})).await;
        assert!(said(&answer).starts_with(says), "{id}: {answer:#}");
        assert_eq!(answer["data"], json!({"it": null}));
    }
    assert_eq!(desk.written().await, written);
    desk.close();
}

on_each_backend!(pages_of_entries_are_the_whole_ledger, kinds_choose, what_no_page_has);

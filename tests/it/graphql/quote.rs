//! Quotes: what recording then earns, and nothing written.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, QUOTE, order, record_order, recording, with};
use crate::{
    on_each_backend,
    support::{Backend, client::now},
};

/// Carts of one customer, in order; some raise the tier of the next.
fn carts() -> Vec<Value> {
    let line = |id: &str, kind: &str, quantity: i64, price: &str| json!({"id": id, "sku": "A", "kind": kind, "quantity": quantity, "unitPrice": price});
    let lines = [
        json!([line("1", "PRODUCT", 1, "0.99")]),
        json!([line("1", "PRODUCT", 3, "33.33"), line("2", "OTHER", 1, "4.95")]),
        json!([line("1", "PRODUCT", 1, "400.01"), line("2", "PRODUCT", 7, "1.37")]),
        json!([line("1", "PRODUCT", 1, "10.80")]),
        json!([line("1", "OTHER", 1, "100")]),
        json!([line("1", "PRODUCT", 2, "999.99")]),
        json!([line("1", "PRODUCT", 1, "7.77")]),
    ];
    let now = now().to_rfc3339();
    let cart =
        |(i, lines)| with(&with(&order(&format!("o-{i}"), "c-1"), "/lines", lines), "/placedAt", json!(now));
    lines.into_iter().enumerate().map(cart).collect()
}

async fn a_quote_is_what_recording_earns(backend: Backend) {
    let desk = Desk::open(backend).await;
    let mut tiers = Vec::new();
    for program in ["tiered", "classic"] {
        for cart in carts() {
            let written = desk.written().await;
            let quote = desk.ask(QUOTE, &json!({"program": program, "order": cart})).await;
            assert_eq!(quote["__typename"], "LoyaltyQuote", "{quote:#}");
            assert_eq!(desk.written().await, written, "a quote wrote something");
            let recorded = desk.ask(&record_order(), &recording(program, &cart)).await;
            let (order, member) = (&recorded["order"], &recorded["member"]);
            assert_eq!(quote["points"], order["earned"], "{cart:#}");
            assert_eq!(quote["tierAfter"], member["tier"]["tier"], "{cart:#}");
            let entry = &recorded["entries"][0];
            if !entry.is_null() {
                assert_eq!(quote["explanation"], entry["explanation"], "{cart:#}");
            }
            let rules = quote["explanation"]["rules"].as_array().unwrap();
            let sum: i64 = rules.iter().map(|rule| rule["points"].as_i64().unwrap()).sum();
            assert_eq!(quote["points"], sum, "the rules' points sum to the whole");
            tiers.push(quote["tierAfter"]["id"].as_str().map(str::to_owned));
        }
    }
    // The tiers were crossed on the way, or the test shows less than it says.
    let tier = |id: &str| Some(id.to_owned());
    assert_eq!(
        tiers[..7],
        [
            tier("bronze"),
            tier("bronze"),
            tier("silver"),
            tier("silver"),
            tier("silver"),
            tier("gold"),
            tier("gold")
        ]
    );
    desk.close();
}

/// Whose tier counts: the named customer's, else the order's, else nobody's.
async fn a_quote_knows_whose_tier_counts(backend: Backend) {
    let desk = Desk::open(backend).await;
    let now = json!(now().to_rfc3339());
    let big = json!([{"id": "1", "sku": "A", "quantity": 1, "unitPrice": "2000"}]);
    let gold = with(&with(&order("o-1", "gold"), "/lines", big), "/placedAt", now.clone());
    desk.ask(&record_order(), &recording("tiered", &gold)).await;
    let hundred = json!([{"id": "1", "sku": "A", "quantity": 1, "unitPrice": "100"}]);
    let cart = with(&with(&order("cart", "gold"), "/lines", hundred), "/placedAt", now);
    for (named, of_order, points) in [
        (None, Some("gold"), 150),
        (None, Some("nobody"), 100),
        (None, None, 100),
        (Some("gold"), None, 150),
        (Some("gold"), Some("nobody"), 150),
        (Some("nobody"), Some("gold"), 100),
        // No member can have such an id: PostgreSQL has no text for it.
        (Some("c\u{0}"), Some("gold"), 100),
    ] {
        let order = with(&cart, "/customerId", json!(of_order));
        let quote = desk.ask(QUOTE, &json!({"program": "tiered", "customerId": named, "order": order})).await;
        assert_eq!(quote["points"], points, "{named:?} {of_order:?}: {quote:#}");
    }
    desk.close();
}

on_each_backend!(a_quote_is_what_recording_earns, a_quote_knows_whose_tier_counts);

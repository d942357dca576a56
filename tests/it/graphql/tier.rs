//! Tiers and expiries, as a programme with a ladder shows them.

use chrono::{Datelike as _, Months, NaiveDate, NaiveTime, SecondsFormat};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, order, record_order, record_return, recording, returning, with};
use crate::{
    on_each_backend,
    support::{Backend, client::now},
};

fn spending(id: &str, price: &str, placed_at: &str) -> Value {
    let lines = json!([{"id": "1", "sku": "A", "quantity": 1, "unitPrice": price}]);
    recording("tiered", &with(&with(&order(id, "c-1"), "/lines", lines), "/placedAt", json!(placed_at)))
}

/// Midnight of a day, as the service writes it.
fn midnight(day: NaiveDate) -> String {
    day.and_time(NaiveTime::MIN).and_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

async fn spend_climbs_the_ladder_and_returns_climb_down(backend: Backend) {
    let desk = Desk::open(backend).await;
    let now = now();
    let at = now.to_rfc3339();
    // Spend of a year counts to the end of the next one.
    let until = json!(midnight(NaiveDate::from_ymd_opt(now.year() + 2, 1, 1).unwrap()));
    // What is bought; then the points, the tier, until when, the spend, the tier above, what is missing for it, and what to
    // keep this one.
    let rows = [
        ("499.99", 499, "bronze", json!(null), "499.99", json!("silver"), json!("0.01"), json!(null)),
        ("0.01", 0, "silver", until.clone(), "500", json!("gold"), json!("1500"), json!("0")),
        ("100", 125, "silver", until.clone(), "600", json!("gold"), json!("1400"), json!("0")),
        ("1399.99", 1_749, "silver", until.clone(), "1999.99", json!("gold"), json!("0.01"), json!("0")),
        ("0.02", 0, "gold", until.clone(), "2000.01", json!(null), json!(null), json!("0")),
        ("100", 150, "gold", until.clone(), "2100.01", json!(null), json!(null), json!("0")),
    ];
    for (i, (price, points, tier, until, qualifying, next, to_next, to_keep)) in rows.into_iter().enumerate()
    {
        let answer = desk.ask(&record_order(), &spending(&format!("o-{i}"), price, &at)).await;
        let shown = &answer["member"]["tier"];
        assert_eq!(
            (&answer["order"]["earned"], shown),
            (
                &json!(points),
                &json!({"tier": {"id": tier}, "since": shown["since"], "until": until, "qualifying": qualifying,
                    "next": if next.is_null() { json!(null) } else { json!({"id": next}) },
                    "toNext": to_next, "toKeep": to_keep})
            ),
            "after {price}"
        );
    }
    // The last hundred and the 1399.99 come back: 600.02 are left.
    for (id, order) in [("r-1", "o-5"), ("r-2", "o-3")] {
        let back = with(&returning("tiered", id, order, "1", 1), "/return/returnedAt", json!(at));
        let answer = desk.ask(&record_return(), &back).await;
        let clawed_back = if id == "r-1" { 150 } else { 1_749 };
        assert_eq!(answer["order"]["clawedBack"], clawed_back, "as it had earned, whatever the tier is now");
    }
    let found = desk.oms.data("{ _entities(representations: [{__typename: \"Customer\", id: \"c-1\"}]) {
        ... on Customer { loyalty(program: \"tiered\") { tier { tier { id } qualifying next { id } toNext } } } } }", json!({})).await;
    assert_eq!(
        found["_entities"][0]["loyalty"]["tier"],
        json!({"tier": {"id": "silver"}, "qualifying": "600.02", "next": {"id": "gold"}, "toNext": "1399.98"})
    );
    desk.close();
}

/// Three months on, to the end of the month: points of one month end together.
async fn expiries_are_listed_soonest_first_and_sum_to_the_balance(backend: Backend) {
    let desk = Desk::open(backend).await;
    let today = now().date_naive();
    let months = |back: u32| today.with_day(1).unwrap() - Months::new(back);
    let mut answer = Value::Null;
    for (id, back, price) in [("a", 0, "5"), ("b", 2, "30"), ("c", 1, "10"), ("d", 2, "7"), ("e", 8, "99")] {
        // An older order's points may be gone already: they are earned and expire at once.
        answer = desk.ask(&record_order(), &spending(id, price, &midnight(months(back)))).await;
    }
    let balance = &answer["member"]["balance"];
    let end = |back: u32| midnight(months(back) + Months::new(4));
    assert_eq!(
        balance["expiries"],
        json!([{"at": end(2), "points": 37}, {"at": end(1), "points": 10}, {"at": end(0), "points": 5}])
    );
    assert_eq!((&balance["available"], &balance["lifetimeEarned"]), (&json!(52), &json!(151)));
    let first = desk
        .oms
        .data(
            "{ _entities(representations: [{__typename: \"Customer\", id: \"c-1\"}]) { ... on Customer {
        loyalty { balance { one: expiries(first: 1) { points } none: expiries(first: 0) { points }
        many: expiries(first: 99) { points } } } } } }",
            json!({}),
        )
        .await;
    let balance = &first["_entities"][0]["loyalty"]["balance"];
    assert_eq!(balance["one"], json!([{"points": 37}]));
    assert_eq!(
        (balance["none"].as_array().map(Vec::len), balance["many"].as_array().map(Vec::len)),
        (Some(0), Some(3))
    );
    desk.close();
}

on_each_backend!(
    spend_climbs_the_ladder_and_returns_climb_down,
    expiries_are_listed_soonest_first_and_sum_to_the_balance,
);

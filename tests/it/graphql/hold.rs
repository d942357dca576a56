//! Holds: set aside, and ended once.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, HOLD, capture, hold, hold_reward, release, said, with};
use crate::{on_each_backend, support::Backend};

fn holding(key: &str, points: i64) -> Value {
    json!({"program": "shop", "idempotencyKey": key, "customerId": "c-1", "points": points})
}

fn ending(key: &str, hold: &Value) -> Value {
    json!({"idempotencyKey": key, "holdId": hold["id"]})
}

/// What an entry says, in short.
fn line(entry: &Value) -> (String, i64, i64) {
    let number = |field: &str| entry[field].as_i64().unwrap();
    (entry["kind"].as_str().unwrap().to_owned(), number("points"), number("amount"))
}

fn lines(answer: &Value) -> Vec<(String, i64, i64)> {
    answer["entries"].as_array().unwrap().iter().map(line).collect()
}

async fn a_hold_sets_points_aside(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let input = with(&with(&holding("h", 50), "/orderId", json!("o-1")), "/ttlSeconds", json!(60));
    let answer = desk.ask_again(&hold(), &input).await;
    let made = &answer["hold"];
    let created: chrono::DateTime<chrono::Utc> = made["createdAt"].as_str().unwrap().parse().unwrap();
    let ends: chrono::DateTime<chrono::Utc> = made["expiresAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(ends - created, chrono::Duration::seconds(60));
    let id = made["id"].as_str().unwrap();
    assert!(id.len() == 36 && id.starts_with("hld_"), "{id}");
    assert_eq!(
        *made,
        json!({"id": id, "points": 50, "captured": 0, "currencyCode": "POINTS", "state": "OPEN",
            "createdAt": made["createdAt"], "expiresAt": made["expiresAt"], "orderId": "o-1", "rewardId": null,
            "reward": null, "member": {"id": answer["member"]["id"]}})
    );
    assert_eq!(lines(&answer), [("HOLD".to_owned(), 0, 50)]);
    // The credit that ends pays first: it was the second to be given.
    let parts: Vec<_> =
        answer["entries"][0]["allocations"].as_array().unwrap().iter().map(|a| a["points"].clone()).collect();
    assert_eq!(parts, [json!(10), json!(40)]);
    assert_eq!(desk.balance("c-1").await, [50, 0, 50]);

    let document = format!("query($r: [_Any!]!) {{ _entities(representations: $r) {{
        ... on LoyaltyHold {{ {HOLD} }} ... on Customer {{ loyalty(program: \"shop\") {{ holds {{ {HOLD} }} }} }} }} }}");
    let asked = json!({"r": [{"__typename": "LoyaltyHold", "id": id}, {"__typename": "Customer", "id": "c-1"},
        {"__typename": "LoyaltyHold", "id": "hld_00000000000000000000000000000000"}]});
    let data = desk.oms.data(&document, asked).await;
    assert_eq!(
        data["_entities"],
        json!([made, {"loyalty": {"holds": [made]}}, null]),
        "every way shows the same"
    );
    desk.close();
}

async fn captured_in_part_the_rest_goes_back(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let made = desk.ask(&hold(), &holding("h", 50)).await["hold"].clone();
    let part = with(&with(&ending("c", &made), "/points", json!(30)), "/orderId", json!("o-7"));
    let answer = desk.ask_again(&capture(), &part).await;
    assert_eq!(
        (&answer["hold"]["state"], &answer["hold"]["points"], &answer["hold"]["captured"]),
        (&json!("CAPTURED"), &json!(50), &json!(30))
    );
    let spent = &answer["redemption"];
    assert_eq!(
        *spent,
        json!({"id": spent["id"], "points": 30, "recredited": 0, "currencyCode": "POINTS",
            "redeemedAt": spent["redeemedAt"], "reversed": false, "orderId": "o-7", "rewardId": null, "reward": null,
            "entryId": answer["entries"][0]["id"], "member": {"id": answer["member"]["id"]}})
    );
    assert_eq!(lines(&answer), [("CAPTURE".to_owned(), -30, 30), ("RELEASE".to_owned(), 0, 20)]);
    assert_eq!(desk.balance("c-1").await, [70, 0, 0]);
    for (key, document, what) in [("again", capture(), "capture"), ("late", release(), "release")] {
        let refused = desk.ask(&document, &ending(key, &made)).await;
        assert_eq!(
            (&refused["__typename"], &refused["state"], &refused["holdId"]),
            (&json!("LoyaltyHoldNotOpen"), &json!("CAPTURED"), &made["id"]),
            "{what}"
        );
    }
    desk.close();
}

async fn released_all_of_it_goes_back(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let made = desk.ask(&hold(), &holding("h", 50)).await["hold"].clone();
    let answer = desk.ask_again(&release(), &ending("r", &made)).await;
    assert_eq!((&answer["hold"]["state"], &answer["hold"]["captured"]), (&json!("RELEASED"), &json!(0)));
    assert_eq!(lines(&answer), [("RELEASE".to_owned(), 0, 50)]);
    assert_eq!(desk.balance("c-1").await, [100, 0, 0]);
    assert_eq!(desk.ask(&capture(), &ending("c", &made)).await["state"], "RELEASED");
    desk.close();
}

/// The clock ends it, whoever looks; nothing has to run for it.
async fn a_hold_ends_by_itself(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let made = desk.ask(&hold(), &with(&holding("h", 50), "/ttlSeconds", json!(1))).await["hold"].clone();
    let ends: chrono::DateTime<chrono::Utc> = made["expiresAt"].as_str().unwrap().parse().unwrap();
    // Reads are asked until the clock has passed its end: before it they show the hold, from then on the points.
    while desk.balance("c-1").await != [100, 0, 0] {
        assert!(crate::support::client::now() < ends + chrono::Duration::minutes(1), "the hold never ended");
    }
    let document =
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on LoyaltyHold { state captured } } }";
    let data = desk.oms.data(document, json!({"r": [{"__typename": "LoyaltyHold", "id": made["id"]}]})).await;
    assert_eq!(data["_entities"], json!([{"state": "EXPIRED", "captured": 0}]));
    assert_eq!(desk.ask(&capture(), &ending("c", &made)).await["state"], "EXPIRED");
    desk.close();
}

/// One of the reward's stock is set aside with its price, and neither is another's until the hold ends.
async fn a_rewards_hold_keeps_one_of_its_stock(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let asks =
        |key: &str| json!({"program": "shop", "idempotencyKey": key, "customerId": "c-1", "rewardId": "mug"});
    let first = desk.ask_again(&hold_reward(), &asks("1")).await;
    assert_eq!(
        (&first["hold"]["points"], &first["hold"]["rewardId"], &first["hold"]["reward"]),
        (&json!(20), &json!("mug"), &json!({"id": "mug"}))
    );
    let second = desk.ask(&hold_reward(), &asks("2")).await;
    let third = desk.ask(&hold_reward(), &asks("3")).await;
    assert_eq!((&third["__typename"], &third["left"]), (&json!("LoyaltyOutOfStock"), &json!(0)));
    let part = with(&ending("part", &first["hold"]), "/points", json!(5));
    assert_eq!(
        said(&desk.oms.ask(&capture(), json!({"input": part})).await),
        "BAD_USER_INPUT input.points: a reward is captured as a whole"
    );
    let captured = desk.ask(&capture(), &ending("c", &first["hold"])).await;
    assert_eq!(captured["redemption"]["rewardId"], "mug");
    assert_eq!(desk.ask(&hold_reward(), &asks("4")).await["left"], 0, "what was captured is gone");
    desk.ask(&release(), &ending("r", &second["hold"])).await;
    assert_eq!(
        desk.ask(&hold_reward(), &asks("5")).await["__typename"],
        "LoyaltyRewardHeld",
        "released, it is back"
    );
    assert_eq!(desk.balance("c-1").await, [60, 0, 20]);
    desk.close();
}

on_each_backend!(
    a_hold_sets_points_aside,
    captured_in_part_the_rest_goes_back,
    released_all_of_it_goes_back,
    a_hold_ends_by_itself,
    a_rewards_hold_keeps_one_of_its_stock,
);

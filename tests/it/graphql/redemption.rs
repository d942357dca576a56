//! Redemptions: spent at once, on an order or not, and reversed once.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{
    Desk, REDEMPTION, cancel_order, order, record_order, record_return, recording, redeem, redeem_reward,
    returning, reverse, with,
};
use crate::{on_each_backend, support::Backend};

fn spending(key: &str, points: i64) -> Value {
    json!({"program": "shop", "idempotencyKey": key, "customerId": "c-1", "points": points})
}

async fn points_are_spent_soonest_end_first(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let answer = desk.ask_again(&redeem(), &with(&spending("a", 45), "/reason", json!("a voucher"))).await;
    let entry = &answer["entries"][0];
    assert_eq!(
        (&entry["kind"], &entry["points"], &entry["amount"], &entry["reason"], &entry["balanceAfter"]),
        (&json!("REDEEM"), &json!(-45), &json!(45), &json!("a voucher"), &json!(55))
    );
    let parts: Vec<_> =
        entry["allocations"].as_array().unwrap().iter().map(|a| a["points"].clone()).collect();
    assert_eq!(parts, [json!(5), json!(40)], "listed by when they were given");
    let spent = &answer["redemption"];
    assert_eq!((&spent["points"], &spent["entryId"]), (&json!(45), &entry["id"]));
    let document = format!(
        "query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on LoyaltyRedemption {{ {REDEMPTION} }} }} }}"
    );
    let asked = json!({"r": [{"__typename": "LoyaltyRedemption", "id": spent["id"]},
        {"__typename": "LoyaltyRedemption", "id": "red_00000000000000000000000000000000"}]});
    assert_eq!(desk.oms.data(&document, asked).await["_entities"], json!([spent, null]));

    let refused = desk.ask(&redeem(), &spending("b", 56)).await;
    assert_eq!(
        refused,
        json!({"__typename": "LoyaltyInsufficientPoints", "message": "56 points are needed and 55 are available",
            "required": 56, "available": 55, "missing": 1})
    );
    assert_eq!(desk.balance("c-1").await, [55, 0, 0]);
    desk.close();
}

async fn a_reversal_brings_everything_back_once(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let mug = json!({"program": "shop", "idempotencyKey": "a", "customerId": "c-1", "rewardId": "mug"});
    let redeemed = desk.ask_again(&redeem_reward(), &mug).await;
    let id = &redeemed["redemption"]["id"];
    assert_eq!(desk.balance("c-1").await, [80, 0, 0]);
    let answer = desk.ask_again(&reverse(), &json!({"idempotencyKey": "r", "redemptionId": id})).await;
    assert_eq!(
        (&answer["redemption"]["recredited"], &answer["redemption"]["reversed"]),
        (&json!(20), &json!(true))
    );
    assert_eq!(
        (&answer["entries"][0]["kind"], &answer["entries"][0]["points"]),
        (&json!("RECREDIT"), &json!(20))
    );
    let balance = &answer["member"]["balance"];
    assert_eq!(balance["available"], 100);
    assert_eq!(
        balance["expiries"],
        json!([{"at": "2998-01-01T00:00:00Z", "points": 40}]),
        "with their own end"
    );
    assert_eq!(
        desk.ask(&reverse(), &json!({"idempotencyKey": "again", "redemptionId": id})).await["__typename"],
        "LoyaltyAlreadyReversed"
    );
    let taken = desk.database.number("SELECT CAST(sum(taken) AS BIGINT) FROM counters").await;
    assert_eq!(taken, 0, "the mug is back in stock");
    desk.close();
}

async fn a_reward_is_never_sold_twice(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let asks = |key: &str, reward: &str| json!({"program": "shop", "idempotencyKey": key, "customerId": "c-1", "rewardId": reward});
    for (key, reward, expected) in [
        ("1", "mug", "LoyaltyRewardRedeemed"),
        ("2", "mug", "LoyaltyRewardRedeemed"),
        ("3", "mug", "LoyaltyOutOfStock"),
        ("4", "coffee", "LoyaltyRewardRedeemed"),
        ("5", "poster", "LoyaltyOutOfStock"),
        ("6", "nothing", "LoyaltyRewardNotFound"),
    ] {
        assert_eq!(
            desk.ask(&redeem_reward(), &asks(key, reward)).await["__typename"],
            expected,
            "{key} {reward}"
        );
    }
    assert_eq!(desk.balance("c-1").await, [55, 0, 0]);
    desk.close();
}

/// Points spent on an order come back with its goods, in proportion and over all returns, and the order says so.
async fn an_order_shows_what_was_spent_on_it_and_what_came_back(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    desk.ask(&record_order(), &recording("shop", &order("o-1", "c-1"))).await;
    let spent = desk.ask(&redeem(), &with(&spending("a", 30), "/orderId", json!("o-1"))).await;
    let shown =
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Order { loyalty(program: \"shop\") {
        spent recredited redemptions { id points recredited } } } } }";
    let asked = json!({"r": [{"__typename": "Order", "id": "o-1"}]});
    let id = &spent["redemption"]["id"];
    let of_order = |spent: i64, back: i64| {
        json!([{"loyalty": {"spent": spent, "recredited": back,
            "redemptions": [{"id": id, "points": spent, "recredited": back}]}}])
    };
    assert_eq!(desk.oms.data(shown, asked.clone()).await["_entities"], of_order(30, 0));

    // 20.00 of 45.50 come back: 30 x 20 / 45.5 = 13.18.
    let returned = desk.ask(&record_return(), &returning("shop", "r-1", "o-1", "1", 2)).await;
    assert_eq!((&returned["order"]["spent"], &returned["order"]["recredited"]), (&json!(30), &json!(13)));
    let kinds: Vec<_> = returned["entries"].as_array().unwrap().iter().map(|e| e["kind"].clone()).collect();
    assert!(kinds.contains(&json!("RECREDIT")) && kinds.contains(&json!("CLAWBACK")), "{kinds:?}");
    let cancel = json!({"program": "shop", "idempotencyKey": "cancel", "orderId": "o-1"});
    desk.ask(&cancel_order(), &cancel).await;
    assert_eq!(desk.oms.data(shown, asked).await["_entities"], of_order(30, 30));
    let list = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { loyalty(program: \"shop\") {
        orders { nodes { id spent recredited redemptions { id member { customer { id } } } } } } } } }";
    let data = desk.oms.data(list, json!({"r": [{"__typename": "Customer", "id": "c-1"}]})).await;
    assert_eq!(
        data["_entities"][0]["loyalty"]["orders"]["nodes"],
        json!([{"id": "o-1", "spent": 30, "recredited": 30, "redemptions": [{"id": id, "member": {"customer": {"id": "c-1"}}}]}])
    );
    assert_eq!(desk.balance("c-1").await, [100, 0, 0]);
    desk.close();
}

on_each_backend!(
    points_are_spent_soonest_end_first,
    a_reversal_brings_everything_back_once,
    a_reward_is_never_sold_twice,
    an_order_shows_what_was_spent_on_it_and_what_came_back,
);

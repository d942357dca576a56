//! Rewards: what they cost, what they give, and how many are left.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, hold_reward, redeem_reward, said};
use crate::{on_each_backend, support::Backend};

const REWARD: &str =
    "id name(language: \"ar\") points stock currency { code } product { sku } program { id }";

fn reward(id: &str, name: &str, points: i64, stock: Option<i64>, currency: &str, sku: &str) -> Value {
    json!({"id": id, "name": name, "points": points, "stock": stock, "currency": {"code": currency},
        "product": {"sku": sku}, "program": {"id": "shop"}})
}

async fn a_programme_shows_its_rewards_and_what_is_left(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let document = format!("{{ loyaltyProgram(id: \"shop\") {{ rewards {{ {REWARD} }} }} }}");
    let with_left = |left: i64| {
        json!([
            reward("mug", "كوب", 20, Some(left), "POINTS", "A"),
            reward("coffee", "Coffee", 5, None, "POINTS", "A"),
            reward("poster", "Poster", 1, Some(0), "STARS", "B"),
        ])
    };
    let mug =
        |key: &str| json!({"program": "shop", "idempotencyKey": key, "customerId": "c-1", "rewardId": "mug"});
    for (left, takes) in [(2, Some(redeem_reward())), (1, Some(hold_reward())), (0, None)] {
        let shown = desk.oms.data(&document, json!({})).await;
        assert_eq!(shown["loyaltyProgram"]["rewards"], with_left(left));
        if let Some(takes) = takes {
            desk.ask(&takes, &mug(&left.to_string())).await;
        }
    }
    desk.close();
}

async fn a_product_shows_the_rewards_that_give_it(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let document = format!(
        "query($r: [_Any!]!) {{ it: _entities(representations: $r) {{
            ... on Product {{ sku loyaltyRewards(program: \"shop\") {{ {REWARD} }} }}
            ... on LoyaltyReward {{ {REWARD} }} }} }}"
    );
    let product = |sku: &str, stock: Value| json!({"__typename": "Product", "sku": sku, "stock": stock});
    let asked = json!({"r": [product("A", json!(1)), product("A", json!(null)), product("A", json!(-3)), product("C", json!(9)),
        {"__typename": "LoyaltyReward", "id": "mug"}, {"__typename": "LoyaltyReward", "id": "nothing"}]});
    let of_a = |mug: i64, coffee: Option<i64>| {
        json!({"sku": "A", "loyaltyRewards": [reward("mug", "كوب", 20, Some(mug), "POINTS", "A"),
            reward("coffee", "Coffee", 5, coffee, "POINTS", "A")]})
    };
    assert_eq!(
        desk.oms.data(&document, asked).await["it"],
        json!([of_a(1, Some(1)), of_a(2, None), of_a(0, Some(0)), {"sku": "C", "loyaltyRewards": []},
            reward("mug", "كوب", 20, Some(2), "POINTS", "A"), null])
    );
    let untold = desk.oms.ask(&document, json!({"r": [{"__typename": "Product", "sku": "A"}]})).await;
    assert_eq!(
        said(&untold),
        "BAD_USER_INPUT product.stock: is missing: what rewards of the product are left cannot be reckoned without it"
    );
    desk.close();
}

on_each_backend!(a_programme_shows_its_rewards_and_what_is_left, a_product_shows_the_rewards_that_give_it);

//! Changes: twins who do the same, one by the executor and one by the lane, are answered the same.

use loyalty::graphql::{Executor, Limits, TraceId};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::house::House;
use crate::support::client::SERVICE_SCOPES;

const RECORD: &str = "mutation Record($input: LoyaltyOrderRecordInput!) { done: loyaltyOrderRecord(input: $input) {
    __typename ... on LoyaltyOrderRecorded { member { status balance { available pending version } ...Tier } replayed }
    ... on LoyaltyRefusal { message } ... on LoyaltyInvalidOrder { field } } }
    fragment Tier on LoyaltyMember { tier { tier { id name(language: \"fr\") } qualifying toNext } }";
const REDEEM: &str = "mutation($of: LoyaltyRewardRedeemInput!) { loyaltyRewardRedeem(input: $of) {
    ... on LoyaltyRewardRedeemResult { __typename } ... on LoyaltyRewardRedeemed { member { wallets { available } } replayed }
    ... on LoyaltyOutOfStock { message } } }";
const SPEND: &str = "mutation($i: LoyaltyPointsRedeemInput!) { loyaltyPointsRedeem(input: $i) { __typename
    ... on LoyaltyPointsRedeemed { member { wallets { currency { code } available } } }
    ... on LoyaltyInsufficientPoints { missing } } }";

/// The twins' requests are alike but for their names.
struct Twins<'a> {
    house: &'a House,
    executor: Executor,
}

impl Twins<'_> {
    /// Both do it. Answers what both were answered, and whether the lane did so.
    async fn both(&self, query: &str, variable: &str, input: &Value, scopes: &str) -> (Value, bool) {
        let caller = self.house.caller("service", "till", scopes).await;
        let of = |twin: &str| json!({ variable: input }).to_string().replace("TWIN", twin);
        let slow = self.house.slow(&self.executor, query, None, &of("slow"), &caller).await;
        let quick = self.executor.quick(query, None, &of("quick"), (&caller, TraceId(1))).await;
        let answer = match &quick {
            Some(quick) => String::from_utf8(quick.clone()).unwrap(),
            None => self.house.slow(&self.executor, query, None, &of("quick"), &caller).await,
        };
        assert_eq!(answer.replace("quick", "slow"), slow, "{input}");
        (serde_json::from_str(&slow).unwrap(), quick.is_some())
    }
}

fn order(id: &str, price: &Value) -> Value {
    json!({"idempotencyKey": format!("{id}-TWIN"), "program": "double", "order": {
        "id": format!("{id}-TWIN"), "customerId": "TWIN", "placedAt": "2026-06-01T12:00:00+02:00", "currencyCode": "GBP",
        "channel": null, "lines": [{"id": "1", "sku": "A", "quantity": 1, "unitPrice": price, "kind": "PRODUCT"}]}})
}

fn with(mut input: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    input.pointer_mut(parent).unwrap()[name] = value;
    input
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_answered_by_the_lane_as_the_executor_answers_it() {
    let house = House::open().await;
    let twins = Twins { house: &house, executor: house.executor(Limits::default()) };
    let first = order("first", &json!("7.25"));
    let mug =
        json!({"idempotencyKey": "mug-TWIN", "program": "double", "customerId": "TWIN", "rewardId": "mug"});
    let spend = json!({"idempotencyKey": "spend-TWIN", "program": "double", "customerId": "TWIN", "currency": "POINTS",
        "points": 2});
    let keyed =
        |input: &Value, key: &str| with(input.clone(), "/idempotencyKey", json!(format!("{key}-TWIN")));
    let (all, write_only) = (SERVICE_SCOPES, "loyalty:orders:write loyalty:points:hold");
    for (what, query, variable, input, scopes, expected, by_the_lane) in [
        // The document is new: the executor must have accepted it. One of the twins' sends it first.
        ("an order", RECORD, "input", first.clone(), all, "LoyaltyOrderRecorded", true),
        ("again", RECORD, "input", first.clone(), all, "LoyaltyOrderRecorded", true),
        (
            "a second",
            RECORD,
            "input",
            order("second", &json!("120")),
            write_only,
            "LoyaltyOrderRecorded",
            true,
        ),
        ("a whole price", RECORD, "input", order("third", &json!(3)), all, "LoyaltyOrderRecorded", false),
        ("a float", RECORD, "input", order("fourth", &json!(3.5)), all, "BAD", false),
        (
            "a price below zero",
            RECORD,
            "input",
            order("fifth", &json!("-1")),
            all,
            "LoyaltyInvalidOrder",
            false,
        ),
        (
            "a field too many",
            RECORD,
            "input",
            with(first.clone(), "/order/gift", json!(1)),
            all,
            "BAD",
            false,
        ),
        ("a missing field", RECORD, "input", json!({"idempotencyKey": "k"}), all, "BAD", false),
        (
            "a numeric id",
            RECORD,
            "input",
            with(order("sixth", &json!("1")), "/order/storeId", json!(7)),
            all,
            "LoyaltyOrderRecorded",
            false,
        ),
        (
            "the key of another",
            RECORD,
            "input",
            with(order("seventh", &json!("1")), "/idempotencyKey", json!("first-TWIN")),
            all,
            "BAD",
            false,
        ),
        ("no leave", RECORD, "input", order("eighth", &json!("1")), "loyalty:member:read", "BAD", false),
        (
            "another programme",
            RECORD,
            "input",
            with(first.clone(), "/program", json!("none")),
            all,
            "BAD",
            false,
        ),
        ("a mug", REDEEM, "of", mug.clone(), all, "LoyaltyRewardRedeemed", true),
        ("the same mug", REDEEM, "of", mug.clone(), all, "LoyaltyRewardRedeemed", true),
        ("one mug too many", REDEEM, "of", keyed(&mug, "more"), all, "LoyaltyOutOfStock", false),
        ("points", SPEND, "i", spend.clone(), all, "LoyaltyPointsRedeemed", true),
        (
            "too many points",
            SPEND,
            "i",
            with(keyed(&spend, "much"), "/points", json!(9_000)),
            all,
            "LoyaltyInsufficientPoints",
            false,
        ),
        ("no whole points", SPEND, "i", with(keyed(&spend, "odd"), "/points", json!("2")), all, "BAD", false),
    ] {
        // Two mugs are taken by the twins, and the last by somebody else.
        if what == "one mug too many" {
            let last = json!({"idempotencyKey": "last", "program": "double", "customerId": "c-1", "rewardId": "mug"});
            let caller = house.caller("service", "till", all).await;
            house.slow(&twins.executor, REDEEM, None, &json!({"of": last}).to_string(), &caller).await;
        }
        let (answer, was_quick) = twins.both(query, variable, &input, scopes).await;
        let done = answer["data"].as_object().and_then(|data| data.values().next()?["__typename"].as_str());
        assert_eq!(done.unwrap_or("BAD"), expected, "{what}: {answer}");
        assert_eq!(was_quick, by_the_lane, "{what}: {answer}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusual_document_with_a_change_is_the_executors() {
    let house = House::open().await;
    let executor = house.executor(Limits::default());
    let caller = house.caller("service", "till", SERVICE_SCOPES).await;
    let variables = json!({"input": order("odd", &json!("1"))}).to_string();
    for (document, expected) in [
        (RECORD.to_owned(), true),
        (RECORD.replace("replayed }", "replayed entries { points } }"), false),
        (RECORD.replace("replayed }", "replayed @include(if: true) }"), false),
        (RECORD.replace("done:", "again: loyaltyOrderRecord(input: $input) { __typename } done:"), false),
        (
            RECORD.replace(
                "Input!)",
                "Input! = {idempotencyKey: \"k\", order: {id: \"o\", placedAt: \"2026-01-01T00:00:00Z\",
            currencyCode: \"GBP\", lines: []}})",
            ),
            false,
        ),
        (
            RECORD
                .replace("$input: Loy", "$more: Int, $input: Loy")
                .replace("__typename", "__typename @skip(if: false)"),
            false,
        ),
    ] {
        house.slow(&executor, &document, None, &variables, &caller).await;
        let quick = executor.quick(&document, None, &variables, (&caller, TraceId(1))).await;
        assert_eq!(quick.is_some(), expected, "{document}");
    }
    house.close().await;
}

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

    async fn check(
        &self,
        query: &str,
        variable: &str,
        scopes: &str,
        (what, input, expected, by_the_lane): Row,
    ) {
        let (answer, was_quick) = self.both(query, variable, &input, scopes).await;
        let done = answer["data"].as_object().and_then(|data| data.values().next()?["__typename"].as_str());
        assert_eq!(done.unwrap_or(FAILED), expected, "{what}: {answer}");
        assert_eq!(was_quick, by_the_lane, "{what}: {answer}");
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

/// What is done, with what, what both twins are answered, and whether the lane answers it.
type Row = (&'static str, Value, &'static str, bool);

/// What stands for an answer with errors.
const FAILED: &str = "errors";

fn orders() -> Vec<Row> {
    let recorded = "LoyaltyOrderRecorded";
    let first = || order("first", &json!("7.25"));
    let line = || json!(["1", "A", null, 1, "9.99", null, null]);
    let listed = json!({"idempotencyKey": "list-TWIN", "program": "double", "order": ["list-TWIN", "TWIN",
        "2026-06-01T12:00:00Z", "GBP", null, null, 1, [line()]]});
    let changed = |id: &str, pointer: &str, value: Value| with(order(id, &json!("1")), pointer, value);
    vec![
        // The document is new: the executor must have accepted it. One of the twins' sends it first.
        ("an order", first(), recorded, true),
        ("again", first(), recorded, true),
        ("a second", order("second", &json!("120")), recorded, true),
        ("a whole price", order("third", &json!(3)), recorded, false),
        ("a float", order("fourth", &json!(3.5)), FAILED, false),
        ("a price below zero", order("fifth", &json!("-1")), "LoyaltyInvalidOrder", false),
        ("a field too many", with(first(), "/order/gift", json!(1)), FAILED, false),
        ("a missing field", json!({"idempotencyKey": "k"}), FAILED, false),
        ("a numeric id", changed("sixth", "/order/storeId", json!(7)), recorded, false),
        ("a list for an order", listed, FAILED, false),
        ("a list for a line", changed("line", "/order/lines", json!([line()])), FAILED, false),
        (
            "an object for a kind",
            changed("kind", "/order/lines/0/kind", json!({"PRODUCT": null})),
            FAILED,
            false,
        ),
        ("the key of another", changed("seventh", "/idempotencyKey", json!("first-TWIN")), FAILED, false),
        ("another programme", with(first(), "/program", json!("none")), FAILED, false),
    ]
}

fn mug(key: &str, customer: &str) -> Value {
    json!({"idempotencyKey": key, "program": "double", "customerId": customer, "rewardId": "mug"})
}

fn spending(key: &str, points: &Value) -> Value {
    json!({"idempotencyKey": key, "program": "double", "customerId": "TWIN", "currency": "POINTS", "points": points})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_answered_by_the_lane_as_the_executor_answers_it() {
    let house = House::open().await;
    let twins = Twins { house: &house, executor: house.executor(Limits::default()) };
    let scopes = SERVICE_SCOPES;
    for row in orders() {
        twins.check(RECORD, "input", scopes, row).await;
    }
    // Whoever may not read the member is not shown it; whoever may not write is told so.
    let (write_only, read_only) = ("loyalty:orders:write", "loyalty:member:read");
    let row = ("unseen", order("unseen", &json!("1")), "LoyaltyOrderRecorded", true);
    twins.check(RECORD, "input", write_only, row).await;
    twins.check(RECORD, "input", read_only, ("no leave", order("eighth", &json!("1")), FAILED, false)).await;

    let redeemed = "LoyaltyRewardRedeemed";
    twins.check(REDEEM, "of", scopes, ("a mug", mug("mug-TWIN", "TWIN"), redeemed, true)).await;
    twins.check(REDEEM, "of", scopes, ("the same", mug("mug-TWIN", "TWIN"), redeemed, true)).await;
    // Each of the twins has one; somebody else takes the last.
    let caller = house.caller("service", "till", scopes).await;
    let last = json!({"of": mug("last", "c-1")}).to_string();
    house.slow(&twins.executor, REDEEM, None, &last, &caller).await;
    let row = ("one mug too many", mug("more-TWIN", "TWIN"), "LoyaltyOutOfStock", false);
    twins.check(REDEEM, "of", scopes, row).await;

    let listed = json!(["list-TWIN", "double", "TWIN", "POINTS", 1, null, null]);
    for row in [
        ("points", spending("spend-TWIN", &json!(2)), "LoyaltyPointsRedeemed", true),
        ("too many", spending("many-TWIN", &json!(9_000)), "LoyaltyInsufficientPoints", false),
        ("no whole points", spending("odd-TWIN", &json!("2")), FAILED, false),
        ("a list for all of it", listed, FAILED, false),
    ] {
        twins.check(SPEND, "i", scopes, row).await;
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

//! `_entities`: each representation has its own answer, whatever stands beside it.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, order, record_order, recording, said};
use crate::{on_each_backend, support::Backend};

const ENTITIES: &str = "query($r: [_Any!]!) { it: _entities(representations: $r) { __typename
    ... on Customer { id loyalty(program: \"classic\") { balance { available } } }
    ... on Order { id loyalty(program: \"classic\") { earned } loyaltyQuote(program: \"classic\") { points } }
    ... on Product { sku loyaltyPoints(program: \"classic\") }
    ... on LoyaltyMember { id balance { available } }
    ... on LoyaltyOrder { id earned }
    ... on LoyaltyProgram { id name } } }";

/// What the OMS says of its order.
fn told(id: &str) -> Value {
    json!({"__typename": "Order", "id": id, "customer": {"__typename": "Customer", "id": "c-1"}, "channel": "APP",
        "placedAt": "2026-01-15T10:00:00Z", "currencyCode": "GBP",
        "lines": [{"__typename": "OrderLine", "id": "1", "sku": "A", "kind": "PRODUCT", "quantity": 3,
            "unitPrice": {"__typename": "Money", "amount": "4.20", "currencyCode": "GBP"}}]})
}

#[expect(clippy::needless_pass_by_value, reason = "rows of a table are given away")]
fn product(sku: &str, price: Value) -> Value {
    json!({"__typename": "Product", "sku": sku, "price": price})
}

fn pounds(amount: &str) -> Value {
    json!({"amount": amount, "currencyCode": "GBP"})
}

/// Every good representation with its answer.
fn good(member: &Value) -> Vec<(Value, Value)> {
    vec![
        (
            json!({"__typename": "Customer", "id": "c-1"}),
            json!({"__typename": "Customer", "id": "c-1", "loyalty": {"balance": {"available": 45}}}),
        ),
        (
            json!({"__typename": "Customer", "id": "nobody"}),
            json!({"__typename": "Customer", "id": "nobody", "loyalty": null}),
        ),
        (
            told("o-1"),
            json!({"__typename": "Order", "id": "o-1", "loyalty": {"earned": 45}, "loyaltyQuote": {"points": 12}}),
        ),
        (
            told("o-9"),
            json!({"__typename": "Order", "id": "o-9", "loyalty": null, "loyaltyQuote": {"points": 12}}),
        ),
        (product("A", pounds("10.99")), json!({"__typename": "Product", "sku": "A", "loyaltyPoints": 10})),
        (product("B", Value::Null), json!({"__typename": "Product", "sku": "B", "loyaltyPoints": null})),
        (
            json!({"__typename": "LoyaltyMember", "id": member}),
            json!({"__typename": "LoyaltyMember", "id": member, "balance": {"available": 45}}),
        ),
        (json!({"__typename": "LoyaltyMember", "id": "mem_00000000000000000000000000000000"}), Value::Null),
        (
            json!({"__typename": "LoyaltyOrder", "id": "o-1"}),
            json!({"__typename": "LoyaltyOrder", "id": "o-1", "earned": 45}),
        ),
        (json!({"__typename": "LoyaltyOrder", "id": "o-9"}), Value::Null),
        (
            json!({"__typename": "LoyaltyProgram", "id": "classic"}),
            json!({"__typename": "LoyaltyProgram", "id": "classic", "name": "Classic"}),
        ),
        (json!({"__typename": "LoyaltyProgram", "id": "nowhere"}), Value::Null),
    ]
}

/// A bad representation, its answer, and where below it the error is, with its message.
type Bad = (Value, Value, &'static [&'static str], &'static str);

#[expect(clippy::too_many_lines, reason = "a table")]
fn bad() -> Vec<Bad> {
    let of_order = |change: &str, value: Value| super::with(&told("o-1"), change, value);
    let no_quote =
        json!({"__typename": "Order", "id": "o-1", "loyalty": {"earned": 45}, "loyaltyQuote": null});
    let quote: &[&str] = &["loyaltyQuote"];
    let no_points = json!({"__typename": "Product", "sku": "A", "loyaltyPoints": null});
    let points: &[&str] = &["loyaltyPoints"];
    vec![
        (json!({"__typename": "Customer"}), Value::Null, &[], "representations[1].id: is missing"),
        (
            json!({"__typename": "Customer", "id": null}),
            Value::Null,
            &[],
            "representations[1].id: is missing",
        ),
        (
            json!({"__typename": "Customer", "id": ["c-1"]}),
            Value::Null,
            &[],
            "representations[1].id: must be a string",
        ),
        (
            json!({"__typename": "Customer", "id": ""}),
            Value::Null,
            &[],
            "representations[1].id: must have 1 to 128",
        ),
        (
            json!({"__typename": "Customer", "id": "c\u{0}"}),
            Value::Null,
            &[],
            "representations[1].id: must have 1 to 128",
        ),
        (
            json!({"__typename": "Order", "id": true}),
            Value::Null,
            &[],
            "representations[1].id: must be a string",
        ),
        (json!({"__typename": "Product", "id": "A"}), Value::Null, &[], "representations[1].sku: is missing"),
        (
            json!({"__typename": "LoyaltyMember", "id": "c-1"}),
            Value::Null,
            &[],
            "representations[1].id: `c-1` is no member id",
        ),
        (
            json!({"__typename": "LoyaltyHold", "id": "mem_1"}),
            Value::Null,
            &[],
            "representations[1].id: `mem_1` is no hold id",
        ),
        (json!({"__typename": "LoyaltyRedemption"}), Value::Null, &[], "representations[1].id: is missing"),
        (
            json!({"__typename": "LoyaltyReward", "id": 1.5}),
            Value::Null,
            &[],
            "representations[1].id: must be a string",
        ),
        (
            json!({"__typename": "Basket", "id": "1"}),
            Value::Null,
            &[],
            "`Basket` is no type that this subgraph answers",
        ),
        (
            json!({"__typename": "LoyaltyEntry", "id": "1"}),
            Value::Null,
            &[],
            "`LoyaltyEntry` is no type that this",
        ),
        (json!({"__typename": 7, "id": "1"}), Value::Null, &[], "`7` is no type that this subgraph answers"),
        (json!({"id": "c-1"}), Value::Null, &[], "representations[1].__typename: is missing"),
        (json!("c-1"), Value::Null, &[], "representations[1]: must be an object"),
        (
            json!({"__typename": "Order", "id": "o-1"}),
            no_quote.clone(),
            quote,
            "order.currencyCode: is missing",
        ),
        (of_order("/lines", json!("none")), no_quote.clone(), quote, "order.lines: must be a list"),
        (
            of_order("/placedAt", json!("once")),
            no_quote.clone(),
            quote,
            "order.placedAt: must be an RFC 3339 instant",
        ),
        (of_order("/placedAt", json!("1999-01-01T00:00:00Z")), no_quote.clone(), quote, "order.placedAt: "),
        (of_order("/currencyCode", json!("JPY")), no_quote.clone(), quote, "order.lines[0].unitPrice"),
        (
            of_order("/lines/0/quantity", json!(0)),
            no_quote.clone(),
            quote,
            "order.lines[0].quantity: must be from 1",
        ),
        (
            of_order("/lines/0/unitPrice", json!(4.2)),
            no_quote,
            quote,
            "order.lines[0].unitPrice: must be an object",
        ),
        (
            json!({"__typename": "Product", "sku": "A"}),
            no_points.clone(),
            points,
            "product.price: is missing",
        ),
        (
            product("A", json!({"amount": 1.5, "currencyCode": "GBP"})),
            no_points.clone(),
            points,
            "product.price.amount: must be",
        ),
        (product("A", json!({"amount": "1.5", "currencyCode": "JPY"})), no_points, points, "product.price: "),
    ]
}

async fn a_desk_that_knows_one_order(backend: Backend, environment: &[(&str, &str)]) -> (Desk, Value) {
    let desk = Desk::open_with(backend, environment).await;
    let recorded = desk.ask(&record_order(), &recording("classic", &order("o-1", "c-1"))).await;
    (desk, recorded["member"]["id"].clone())
}

async fn every_representation_has_its_own_answer(backend: Backend) {
    let (desk, member) = a_desk_that_knows_one_order(backend, &[]).await;
    let (asked, expected): (Vec<_>, Vec<_>) = good(&member).into_iter().unzip();
    assert_eq!(desk.oms.data(ENTITIES, json!({"r": asked})).await["it"], json!(expected));
    // In another order, and twice, they are the same.
    let turned: Vec<_> = asked.iter().rev().chain(&asked).cloned().collect();
    let expected: Vec<_> = expected.iter().rev().chain(&expected).cloned().collect();
    assert_eq!(desk.oms.data(ENTITIES, json!({"r": turned})).await["it"], json!(expected));
    desk.close();
}

async fn a_bad_representation_costs_its_neighbours_nothing(backend: Backend) {
    let (desk, member) = a_desk_that_knows_one_order(backend, &[]).await;
    let good = good(&member);
    for (representation, value, place, message) in bad() {
        let mut asked: Vec<Value> = good.iter().map(|(asked, _)| asked.clone()).collect();
        let mut expected: Vec<Value> = good.iter().map(|(_, value)| value.clone()).collect();
        asked.insert(1, representation.clone());
        expected.insert(1, value);
        let answer = desk.oms.ask(ENTITIES, json!({"r": asked})).await;
        assert_eq!(answer["data"]["it"], json!(expected), "{representation}");
        let errors = answer["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{representation}: {errors:#?}");
        let mut path = vec![json!("it"), json!(1)];
        path.extend(place.iter().map(|field| json!(field)));
        assert_eq!(
            (&errors[0]["path"], &errors[0]["extensions"]["code"]),
            (&json!(path), &json!("BAD_USER_INPUT")),
            "{representation}"
        );
        let said = errors[0]["message"].as_str().unwrap();
        assert!(said.contains(message), "{representation}: {said}");
    }
    desk.close();
}

/// All of them bad at once: as many errors, each at its own place.
async fn all_bad_ones_together_have_an_error_each(backend: Backend) {
    let (desk, _) = a_desk_that_knows_one_order(backend, &[]).await;
    let bad = bad();
    let asked: Vec<Value> = bad.iter().map(|(asked, ..)| asked.clone()).collect();
    let answer = desk.oms.ask(ENTITIES, json!({"r": asked})).await;
    let expected: Vec<Value> = bad.iter().map(|(_, value, ..)| value.clone()).collect();
    assert_eq!(answer["data"]["it"], json!(expected));
    let mut places: Vec<i64> =
        answer["errors"].as_array().unwrap().iter().map(|error| error["path"][1].as_i64().unwrap()).collect();
    places.sort_unstable();
    assert_eq!(places, (0..i64::try_from(bad.len()).unwrap()).collect::<Vec<_>>());
    desk.close();
}

/// As gateways send them: several calls in one document, each with errors of its own.
async fn several_calls_of_one_document_keep_apart(backend: Backend) {
    let (desk, _) = a_desk_that_knows_one_order(backend, &[]).await;
    let document = "query($a: [_Any!]!, $b: [_Any!]!) {
        a: _entities(representations: $a) { ... on Customer { loyalty(program: \"classic\") { balance { available } } } }
        b: _entities(representations: $b) { ... on Order { loyalty(program: \"classic\") { earned } } } }";
    let variables = json!({"a": [{"__typename": "Customer"}, {"__typename": "Customer", "id": "c-1"}],
        "b": [{"__typename": "Order", "id": "o-1"}, {"__typename": "Nothing"}]});
    let answer = desk.oms.ask(document, variables).await;
    assert_eq!(
        answer["data"],
        json!({"a": [null, {"loyalty": {"balance": {"available": 45}}}], "b": [{"loyalty": {"earned": 45}}, null]})
    );
    let mut paths: Vec<_> =
        answer["errors"].as_array().unwrap().iter().map(|e| e["path"].to_string()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["[\"a\",0]", "[\"b\",1]"]);
    desk.close();
}

async fn too_many_representations_are_refused_whole(backend: Backend) {
    let (desk, _) = a_desk_that_knows_one_order(backend, &[("LOYALTY_REPRESENTATIONS_MAX", "50")]).await;
    let asked = |count: usize| json!({"r": vec![json!({"__typename": "Customer", "id": "c-1"}); count]});
    let data = desk.oms.data(ENTITIES, asked(50)).await;
    assert_eq!(data["it"].as_array().map(Vec::len), Some(50));
    let answer = desk.oms.ask(ENTITIES, asked(51)).await;
    assert_eq!(said(&answer), "BAD_USER_INPUT representations: at most 50 in one call, not 51");
    assert_eq!(answer["data"], Value::Null);
    assert_eq!(desk.oms.data(ENTITIES, asked(0)).await["it"], json!([]));
    desk.close();
}

on_each_backend!(
    every_representation_has_its_own_answer,
    a_bad_representation_costs_its_neighbours_nothing,
    all_bad_ones_together_have_an_error_each,
    several_calls_of_one_document_keep_apart,
    too_many_representations_are_refused_whole,
);

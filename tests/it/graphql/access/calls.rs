//! How to call each door, and who is let in.

use serde_json::{Value, json};

use crate::graphql::{order, with};

/// One door.
pub(super) struct Call {
    /// A coordinate of the schema, or the name of an entity.
    pub(super) door: &'static str,
    pub(super) document: String,
    /// Of a customer, an order, a member's id, and who asks (for keys of its own).
    pub(super) variables: fn(&str, &str, &str, &str) -> Value,
    /// Everybody else is given nothing.
    pub(super) may: &'static [&'static str],
    /// Whether others are told that they may not; else they see nothing.
    pub(super) is_loud: bool,
}

const READS_MEMBER: &[&str] = &["itself", "loyalty:member:read"];
const READS_ORDER: &[&str] = &["itself", "loyalty:member:read", "loyalty:orders:write"];
const READS_PROGRAM: &[&str] = &["itself", "another", "partner with all scopes", "loyalty:program:read"];
const QUOTES: &[&str] =
    &["itself", "another", "partner with all scopes", "loyalty:program:read", "loyalty:orders:write"];
const WRITES_ORDERS: &[&str] = &["loyalty:orders:write"];

fn entity(of: &str, field: &str) -> String {
    format!(
        "query($r: [_Any!]!) {{ _entities(representations: $r) {{ __typename ... on {of} {{ {field} }} }} }}"
    )
}

fn question(
    door: &'static str,
    document: &str,
    may: &'static [&'static str],
    variables: fn(&str, &str, &str, &str) -> Value,
) -> Call {
    Call { door, document: document.to_owned(), variables, may, is_loud: false }
}

fn command(
    door: &'static str,
    input: &str,
    may: &'static [&'static str],
    variables: fn(&str, &str, &str, &str) -> Value,
) -> Call {
    let field = door.split_once('.').unwrap().1;
    let document = format!("mutation($input: {input}!) {{ it: {field}(input: $input) {{ __typename }} }}");
    Call { door, document, variables, may, is_loud: true }
}

pub(super) fn calls() -> Vec<Call> {
    let mut calls = questions();
    calls.extend(on_types_of_others());
    calls.extend(commands());
    calls
}

fn questions() -> Vec<Call> {
    let quote = "query($input: LoyaltyQuoteInput!) { it: loyaltyQuote(input: $input) { __typename } }";
    vec![
        question(
            "Query.loyaltyProgram",
            "{ it: loyaltyProgram(id: \"classic\") { id } }",
            READS_PROGRAM,
            |_, _, _, _| json!({}),
        ),
        question("Query.loyaltyProgram", "{ it: loyaltyProgram { id } }", READS_PROGRAM, |_, _, _, _| {
            json!({})
        }),
        question(
            "Query.loyaltyPrograms",
            "{ it: loyaltyPrograms { id tiers { id } } }",
            READS_PROGRAM,
            |_, _, _, _| json!({}),
        ),
        question(
            "Query.loyaltyMember",
            "query($id: ID!) { it: loyaltyMember(id: $id) { balance { available } } }",
            READS_MEMBER,
            |_, _, member, _| json!({"id": member}),
        ),
        Call {
            is_loud: true,
            ..question(
                "Query.loyaltyQuote",
                quote,
                READS_MEMBER,
                |customer, id, _, _| json!({"input": {"program": "classic", "order": order(id, customer)}}),
            )
        },
        Call {
            is_loud: true,
            ..question(
                "Query.loyaltyQuote",
                quote,
                QUOTES,
                |_, id, _, _| json!({"input": {"program": "classic", "order": with(&order(id, ""), "/customerId", Value::Null)}}),
            )
        },
        Call {
            is_loud: true,
            ..question(
                "Query.loyaltyQuote",
                quote,
                READS_MEMBER,
                |customer, id, _, _| json!({"input": {"customerId": customer, "order": with(&order(id, ""), "/customerId", Value::Null)}}),
            )
        },
        question(
            "LoyaltyProgram",
            &entity("LoyaltyProgram", "id"),
            READS_PROGRAM,
            |_, _, _, _| json!({"r": [{"__typename": "LoyaltyProgram", "id": "classic"}]}),
        ),
        question(
            "LoyaltyMember",
            &entity("LoyaltyMember", "id"),
            READS_MEMBER,
            |_, _, member, _| json!({"r": [{"__typename": "LoyaltyMember", "id": member}]}),
        ),
        question(
            "LoyaltyOrder",
            &entity("LoyaltyOrder", "id earned"),
            READS_ORDER,
            |_, order, _, _| json!({"r": [{"__typename": "LoyaltyOrder", "id": order}]}),
        ),
    ]
}

fn customer(customer: &str, _: &str, _: &str, _: &str) -> Value {
    json!({"r": [{"__typename": "Customer", "id": customer}]})
}

fn told_order(customer: &str, order: &str, _: &str, _: &str) -> Value {
    json!({"r": [{"__typename": "Order", "id": order, "customer": {"id": customer}, "channel": null,
        "placedAt": "2026-01-15T10:00:00Z", "currencyCode": "GBP", "lines": [{"id": "1", "sku": "A", "kind": "PRODUCT",
            "quantity": 1, "unitPrice": {"amount": "5", "currencyCode": "GBP"}}]}]})
}

fn product(customer: &str, _: &str, _: &str, _: &str) -> Value {
    let price = json!({"amount": "5", "currencyCode": "GBP"});
    json!({"c": customer, "r": [{"__typename": "Product", "sku": "A", "price": price}]})
}

fn on_types_of_others() -> Vec<Call> {
    let named = "query($r: [_Any!]!, $c: ID!) { _entities(representations: $r) { __typename
        ... on Product { it: loyaltyPoints(program: \"classic\", customerId: $c) } } }";
    vec![
        question(
            "Customer.loyalty",
            &entity("Customer", "it: loyalty(program: \"classic\") { id }"),
            READS_MEMBER,
            customer,
        ),
        question(
            "Customer.loyaltyMemberships",
            &entity("Customer", "it: loyaltyMemberships { id }"),
            READS_MEMBER,
            customer,
        ),
        question(
            "Order.loyalty",
            &entity("Order", "it: loyalty(program: \"classic\") { earned }"),
            READS_ORDER,
            told_order,
        ),
        question(
            "Order.loyaltyQuote",
            &entity("Order", "it: loyaltyQuote(program: \"classic\") { points }"),
            READS_MEMBER,
            told_order,
        ),
        question(
            "Product.loyaltyPoints",
            &entity("Product", "it: loyaltyPoints(program: \"classic\")"),
            QUOTES,
            product_of_nobody,
        ),
        question("Product.loyaltyPoints", named, READS_MEMBER, product),
    ]
}

fn product_of_nobody(customer: &str, order: &str, member: &str, who: &str) -> Value {
    json!({"r": product(customer, order, member, who)["r"]})
}

fn commands() -> Vec<Call> {
    vec![
        command(
            "Mutation.loyaltyMemberEnroll",
            "LoyaltyMemberEnrollInput",
            &["itself", "loyalty:member:write"],
            |customer, _, _, who| json!({"input": {"program": "tiered", "idempotencyKey": who, "customerId": customer}}),
        ),
        command(
            "Mutation.loyaltyOrderRecord",
            "LoyaltyOrderRecordInput",
            WRITES_ORDERS,
            |customer, id, _, who| json!({"input": {"program": "tiered", "idempotencyKey": format!("order {who}"), "order": order(id, customer)}}),
        ),
        command(
            "Mutation.loyaltyReturnRecord",
            "LoyaltyReturnRecordInput",
            WRITES_ORDERS,
            |_, order, _, who| {
                json!({"input": {"program": "classic", "idempotencyKey": format!("return {who}"), "return": {"id": "r-1",
                "orderId": order, "returnedAt": "2026-02-01T10:00:00Z", "lines": [{"lineId": "1", "quantity": 1}]}}})
            },
        ),
        command(
            "Mutation.loyaltyEventsIngest",
            "LoyaltyEventsIngestInput",
            WRITES_ORDERS,
            |customer, id, _, _| json!({"input": {"program": "classic", "events": [{"order": order(&format!("{id}-2"), customer)}]}}),
        ),
        command(
            "Mutation.loyaltyPointsAdjust",
            "LoyaltyPointsAdjustInput",
            &["loyalty:points:adjust"],
            |customer, _, _, who| {
                json!({"input": {"program": "classic", "idempotencyKey": format!("adjust {who}"), "customerId": customer,
                "points": 1, "reason": "goodwill"}})
            },
        ),
        command(
            "Mutation.loyaltyOrderCancel",
            "LoyaltyOrderCancelInput",
            WRITES_ORDERS,
            |_, order, _, who| json!({"input": {"program": "classic", "idempotencyKey": format!("cancel {who}"), "orderId": order}}),
        ),
    ]
}

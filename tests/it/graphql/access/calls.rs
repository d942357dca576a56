//! How to call each door, and who is let in.

mod commands;

use serde_json::{Value, json};

use self::commands::commands;
use super::askers::May;
use crate::graphql::{order, with};

/// What calls name: things that are there, or things that are not.
pub(super) struct Names {
    pub(super) customer: String,
    pub(super) order: String,
    pub(super) member: String,
    pub(super) hold: String,
    pub(super) redemption: String,
    pub(super) entry: String,
}

impl Names {
    /// Names of nothing.
    pub(super) fn of_nothing() -> Self {
        let zeros = "0".repeat(32);
        Self {
            customer: "c-9".to_owned(),
            order: "o-9".to_owned(),
            member: format!("mem_{zeros}"),
            hold: format!("hld_{zeros}"),
            redemption: format!("red_{zeros}"),
            entry: format!("ent_{zeros}_1"),
        }
    }

    /// An answer without them, to compare it with one to other names.
    pub(super) fn hidden(&self, answer: &Value) -> String {
        let all = [&self.customer, &self.order, &self.hold, &self.redemption, &self.entry, &self.member];
        all.into_iter().fold(answer.to_string(), |text, id| text.replace(id, "X"))
    }
}

/// One door.
pub(super) struct Call {
    /// A coordinate of the schema, or the name of an entity.
    pub(super) door: &'static str,
    pub(super) document: String,
    /// Of what is named, and who asks (for keys of its own).
    pub(super) variables: fn(&Names, &str) -> Value,
    /// Everybody else is given nothing.
    pub(super) may: May,
    /// Whether others are told that they may not; else they see nothing.
    pub(super) is_loud: bool,
}

const READS_MEMBER: May =
    May { itself: true, another: false, scopes: &["loyalty:member:read"], partners: &[] };
const READS_ORDER: May = May { scopes: &["loyalty:member:read", "loyalty:orders:write"], ..READS_MEMBER };
const READS_PROGRAM: May = May {
    itself: true,
    another: true,
    scopes: &["loyalty:program:read"],
    partners: &["loyalty:program:read"],
};
const QUOTES: May = May { scopes: &["loyalty:program:read", "loyalty:orders:write"], ..READS_PROGRAM };

const READS_AUDIT: May = May { itself: false, scopes: &["loyalty:audit:read"], ..READS_MEMBER };

fn entity(of: &str, field: &str) -> String {
    format!(
        "query($r: [_Any!]!) {{ _entities(representations: $r) {{ __typename ... on {of} {{ {field} }} }} }}"
    )
}

fn question(door: &'static str, document: &str, may: May, variables: fn(&Names, &str) -> Value) -> Call {
    Call { door, document: document.to_owned(), variables, may, is_loud: false }
}

pub(super) fn calls() -> Vec<Call> {
    let mut calls = questions();
    calls.push(audit());
    calls.extend(on_types_of_others());
    calls.extend(commands());
    calls
}

fn audit() -> Call {
    let document = "{ it: loyaltyAuditRecords(program: \"classic\") { nodes { id } } }";
    Call { is_loud: true, ..question("Query.loyaltyAuditRecords", document, READS_AUDIT, |_, _| json!({})) }
}

fn questions() -> Vec<Call> {
    let quote = "query($input: LoyaltyQuoteInput!) { it: loyaltyQuote(input: $input) { __typename } }";
    vec![
        question(
            "Query.loyaltyProgram",
            "{ it: loyaltyProgram(id: \"classic\") { id } }",
            READS_PROGRAM,
            |_, _| json!({}),
        ),
        question("Query.loyaltyProgram", "{ it: loyaltyProgram { id } }", READS_PROGRAM, |_, _| json!({})),
        question(
            "Query.loyaltyPrograms",
            "{ it: loyaltyPrograms { id tiers { id } } }",
            READS_PROGRAM,
            |_, _| json!({}),
        ),
        question(
            "Query.loyaltyMember",
            "query($id: ID!) { it: loyaltyMember(id: $id) { balance { available } } }",
            READS_MEMBER,
            |names, _| json!({"id": names.member}),
        ),
        Call {
            is_loud: true,
            ..question(
                "Query.loyaltyQuote",
                quote,
                READS_MEMBER,
                |names, _| json!({"input": {"program": "classic", "order": order(&names.order, &names.customer)}}),
            )
        },
        Call {
            is_loud: true,
            ..question(
                "Query.loyaltyQuote",
                quote,
                QUOTES,
                |names, _| json!({"input": {"program": "classic", "order": with(&order(&names.order, ""), "/customerId", Value::Null)}}),
            )
        },
        Call {
            is_loud: true,
            ..question(
                "Query.loyaltyQuote",
                quote,
                READS_MEMBER,
                |names, _| json!({"input": {"customerId": names.customer, "order": with(&order(&names.order, ""), "/customerId", Value::Null)}}),
            )
        },
        Call {
            is_loud: true,
            ..question(
                "Subscription.loyaltyBalanceChanged",
                "subscription($c: ID!) { it: loyaltyBalanceChanged(customerId: $c, program: \"classic\") { id } }",
                READS_MEMBER,
                |names, _| json!({"c": names.customer}),
            )
        },
        question(
            "LoyaltyProgram",
            &entity("LoyaltyProgram", "id"),
            READS_PROGRAM,
            |_, _| json!({"r": [{"__typename": "LoyaltyProgram", "id": "classic"}]}),
        ),
        question(
            "LoyaltyMember",
            &entity("LoyaltyMember", "id"),
            READS_MEMBER,
            |names, _| json!({"r": [{"__typename": "LoyaltyMember", "id": names.member}]}),
        ),
        question(
            "LoyaltyOrder",
            &entity("LoyaltyOrder", "id earned"),
            READS_ORDER,
            |names, _| json!({"r": [{"__typename": "LoyaltyOrder", "id": names.order}]}),
        ),
        question(
            "LoyaltyHold",
            &entity("LoyaltyHold", "id points"),
            READS_MEMBER,
            |names, _| json!({"r": [{"__typename": "LoyaltyHold", "id": names.hold}]}),
        ),
        question(
            "LoyaltyRedemption",
            &entity("LoyaltyRedemption", "id points"),
            READS_MEMBER,
            |names, _| json!({"r": [{"__typename": "LoyaltyRedemption", "id": names.redemption}]}),
        ),
        question(
            "LoyaltyReward",
            &entity("LoyaltyReward", "id points stock"),
            READS_PROGRAM,
            |_, _| json!({"r": [{"__typename": "LoyaltyReward", "id": "mug"}]}),
        ),
    ]
}

fn customer(names: &Names, _: &str) -> Value {
    json!({"r": [{"__typename": "Customer", "id": names.customer}]})
}

fn told_order(names: &Names, _: &str) -> Value {
    json!({"r": [{"__typename": "Order", "id": names.order, "customer": {"id": names.customer}, "channel": null,
        "placedAt": "2026-01-15T10:00:00Z", "currencyCode": "GBP", "lines": [{"id": "1", "sku": "A", "kind": "PRODUCT",
            "quantity": 1, "unitPrice": {"amount": "5", "currencyCode": "GBP"}}]}]})
}

fn product(names: &Names, _: &str) -> Value {
    let price = json!({"amount": "5", "currencyCode": "GBP"});
    json!({"c": names.customer, "r": [{"__typename": "Product", "sku": "A", "price": price}]})
}

fn stocked(_: &Names, _: &str) -> Value {
    json!({"r": [{"__typename": "Product", "sku": "A", "stock": 3}]})
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
        question(
            "Product.loyaltyRewards",
            &entity("Product", "it: loyaltyRewards(program: \"shop\") { id }"),
            READS_PROGRAM,
            stocked,
        ),
    ]
}

fn product_of_nobody(names: &Names, who: &str) -> Value {
    json!({"r": product(names, who)["r"]})
}

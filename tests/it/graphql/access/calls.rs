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
    pub(super) sku: String,
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
            sku: "A".to_owned(),
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
    /// What is asked of an entity; the roots are asked by the document alone.
    pub(super) asked: Option<&'static str>,
    /// Of what is named, and who asks (for keys of its own).
    pub(super) variables: fn(&Names, &str) -> Value,
    /// Everybody else is given nothing.
    pub(super) may: May,
    /// Whether others are told that they may not; else they see nothing.
    pub(super) is_loud: bool,
}

const READS_MEMBER: May = May { partners: &["loyalty:member:read"], ..QUOTES_MEMBER };
const QUOTES_MEMBER: May =
    May { itself: true, another: false, scopes: &["loyalty:member:read"], partners: &[] };
const READS_ORDER: May = May { scopes: &["loyalty:member:read", "loyalty:orders:write"], ..QUOTES_MEMBER };
const READS_PROGRAM: May = May {
    itself: true,
    another: true,
    scopes: &["loyalty:program:read"],
    partners: &["loyalty:program:read"],
};
const QUOTES: May = May { scopes: &["loyalty:program:read", "loyalty:orders:write"], ..READS_PROGRAM };

const CHECKS: May = May { itself: false, scopes: &["loyalty:program:write"], ..QUOTES_MEMBER };
const CLASSIC: &str = include_str!("../../../../schema/programs/classic.json");
const READS_AUDIT: May = May { itself: false, scopes: &["loyalty:audit:read"], ..QUOTES_MEMBER };

fn question(door: &'static str, document: &str, may: May, variables: fn(&Names, &str) -> Value) -> Call {
    Call { door, document: document.to_owned(), asked: None, variables, may, is_loud: false }
}

/// The type that a door is of.
pub(super) fn kind(door: &str) -> &str {
    door.split('.').next().unwrap_or(door)
}

/// A question as a router asks it.
fn entity(door: &'static str, field: &'static str, may: May, variables: fn(&Names, &str) -> Value) -> Call {
    let of = kind(door);
    let customer = if field.contains("$c") { ", $c: ID!" } else { "" };
    let document = format!(
        "query($r: [_Any!]!{customer}) {{ _entities(representations: $r) {{ __typename ... on {of} {{ {field} }} }} }}"
    );
    Call { asked: Some(field), ..question(door, &document, may, variables) }
}

pub(super) fn calls() -> Vec<Call> {
    let mut calls = questions();
    calls.extend([audit(), check()]);
    calls.extend(on_types_of_others());
    calls.extend(commands());
    calls
}

fn audit() -> Call {
    let document = "{ it: loyaltyAuditRecords(program: \"classic\") { nodes { id } } }";
    Call { is_loud: true, ..question("Query.loyaltyAuditRecords", document, READS_AUDIT, |_, _| json!({})) }
}

fn check() -> Call {
    let document =
        "query($document: String!) { it: loyaltyProgramCheck(document: $document) { programId isKnown } }";
    let variables = |_: &Names, _: &str| json!({"document": CLASSIC});
    Call { is_loud: true, ..question("Query.loyaltyProgramCheck", document, CHECKS, variables) }
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
                QUOTES_MEMBER,
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
                QUOTES_MEMBER,
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
        entity(
            "LoyaltyProgram",
            "id",
            READS_PROGRAM,
            |_, _| json!({"r": [{"__typename": "LoyaltyProgram", "id": "classic"}]}),
        ),
        entity(
            "LoyaltyMember",
            "id",
            READS_MEMBER,
            |names, _| json!({"r": [{"__typename": "LoyaltyMember", "id": names.member}]}),
        ),
        entity(
            "LoyaltyOrder",
            "id earned",
            READS_ORDER,
            |names, _| json!({"r": [{"__typename": "LoyaltyOrder", "id": names.order}]}),
        ),
        entity(
            "LoyaltyHold",
            "id points",
            READS_MEMBER,
            |names, _| json!({"r": [{"__typename": "LoyaltyHold", "id": names.hold}]}),
        ),
        entity(
            "LoyaltyRedemption",
            "id points",
            READS_MEMBER,
            |names, _| json!({"r": [{"__typename": "LoyaltyRedemption", "id": names.redemption}]}),
        ),
        entity(
            "LoyaltyReward",
            "id points stock",
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
    json!({"c": names.customer, "r": [{"__typename": "Product", "sku": names.sku, "price": price}]})
}

fn stocked(names: &Names, _: &str) -> Value {
    json!({"r": [{"__typename": "Product", "sku": names.sku, "stock": 3}]})
}

fn on_types_of_others() -> Vec<Call> {
    let named = "it: loyaltyPoints(program: \"classic\", customerId: $c)";
    vec![
        entity("Customer.loyalty", "it: loyalty(program: \"classic\") { id }", READS_MEMBER, customer),
        entity("Customer.loyaltyMemberships", "it: loyaltyMemberships { id }", READS_MEMBER, customer),
        entity("Order.loyalty", "it: loyalty(program: \"classic\") { earned }", READS_ORDER, told_order),
        entity(
            "Order.loyaltyQuote",
            "it: loyaltyQuote(program: \"classic\") { points }",
            QUOTES_MEMBER,
            told_order,
        ),
        entity("Product.loyaltyPoints", "it: loyaltyPoints(program: \"classic\")", QUOTES, product_of_nobody),
        entity("Product.loyaltyPoints", named, QUOTES_MEMBER, product),
        entity(
            "Product.loyaltyRewards",
            "it: loyaltyRewards(program: \"shop\") { id }",
            READS_PROGRAM,
            stocked,
        ),
    ]
}

fn product_of_nobody(names: &Names, who: &str) -> Value {
    json!({"r": product(names, who)["r"]})
}

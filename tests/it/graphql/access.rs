//! Who may what: every question, every mutation, every subscription and every field on others' types, by everybody. A field
//! that the table does not know fails the test.

mod askers;
mod below;
mod calls;
mod gateway;
mod programs;
mod secrets;
mod tokens;

use std::collections::BTreeSet;

use async_graphql::parser::{
    parse_schema,
    types::{ConstDirective, TypeKind, TypeSystemDefinition},
};
use loyalty::auth::{
    PrincipalKind,
    scopes::{Customers, RULES, Scope},
};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use self::{
    askers::{Asker, everybody},
    calls::{Call, Names, calls},
};
use super::{Desk, SHOP, hold, link, order, record_order, recording, redeem};
use crate::{
    on_each_backend,
    support::{Backend, client::token},
};

/// Fields that a caller can begin with: of the roots, and what loyalty adds to the types of others; and its own entities.
fn doors() -> BTreeSet<String> {
    let sdl = include_str!("../../../schema/loyalty.graphql");
    let has = |directives: &[async_graphql::Positioned<ConstDirective>], name: &str| {
        directives.iter().any(|directive| directive.node.name.node == name)
    };
    let mut doors = BTreeSet::new();
    for definition in parse_schema(sdl).unwrap().definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let name = definition.node.name.node.to_string();
        let is_entity = has(&definition.node.directives, "key");
        let TypeKind::Object(object) = definition.node.kind else { continue };
        if is_entity && name.starts_with("Loyalty") {
            doors.insert(name.clone());
        }
        let begins = ["Query", "Mutation", "Subscription"].contains(&name.as_str());
        if !begins && (!is_entity || name.starts_with("Loyalty")) {
            continue;
        }
        for field in object.fields {
            let is_key = !begins && ["id", "sku"].contains(&field.node.name.node.as_str());
            if !is_key && !has(&field.node.directives, "external") {
                doors.insert(format!("{name}.{}", field.node.name.node));
            }
        }
    }
    doors
}

#[test]
fn every_door_of_the_schema_is_in_the_table() {
    let known: BTreeSet<String> = calls().into_iter().map(|call| call.door.to_owned()).collect();
    assert_eq!(known, doors());
    assert!(known.len() > 30, "{known:?}");
}

/// What these tests expect of each door was written down by itself; it is what the rules say.
#[test]
fn the_rules_say_what_is_expected() {
    let names = |scopes: &[Scope]| scopes.iter().map(|scope| scope.name()).collect::<BTreeSet<_>>();
    for call in calls() {
        let rules = RULES.iter().filter(|rule| rule.places.contains(&call.door));
        let is_expected = |rule: &&loyalty::auth::scopes::Rule| {
            rule.customers == customers(&call)
                && names(rule.scopes) == call.may.scopes.iter().copied().collect()
                && names(rule.partners) == call.may.partners.iter().copied().collect()
        };
        assert_eq!(rules.filter(is_expected).count(), 1, "{}: {}", call.door, call.document);
    }
}

fn customers(call: &Call) -> Customers {
    match (call.may.itself, call.may.another) {
        (true, true) => Customers::Any,
        (true, false) => Customers::Own,
        _ => Customers::Nothing,
    }
}

/// A desk that knows `o-1` of `c-1`, in the programme `classic`, who has linked the partner `acme`, and what that partner's app
/// has held and spent.
async fn desk(backend: Backend) -> (Desk, Names) {
    desk_with(backend, SHOP).await
}

async fn desk_with(backend: Backend, programs: &str) -> (Desk, Names) {
    desk_about(backend, programs, "c-1", "o-1").await
}

/// The same about another customer and order.
async fn desk_about(backend: Backend, programs: &str, customer: &str, order_id: &str) -> (Desk, Names) {
    let desk = Desk::open_with(backend, &[("LOYALTY_PROGRAMS", programs)]).await;
    let recorded = desk.ask(&record_order(), &recording("classic", &order(order_id, customer))).await;
    let linking =
        json!({"program": "classic", "idempotencyKey": "l", "customerId": customer, "partnerId": "acme"});
    assert_eq!(desk.ask(&link(), &linking).await["__typename"], "LoyaltyPartnerLinked");
    let acme = token(PrincipalKind::Partner, "acme", "loyalty:points:hold");
    let acme = desk.server.client().with_token(&acme);
    let spending = json!({"program": "classic", "idempotencyKey": "a", "customerId": customer, "points": 2});
    let spent =
        async |document: &str, input: Value| acme.data(document, json!({"input": input})).await["it"].clone();
    let redeemed = spent(&redeem(), spending.clone()).await;
    let held = spent(&hold(), super::with(&spending, "/idempotencyKey", json!("b"))).await;
    let id = |it: &Value| it["id"].as_str().unwrap().to_owned();
    let names = Names {
        customer: customer.to_owned(),
        order: order_id.to_owned(),
        member: id(&recorded["member"]),
        hold: id(&held["hold"]),
        redemption: id(&redeemed["redemption"]),
        entry: id(&recorded["entries"][0]),
        sku: "A".to_owned(),
    };
    (desk, names)
}

/// What an answer gives: nothing where it is null, empty, or an error.
fn gives(answer: &Value) -> bool {
    let data = &answer["data"];
    let entity = |it: &Value| if it["it"].is_null() { it["__typename"].clone() } else { it["it"].clone() };
    let it = if data["_entities"].is_array() { entity(&data["_entities"][0]) } else { data["it"].clone() };
    let is_shared = ["Customer", "Order", "Product"].iter().any(|name| it == *name);
    answer.get("errors").is_none() && !it.is_null() && it != json!([]) && !is_shared
}

/// How nothing is given: an error to nobody in particular, null or an error to whoever has a token.
fn check_denial(call: &Call, asker: &Asker, answer: &Value) {
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    let place = format!("{} by {}: {answer:#}", call.document, asker.who);
    let expected = match (asker.is_nobody(), call.is_loud) {
        (true, _) => Some("UNAUTHENTICATED"),
        (false, true) => Some("FORBIDDEN"),
        (false, false) => None,
    };
    assert_eq!(code, expected, "{place}");
}

async fn only_who_may_is_answered(backend: Backend) {
    let (desk, names) = desk(backend).await;
    let everybody = everybody(&desk.server.client(), ["c-1", "c-2"]);
    for call in calls() {
        let before = desk.written().await;
        let (may, may_not): (Vec<_>, Vec<_>) = everybody.iter().partition(|asker| call.may.lets(asker));
        assert!(!may.is_empty() && !may_not.is_empty(), "{}", call.door);
        for asker in may_not {
            let answer = asker.ask(&call, (call.variables)(&names, &asker.who)).await;
            assert!(!gives(&answer), "{} is given to {}: {answer:#}", call.door, asker.who);
            check_denial(&call, asker, &answer);
        }
        assert_eq!(desk.written().await, before, "{}: who may not wrote", call.door);
        for asker in may {
            let answer = asker.ask(&call, (call.variables)(&names, &asker.who)).await;
            assert!(gives(&answer), "{} is not given to {}: {answer:#}", call.door, asker.who);
        }
    }
    desk.close();
}

/// To whoever may not see it, what is there and what is not look alike: byte for byte, but for the ids that it sent.
async fn unknown_and_forbidden_look_alike(backend: Backend) {
    let (desk, names) = desk(backend).await;
    let nothing = Names::of_nothing();
    let everybody = everybody(&desk.server.client(), ["c-1", "c-2"]);
    for call in calls() {
        for asker in everybody.iter().filter(|asker| !call.may.lets(asker)) {
            let forbidden = asker.ask(&call, (call.variables)(&names, &asker.who)).await;
            let unknown = asker.ask(&call, (call.variables)(&nothing, &asker.who)).await;
            assert_eq!(names.hidden(&forbidden), nothing.hidden(&unknown), "{} by {}", call.door, asker.who);
        }
    }
    desk.close();
}

/// To a partner whom the member has not linked there is no member, whatever its scopes, and whatever it asks.
async fn to_a_stranger_nobody_is_there(backend: Backend) {
    let (desk, names) = desk(backend).await;
    let nothing = Names::of_nothing();
    let stranger = Asker::stranger(&desk.server.client());
    let mut asked = 0;
    let before = desk.written().await;
    // A subscription waits until there is a member: `partner` listens to one.
    let answered = |call: &&Call| call.may.lets(&stranger) && !call.door.starts_with("Subscription.");
    for call in calls().iter().filter(answered) {
        let known = stranger.ask(call, (call.variables)(&names, "known")).await;
        let unknown = stranger.ask(call, (call.variables)(&nothing, "unknown")).await;
        assert_eq!(names.hidden(&known), nothing.hidden(&unknown), "{}", call.door);
        asked += 1;
    }
    assert!(asked > 10, "{asked}");
    assert_eq!(desk.written().await, before);
    desk.close();
}

on_each_backend!(only_who_may_is_answered, unknown_and_forbidden_look_alike, to_a_stranger_nobody_is_there);

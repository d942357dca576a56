//! Who may what: every question, every mutation and every field on others' types, by everybody. A field that the table
//! does not know fails the test.

mod calls;

use std::collections::BTreeSet;

use async_graphql::parser::{
    parse_schema,
    types::{ConstDirective, TypeKind, TypeSystemDefinition},
};
use loyalty::auth::PrincipalKind;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use self::calls::{Call, Names, calls};
use super::{Desk, SHOP, hold, order, record_order, recording, redeem};
use crate::{
    on_each_backend,
    support::{
        Backend, Client,
        client::{SERVICE_SCOPES, token},
    },
};

/// Everybody there is, by name.
fn callers(door: &Client) -> Vec<(String, Client)> {
    let mut callers = vec![
        ("nobody".to_owned(), door.clone()),
        ("itself".to_owned(), door.customer("c-1")),
        ("another".to_owned(), door.customer("c-2")),
        ("partner".to_owned(), door.with_token(&token(PrincipalKind::Partner, "shop", ""))),
        (
            "partner with all scopes".to_owned(),
            door.with_token(&token(PrincipalKind::Partner, "shop", SERVICE_SCOPES)),
        ),
        ("service".to_owned(), door.service("")),
    ];
    callers.extend(SERVICE_SCOPES.split(' ').map(|scope| (scope.to_owned(), door.service(scope))));
    callers
}

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
        let begins = ["Query", "Mutation"].contains(&name.as_str());
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
    assert!(known.len() > 15, "{known:?}");
}

/// A desk that knows `o-1` of `c-1`, in the programme `classic`, what it holds and what it has spent.
async fn desk(backend: Backend) -> (Desk, Names) {
    let desk = Desk::open_with(backend, &[("LOYALTY_PROGRAMS", SHOP)]).await;
    let recorded = desk.ask(&record_order(), &recording("classic", &order("o-1", "c-1"))).await;
    let spending = json!({"program": "classic", "idempotencyKey": "a", "customerId": "c-1", "points": 2});
    let redeemed = desk.ask(&redeem(), &spending).await;
    let held = desk.ask(&hold(), &super::with(&spending, "/idempotencyKey", json!("b"))).await;
    let id = |it: &Value| it["id"].as_str().unwrap().to_owned();
    let names = Names {
        customer: "c-1".to_owned(),
        order: "o-1".to_owned(),
        member: id(&recorded["member"]),
        hold: id(&held["hold"]),
        redemption: id(&redeemed["redemption"]),
        entry: id(&recorded["entries"][0]),
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
fn check_denial(call: &Call, who: &str, answer: &Value) {
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    let place = format!("{} by {who}: {answer:#}", call.document);
    match who {
        "nobody" => assert_eq!(code, Some("UNAUTHENTICATED"), "{place}"),
        _ if call.is_loud => assert_eq!(code, Some("FORBIDDEN"), "{place}"),
        _ => assert_eq!(code, None, "{place}"),
    }
}

async fn only_who_may_is_answered(backend: Backend) {
    let (desk, names) = desk(backend).await;
    let callers = callers(&desk.server.client());
    for call in calls() {
        let known: Vec<&str> = callers.iter().map(|(who, _)| who.as_str()).collect();
        assert!(call.may.iter().all(|who| known.contains(who)), "{:?}", call.may);
        let before = desk.written().await;
        let (may, may_not): (Vec<_>, Vec<_>) =
            callers.iter().partition(|(who, _)| call.may.contains(&who.as_str()));
        for (who, client) in may_not {
            let answer = client.ask(&call.document, (call.variables)(&names, who)).await;
            assert!(!gives(&answer), "{} is given to {who}: {answer:#}", call.door);
            check_denial(&call, who, &answer);
        }
        assert_eq!(desk.written().await, before, "{}: who may not wrote", call.door);
        for (who, client) in may {
            let answer = client.ask(&call.document, (call.variables)(&names, who)).await;
            assert!(gives(&answer), "{} is not given to {who}: {answer:#}", call.door);
        }
    }
    desk.close();
}

/// To whoever may not see it, what is there and what is not look alike: byte for byte, but for the ids that it sent.
async fn unknown_and_forbidden_look_alike(backend: Backend) {
    let (desk, names) = desk(backend).await;
    let nothing = Names::of_nothing();
    for call in calls() {
        for (who, client) in callers(&desk.server.client()) {
            if call.may.contains(&who.as_str()) {
                continue;
            }
            let forbidden = client.ask(&call.document, (call.variables)(&names, &who)).await.to_string();
            let unknown = client.ask(&call.document, (call.variables)(&nothing, &who)).await.to_string();
            let plain = |text: String, names: &Names| {
                names.all().into_iter().fold(text, |text, id| text.replace(id, "X"))
            };
            assert_eq!(plain(forbidden, &names), plain(unknown, &nothing), "{} by {who}", call.door);
        }
    }
    desk.close();
}

/// A result shows the member only to whoever may read it: writing orders is not reading members.
async fn a_result_shows_what_may_be_read(backend: Backend) {
    let (desk, _) = desk(backend).await;
    let writer = desk.server.client().service("loyalty:orders:write");
    let document = "mutation($input: LoyaltyOrderRecordInput!) { it: loyaltyOrderRecord(input: $input) {
        ... on LoyaltyOrderRecorded { member { id } order { earned member { id } } entries { points } } } }";
    let data = writer.data(document, json!({"input": recording("classic", &order("o-2", "c-1"))})).await;
    assert_eq!(
        data["it"],
        json!({"member": null, "order": {"earned": 45, "member": null}, "entries": [{"points": 45}]})
    );
    desk.close();
}

on_each_backend!(only_who_may_is_answered, unknown_and_forbidden_look_alike, a_result_shows_what_may_be_read);

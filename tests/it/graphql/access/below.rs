//! What a result shows of the member that it changed, and where it ends: whoever may act on a member may not read everything
//! about it. What lies deeper asks again.

use std::collections::BTreeSet;

use async_graphql::parser::{
    parse_schema,
    types::{TypeKind, TypeSystemDefinition},
};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::desk;
use crate::{
    graphql::{order, recording, with},
    on_each_backend,
    support::{Backend, client::now},
};

/// Fields of a member that read more than the member itself, and how they are asked for.
const DEEPER: [(&str, &str); 3] = [
    ("asOf", "asOf(at: \"NOW\") { at }"),
    ("entries", "entries(first: 1) { nodes { id } }"),
    ("orders", "orders(first: 1) { nodes { id } }"),
];

/// What reads more has arguments, and a new one has to be thought of.
#[test]
fn every_field_of_a_member_that_reads_more_is_known() {
    let sdl = parse_schema(include_str!("../../../../schema/loyalty.graphql")).unwrap();
    let fields = sdl.definitions.into_iter().find_map(|definition| match definition {
        TypeSystemDefinition::Type(of) if of.node.name.node == "LoyaltyMember" => match of.node.kind {
            TypeKind::Object(object) => Some(object.fields),
            _ => None,
        },
        _ => None,
    });
    let fields = fields.unwrap().into_iter().map(|field| field.node);
    let with_arguments = fields.filter(|field| !field.arguments.is_empty());
    let names: BTreeSet<String> = with_arguments.map(|field| field.name.node.to_string()).collect();
    assert_eq!(names, DEEPER.into_iter().map(|(name, _)| name.to_owned()).collect());
}

/// A scope that lets somebody act, the mutation with its input, and the result that shows a member.
fn acts() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let input = |more: Value| {
        let mut input = json!({"program": "classic", "customerId": "c-1"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let enrolling = with(&input(json!({})), "/program", json!("tiered"));
    let giving = json!({"points": 5, "reason": "goodwill"});
    let blocking = json!({"reason": "fraud"});
    vec![
        ("loyalty:points:hold", "loyaltyPointsHold", input(json!({"points": 1})), "LoyaltyPointsHeld"),
        ("loyalty:points:hold", "loyaltyPointsRedeem", input(json!({"points": 1})), "LoyaltyPointsRedeemed"),
        ("loyalty:points:adjust", "loyaltyPointsAdjust", input(giving), "LoyaltyPointsAdjusted"),
        ("loyalty:member:write", "loyaltyMemberEnroll", enrolling, "LoyaltyMemberEnrolled"),
        ("loyalty:member:write", "loyaltyMemberBlock", input(blocking), "LoyaltyMemberIsBlocked"),
    ]
}

async fn what_lies_deeper_asks_again(backend: Backend) {
    let (desk, _) = desk(backend).await;
    let door = desk.server.client();
    for (scope, mutation, input, result) in acts() {
        let type_of_input = format!("L{}Input", &mutation[1..]);
        let asking = |deeper: &str| {
            format!(
                "mutation($input: {type_of_input}!) {{ it: {mutation}(input: $input) {{ __typename
                ... on {result} {{ member {{ id {deeper} }} }} }} }}"
            )
        };
        let actor = door.service(scope);
        // A command's answer to the same key is the same, so each is done once and then shown.
        let keyed = with(&input, "/idempotencyKey", json!(mutation));
        let customer = "customer { id loyalty(program: \"classic\") { id } loyaltyMemberships { id } }";
        let shown = actor.data(&asking(customer), json!({"input": keyed})).await["it"].clone();
        assert_eq!(shown["__typename"], result, "{shown:#}");
        let plain = json!({"id": "c-1", "loyalty": null, "loyaltyMemberships": null});
        assert_eq!(shown["member"]["customer"], plain, "{mutation}");
        for (name, deeper) in DEEPER {
            let deeper = &deeper.replace("NOW", &now().to_rfc3339());
            let answer = actor.ask(&asking(deeper), json!({"input": keyed})).await;
            assert_eq!(
                answer["errors"][0]["extensions"]["code"], "FORBIDDEN",
                "{mutation} {name}: {answer:#}"
            );
            assert!(!answer.to_string().contains("ent_"), "{answer:#}");
            let reader = door.service(&format!("{scope} loyalty:member:read"));
            let answer = reader.data(&asking(deeper), json!({"input": keyed})).await;
            assert_ne!(answer["it"]["member"][name], Value::Null, "{mutation} {name}: {answer:#}");
        }
    }
    desk.close();
}

/// Writing orders is not reading members.
async fn an_order_shows_its_member_to_whoever_may_read_it(backend: Backend) {
    let (desk, _) = desk(backend).await;
    let writer = desk.server.client().service("loyalty:orders:write");
    let document = "mutation($input: LoyaltyOrderRecordInput!) { it: loyaltyOrderRecord(input: $input) {
        ... on LoyaltyOrderRecorded { member { id } order { earned member { id } redemptions { points member { id } } }
            entries { points } } } }";
    let data = writer.data(document, json!({"input": recording("classic", &order("o-2", "c-1"))})).await;
    assert_eq!(
        data["it"],
        json!({"member": null, "order": {"earned": 45, "member": null, "redemptions": []}, "entries": [{"points": 45}]})
    );
    let spending = json!({"program": "classic", "idempotencyKey": "c", "customerId": "c-1", "points": 3, "orderId": "o-2"});
    desk.ask(&crate::graphql::redeem(), &spending).await;
    let document = "query($r: [_Any!]!) { _entities(representations: $r) { ... on LoyaltyOrder {
        spent member { id } redemptions { points member { id } } } } }";
    let data = writer.data(document, json!({"r": [{"__typename": "LoyaltyOrder", "id": "o-2"}]})).await;
    let redemptions = json!([{"points": 3, "member": null}]);
    assert_eq!(data["_entities"][0], json!({"spent": 3, "member": null, "redemptions": redemptions}));
    desk.close();
}

on_each_backend!(what_lies_deeper_asks_again, an_order_shows_its_member_to_whoever_may_read_it);

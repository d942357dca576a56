//! Programmes beside each other: to a token that is for some of them, the others do not exist.

use loyalty::auth::{MintRequest, PrincipalKind};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{
    askers::{Programs, limited_to},
    calls::{Names, calls},
    desk_with, gives,
};
use crate::{
    graphql::{SHOP, enroll, said},
    on_each_backend,
    support::{
        Backend, Client,
        client::{SERVICE_SCOPES, minted},
    },
};

/// Where everything is.
const OTHERS: [&str; 3] = ["classic", "tiered", "shop"];
/// Where nothing is.
const STRICT: Programs = Some(&["strict"]);

/// `classic`, which is the default, `tiered`, `shop` and `strict`.
fn four() -> String {
    format!("{SHOP},{}", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/strict.json"))
}

/// Doors that answer a token out of its own programme where none is named, or say that they found nothing.
const ANSWERING: [&str; 6] = [
    "Query.loyaltyProgram",
    "Query.loyaltyPrograms",
    "Query.loyaltyQuote",
    "Mutation.loyaltyHoldRelease",
    "Mutation.loyaltyHoldCapture",
    "Mutation.loyaltyRedemptionReverse",
];

/// A text with programmes' names replaced by one that nothing has.
fn renamed(text: &str) -> String {
    OTHERS.into_iter().fold(text.to_owned(), |text, name| {
        text.replace(&format!("\"{name}\""), "\"nonesuch\"").replace(&format!("`{name}`"), "`nonesuch`")
    })
}

async fn other_programmes_are_as_if_they_were_not(backend: Backend) {
    let (desk, names) = desk_with(backend, &four()).await;
    let (nothing, before) = (Names::of_nothing(), desk.written().await);
    for call in calls() {
        for asker in limited_to(&desk.server.client(), STRICT) {
            let place = format!("{} by {}", call.document, asker.who);
            let variables = (call.variables)(&names, &asker.who);
            let answer = asker.ask(&call, variables.clone()).await;
            assert!(!gives(&answer) || ANSWERING.contains(&call.door), "{place}: {answer:#}");

            // Programmes that are there, and programmes that are not.
            let elsewhere = serde_json::from_str(&renamed(&variables.to_string())).unwrap();
            let elsewhere = asker.ask_for(&call, &renamed(&call.document), elsewhere).await.to_string();
            assert_eq!(renamed(&answer.to_string()), elsewhere, "{place}");
            assert_eq!(renamed(&elsewhere), elsewhere, "{place}: other programmes are named");

            // Rows that are there, and rows that are not. Whom a customer is, the token says itself.
            if !asker.is_customer() {
                let unknown = asker.ask(&call, (call.variables)(&nothing, &asker.who)).await;
                assert_eq!(names.hidden(&answer), nothing.hidden(&unknown), "{place}");
            }
        }
    }
    assert_eq!(desk.written().await, before, "somebody wrote into another programme");
    desk.close();
}

fn service(door: &Client, programs: &[&str]) -> Client {
    let names = |names: &mut dyn Iterator<Item = &str>| names.map(str::to_owned).collect();
    door.with_token(&minted(MintRequest {
        kind: PrincipalKind::Service,
        subject: "oms".to_owned(),
        scope: names(&mut SERVICE_SCOPES.split(' ')),
        programs: Some(names(&mut programs.iter().copied())),
        ..MintRequest::default()
    }))
}

/// The default programme, all programmes, and the memberships of `c-1`, as a token sees them.
async fn seen(client: &Client) -> [Value; 3] {
    let document = "query($r: [_Any!]!) { loyaltyProgram { id } loyaltyPrograms { id }
        _entities(representations: $r) { ... on Customer { loyaltyMemberships { program { id } } } } }";
    let data = client.data(document, json!({"r": [{"__typename": "Customer", "id": "c-1"}]})).await;
    let ids = |list: &Value, place: &str| {
        list.as_array().map(|items| items.iter().map(|item| item.pointer(place).unwrap().clone()).collect())
    };
    let memberships = ids(&data["_entities"][0]["loyaltyMemberships"], "/program/id");
    [data["loyaltyProgram"]["id"].clone(), ids(&data["loyaltyPrograms"], "/id").unwrap(), json!(memberships)]
}

async fn a_token_lives_in_its_own_programmes(backend: Backend) {
    let (desk, _) = desk_with(backend, &four()).await;
    let door = desk.server.client();
    // The OMS has used the key in `classic`, for something else; and no programme is named.
    let input = json!({"idempotencyKey": "a", "customerId": "c-1"});
    let enrolled = service(&door, &["strict"]).data(&enroll(), json!({"input": input})).await["it"].clone();
    assert_eq!(enrolled["__typename"], "LoyaltyMemberEnrolled", "{enrolled:#}");
    assert_eq!(
        (&enrolled["replayed"], &enrolled["member"]["program"]["id"]),
        (&json!(false), &json!("strict"))
    );

    for (programs, expected) in [
        (&["strict"][..], json!(["strict", ["strict"], ["strict"]])),
        (&["strict", "classic"], json!(["classic", ["classic", "strict"], ["classic", "strict"]])),
        (&["shop", "tiered"], json!(["shop", ["shop", "tiered"], []])),
        (&["gone", "tiered", "shop"], json!(["tiered", ["shop", "tiered"], []])),
        (&["gone"], json!([null, [], null])),
        (&[], json!([null, [], null])),
    ] {
        // The second time the entities may be answered another way.
        for _ in 0..2 {
            assert_eq!(json!(seen(&service(&door, programs)).await), expected, "{programs:?}");
        }
    }
    let everywhere = json!(["classic", ["classic", "shop", "strict", "tiered"], ["classic", "strict"]]);
    assert_eq!(json!(seen(&desk.oms).await), everywhere);
    let nowhere = service(&door, &["gone"]).ask(&enroll(), json!({"input": input})).await;
    assert_eq!(said(&nowhere), "BAD_USER_INPUT input.program: the token is for no programme that is served");
    desk.close();
}

on_each_backend!(other_programmes_are_as_if_they_were_not, a_token_lives_in_its_own_programmes);

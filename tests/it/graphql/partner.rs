//! Partners: they see members who have linked them, and of those what is not others'.

use loyalty::auth::PrincipalKind;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{
    Desk, adjust, capture, enroll, hold, link, merge::merge, order, record_order, recording, redeem, release,
    reverse, said, subscription::Line, unlink, with,
};
use crate::{
    on_each_backend,
    support::{Backend, Client, client::token},
};

const SCOPES: &str = "loyalty:member:read loyalty:points:hold loyalty:points:adjust loyalty:program:read";

const SEES: &str =
    "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { loyalty(program: \"shop\") {
    status balance { available held } partners { partnerId } holds { id }
    orders { nodes { id } } entries { nodes { kind points partnerId allocations { entryId } } } } } } }";

fn app(desk: &Desk, partner: &str) -> Client {
    desk.server.client().with_token(&token(PrincipalKind::Partner, partner, SCOPES))
}

fn about(key: &str, more: &Value) -> Value {
    let mut input = json!({"program": "shop", "idempotencyKey": key, "customerId": "c-1"});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn does(client: &Client, document: &str, input: Value) -> Value {
    client.data(document, json!({"input": input})).await["it"].clone()
}

/// What a partner sees of a customer.
async fn sees(client: &Client, customer: &str) -> Value {
    let data = client.data(SEES, json!({"r": [{"__typename": "Customer", "id": customer}]})).await;
    data["_entities"][0]["loyalty"].clone()
}

fn lines(member: &Value) -> Vec<(String, i64)> {
    let line =
        |entry: &Value| (entry["kind"].as_str().unwrap().to_owned(), entry["points"].as_i64().unwrap());
    member["entries"]["nodes"].as_array().unwrap().iter().map(line).collect()
}

/// A desk at the shop whose `c-1` has linked the airline, by the customer's own token.
async fn linked(backend: Backend) -> Desk {
    let desk = Desk::at_the_shop(backend).await;
    let shopper = desk.server.client().customer("c-1");
    let done = does(&shopper, &link(), about("link", &json!({"partnerId": "airline"}))).await;
    assert_eq!(done["member"]["partners"], json!([{"partnerId": "airline"}]));
    desk
}

async fn a_partner_sees_its_own_of_those_who_linked_it(backend: Backend) {
    let desk = linked(backend).await;
    let (airline, hotel) = (app(&desk, "airline"), app(&desk, "hotel"));
    desk.ask(&record_order(), &recording("shop", &order("o-1", "c-1"))).await;
    assert_eq!(sees(&hotel, "c-1").await, Value::Null);
    assert_eq!(sees(&airline, "c-2").await, Value::Null);
    let seen = sees(&airline, "c-1").await;
    assert_eq!(seen["partners"], json!([{"partnerId": "airline"}]));
    assert_eq!((lines(&seen), &seen["orders"]["nodes"]), (vec![], &json!([])));

    // It gives, holds, spends, captures, releases and reverses; each is its own.
    let given = does(&airline, &adjust(), about("a", &json!({"points": 7, "reason": "a flight"}))).await;
    assert_eq!(given["entries"][0]["partnerId"], "airline");
    let held = does(&airline, &hold(), about("b", &json!({"points": 3}))).await["hold"]["id"].clone();
    let seen = sees(&airline, "c-1").await;
    assert_eq!(seen["holds"], json!([{"id": held}]));
    let captured = does(&airline, &capture(), json!({"idempotencyKey": "c", "holdId": held})).await;
    assert_eq!(captured["__typename"], "LoyaltyHoldCaptured");
    let spent =
        does(&airline, &redeem(), about("d", &json!({"points": 5}))).await["redemption"]["id"].clone();
    does(&airline, &reverse(), json!({"idempotencyKey": "e", "redemptionId": spent})).await;
    let own = [("RECREDIT", 5), ("REDEEM", -5), ("CAPTURE", -3), ("HOLD", 0), ("ADJUST", 7)];
    let seen = sees(&airline, "c-1").await;
    assert_eq!(lines(&seen), own.map(|(kind, points)| (kind.to_owned(), points)));
    for entry in seen["entries"]["nodes"].as_array().unwrap() {
        assert_eq!((&entry["partnerId"], &entry["allocations"]), (&json!("airline"), &json!([])));
    }
    // The brand sees all of it, with the credits that paid.
    let whole = sees(&desk.oms, "c-1").await;
    assert!(lines(&whole).len() > own.len());
    let paid = |entry: &&Value| entry["kind"] == "REDEEM" && entry["allocations"] != json!([]);
    assert_eq!(whole["entries"]["nodes"].as_array().unwrap().iter().filter(paid).count(), 1);
    assert!(lines(&whole).iter().any(|(kind, _)| kind == "EARN"));

    // Orders are the brand's, and so is when credits come and go.
    for input in [
        about("o", &json!({"points": 1, "orderId": "o-1"})),
        about("o", &json!({"points": 1, "orderId": "o-9"})),
    ] {
        for document in [redeem(), hold()] {
            let refused = airline.ask(&document, json!({"input": input})).await;
            let expected = "FORBIDDEN the token does not allow it: a request without `orderId` is needed";
            assert_eq!(said(&refused), expected);
        }
    }
    let coming = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { loyalty(program: \"shop\") {
        balance { expiries { points } activations { points } } } } } }";
    let coming = airline.data(coming, json!({"r": [{"__typename": "Customer", "id": "c-1"}]})).await;
    let nothing = json!({"balance": {"expiries": [], "activations": []}});
    assert_eq!(coming["_entities"][0]["loyalty"], nothing);
    // Taking is not for partners.
    let taking = about("f", &json!({"points": -1, "reason": "x"}));
    let refused = airline.ask(&adjust(), json!({"input": taking})).await;
    assert_eq!(said(&refused), "FORBIDDEN the token does not allow it: points above 0 is needed");
    desk.close();
}

async fn what_others_hold_and_spend_is_not_there(backend: Backend) {
    let desk = linked(backend).await;
    let (airline, hotel) = (app(&desk, "airline"), app(&desk, "hotel"));
    desk.ask(&link(), &about("hotel", &json!({"partnerId": "hotel"}))).await;
    let held = does(&hotel, &hold(), about("h", &json!({"points": 3}))).await["hold"]["id"].clone();
    let of_brand = desk.ask(&hold(), &about("h", &json!({"points": 4}))).await["hold"]["id"].clone();
    let spent = does(&hotel, &redeem(), about("r", &json!({"points": 5}))).await["redemption"]["id"].clone();

    let seen = sees(&airline, "c-1").await;
    assert_eq!((lines(&seen), &seen["holds"]), (vec![], &json!([])));
    // What is in the balance is: it could not spend from it otherwise.
    assert_eq!(seen["balance"], json!({"available": 100 - 3 - 4 - 5, "held": 7}));
    assert_eq!(sees(&hotel, "c-1").await["holds"], json!([{"id": held}]));
    let by_id = "query($r: [_Any!]!) { _entities(representations: $r) { ... on LoyaltyHold { id } ... on LoyaltyRedemption { id } } }";
    for (client, expected) in
        [(&airline, json!([null, null])), (&hotel, json!([{"id": held}, {"id": spent}]))]
    {
        let keys = json!({"r": [{"__typename": "LoyaltyHold", "id": held}, {"__typename": "LoyaltyRedemption", "id": spent}]});
        assert_eq!(client.data(by_id, keys).await["_entities"], expected);
    }
    for id in [&held, &of_brand] {
        for (document, key) in [(capture(), "c"), (release(), "r2")] {
            let answer = does(&airline, &document, json!({"idempotencyKey": key, "holdId": id})).await;
            assert_eq!(answer["__typename"], "LoyaltyHoldNotFound");
        }
    }
    let answer = does(&airline, &reverse(), json!({"idempotencyKey": "x", "redemptionId": spent})).await;
    assert_eq!(answer["__typename"], "LoyaltyRedemptionNotFound");
    // Keys are a partner's own: the same one is free to the other.
    let own = does(&airline, &redeem(), about("r", &json!({"points": 5}))).await;
    assert_eq!((&own["__typename"], &own["replayed"]), (&json!("LoyaltyPointsRedeemed"), &json!(false)));
    desk.close();
}

async fn who_is_unlinked_sees_nothing_any_more(backend: Backend) {
    let desk = linked(backend).await;
    let (airline, shopper) = (app(&desk, "airline"), desk.server.client().customer("c-1"));
    let given = about("a", &json!({"points": 7, "reason": "a flight"}));
    does(&airline, &adjust(), given.clone()).await;
    let held = does(&airline, &hold(), about("b", &json!({"points": 3}))).await["hold"]["id"].clone();
    let again = does(&shopper, &link(), about("again", &json!({"partnerId": "airline"}))).await;
    assert_eq!(again["member"]["partners"], json!([{"partnerId": "airline"}]), "linked once");
    let mut line =
        Line::with_token(&desk.server.address, &token(PrincipalKind::Partner, "airline", SCOPES)).await;
    line.subscribe(
        "subscription($c: ID!) { it: loyaltyBalanceChanged(customerId: $c, program: \"shop\") { balance { held } } }",
        "c-1",
    )
    .await;
    assert_eq!(line.hear().await["payload"]["data"]["it"], json!({"balance": {"held": 3}}));

    let gone = does(&shopper, &unlink(), about("unlink", &json!({"partnerId": "airline"}))).await;
    assert_eq!(gone["member"]["partners"], json!([]));
    assert_eq!(sees(&airline, "c-1").await, Value::Null);
    let answer = does(&airline, &redeem(), about("c", &json!({"points": 1}))).await;
    assert_eq!(answer["__typename"], "LoyaltyNotAMember");
    let answer = does(&airline, &capture(), json!({"idempotencyKey": "d", "holdId": held})).await;
    assert_eq!(answer["__typename"], "LoyaltyHoldNotFound");
    // A key of before is no way around it.
    assert_eq!(does(&airline, &adjust(), given).await["__typename"], "LoyaltyNotAMember");
    // What changes now is not told to whoever listened.
    does(&shopper, &redeem(), about("s", &json!({"points": 1}))).await;
    does(&shopper, &link(), about("back", &json!({"partnerId": "airline"}))).await;
    let heard = line.hear().await["payload"]["data"]["it"].clone();
    assert_eq!(heard, json!({"balance": {"held": 3}}), "it hears of the member that is back, once");
    desk.close();
}

async fn only_the_customer_and_the_brand_link(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let linking = json!({"input": about("k", &json!({"partnerId": "airline"}))});
    for client in [app(&desk, "airline"), desk.server.client().customer("c-2")] {
        let answer = client.ask(&link(), linking.clone()).await;
        assert_eq!(said(&answer).split(' ').next(), Some("FORBIDDEN"));
    }
    let nobody = with(&linking["input"], "/customerId", json!("c-9"));
    assert_eq!(desk.ask(&link(), &nobody).await["__typename"], "LoyaltyNotAMember");
    for partner in ["", "a\u{7}"] {
        let answer =
            desk.oms.ask(&link(), json!({"input": about("k", &json!({"partnerId": partner}))})).await;
        assert_eq!(said(&answer), "BAD_USER_INPUT input.partnerId: must have 1 to 128 printable characters");
    }
    let first = desk.ask_again(&link(), &linking["input"]).await;
    assert_eq!(first["member"]["partners"], json!([{"partnerId": "airline"}]));
    desk.close();
}

async fn links_move_with_a_merge(backend: Backend) {
    let desk = linked(backend).await;
    let airline = app(&desk, "airline");
    assert_eq!(sees(&airline, "c-2").await, Value::Null);
    let merging =
        json!({"program": "shop", "idempotencyKey": "m", "fromCustomerId": "c-1", "intoCustomerId": "c-2"});
    desk.ask(&merge(), &merging).await;
    for customer in ["c-1", "c-2"] {
        assert_eq!(sees(&airline, customer).await["balance"]["available"], 100);
    }
    // Unlinking the one that they have become closes both names.
    desk.ask(&unlink(), &with(&about("u", &json!({"partnerId": "airline"})), "/customerId", json!("c-2")))
        .await;
    for customer in ["c-1", "c-2"] {
        assert_eq!(sees(&airline, customer).await, Value::Null);
    }
    desk.close();
}

/// Links and what partners made are the same after a restart, from the database.
async fn partners_are_kept(backend: Backend) {
    let desk = linked(backend).await;
    let airline = app(&desk, "airline");
    let held = does(&airline, &hold(), about("b", &json!({"points": 3}))).await["hold"]["id"].clone();
    let before = sees(&airline, "c-1").await;
    let Desk { database, server, .. } = desk;
    server.stop();
    let server = crate::support::Server::start_with(&database, &[("LOYALTY_PROGRAMS", super::SHOP)]);
    let airline = server.client().with_token(&token(PrincipalKind::Partner, "airline", SCOPES));
    assert_eq!(sees(&airline, "c-1").await, before);
    let answer = does(&airline, &capture(), json!({"idempotencyKey": "c", "holdId": held})).await;
    assert_eq!(answer["__typename"], "LoyaltyHoldCaptured");
    let enrol = json!({"input": {"program": "shop", "idempotencyKey": "e", "customerId": "c-7"}});
    server.client().oms().data(&enroll(), enrol).await;
    server.stop();
    crate::support::server::verify(&database);
}

on_each_backend!(
    a_partner_sees_its_own_of_those_who_linked_it,
    what_others_hold_and_spend_is_not_there,
    who_is_unlinked_sees_nothing_any_more,
    only_the_customer_and_the_brand_link,
    links_move_with_a_merge,
    partners_are_kept,
);

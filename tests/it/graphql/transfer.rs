//! Transfers: points that go to another member, with the end that they have.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, ENTRY, MEMBER, NOT_SPENT, mutation};
use crate::{on_each_backend, support::Backend};

fn transfer() -> String {
    let shows = format!(
        "... on LoyaltyPointsTransferred {{ replayed member {{ {MEMBER} }} entries {{ {ENTRY} }} }} {NOT_SPENT}"
    );
    mutation("loyaltyPointsTransfer", "LoyaltyPointsTransferInput", &shows)
}

fn giving(key: &str, from: &str, to: &str, points: i64) -> Value {
    json!({"program": "shop", "idempotencyKey": key, "fromCustomerId": from, "toCustomerId": to, "points": points})
}

async fn points_keep_their_end(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let answer = desk.ask_again(&transfer(), &giving("t", "c-1", "c-2", 50)).await;
    assert_eq!(answer["member"]["customer"]["id"], "c-1");
    let entries = answer["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "the giver's alone");
    assert_eq!((&entries[0]["kind"], &entries[0]["points"]), (&json!("TRANSFER_OUT"), &json!(-50)));
    assert_eq!((desk.balance("c-1").await, desk.balance("c-2").await), ([50, 0, 0], [50, 0, 0]));
    let document = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { loyalty(program: \"shop\") {
        balance { expiries { at points } } entries { nodes { kind points expiresAt } } } } } }";
    let data = desk.oms.data(document, json!({"r": [{"__typename": "Customer", "id": "c-2"}]})).await;
    let taker = &data["_entities"][0]["loyalty"];
    assert_eq!(taker["balance"]["expiries"], json!([{"at": "2998-01-01T00:00:00Z", "points": 40}]));
    assert_eq!(
        taker["entries"]["nodes"],
        json!([{"kind": "TRANSFER_IN", "points": 10, "expiresAt": null},
            {"kind": "TRANSFER_IN", "points": 40, "expiresAt": "2998-01-01T00:00:00Z"}])
    );
    desk.close();
}

async fn what_is_not_there_is_not_given(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let too_much = desk.ask(&transfer(), &giving("a", "c-1", "c-2", 101)).await;
    assert_eq!(
        (&too_much["__typename"], &too_much["missing"]),
        (&json!("LoyaltyInsufficientPoints"), &json!(1))
    );
    for (from, to) in [("c-1", "c-9"), ("c-9", "c-1")] {
        let nobody = desk.ask(&transfer(), &giving("b", from, to, 1)).await;
        assert_eq!(
            (&nobody["__typename"], &nobody["customerId"]),
            (&json!("LoyaltyNotAMember"), &json!("c-9"))
        );
    }
    desk.close();
}

on_each_backend!(points_keep_their_end, what_is_not_there_is_not_given);

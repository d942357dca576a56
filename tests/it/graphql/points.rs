//! Points given and taken by hand.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, adjust, enroll, with};
use crate::{on_each_backend, support::Backend};

fn giving(key: &str, points: i64, expires_at: Option<&str>) -> Value {
    json!({"program": "classic", "idempotencyKey": key, "customerId": "c-1", "points": points, "reason": "goodwill",
        "expiresAt": expires_at})
}

async fn member(desk: &Desk) {
    desk.ask(&enroll(), &json!({"program": "classic", "idempotencyKey": "join", "customerId": "c-1"})).await;
}

async fn given_points_have_the_life_that_is_named(backend: Backend) {
    let desk = Desk::open(backend).await;
    member(&desk).await;
    let answer = desk.ask(&adjust(), &giving("k-1", 30, Some("2999-06-01T02:00:00+02:00"))).await;
    let entry = &answer["entries"][0];
    assert_eq!(
        answer["entries"],
        json!([{"id": entry["id"], "kind": "ADJUST", "currencyCode": "POINTS", "points": 30, "amount": 30, "balanceAfter": 30,
            "occurredAt": entry["recordedAt"], "recordedAt": entry["recordedAt"], "activatesAt": entry["recordedAt"],
            "expiresAt": "2999-06-01T00:00:00Z", "orderId": null, "reason": "goodwill", "programVersion": 1,
            "allocations": [], "partnerId": null, "explanation": null}])
    );
    let balance = &answer["member"]["balance"];
    assert_eq!(balance["expiries"], json!([{"at": "2999-06-01T00:00:00Z", "points": 30}]));
    assert_eq!(
        (&balance["available"], &balance["lifetimeEarned"], &balance["version"]),
        (&json!(30), &json!(0), &json!(1))
    );

    assert_eq!(
        desk.ask(&adjust(), &giving("k-1", 30, Some("2999-06-01T00:00:00Z"))).await,
        with(&answer, "/replayed", json!(true))
    );
    assert_eq!(desk.database.number("SELECT count(*) FROM entries").await, 1);
    desk.close();
}

/// What ends soonest is taken first, what never ends last; every loss names who paid.
async fn taking_names_the_credits_that_paid(backend: Backend) {
    let desk = Desk::open(backend).await;
    member(&desk).await;
    let mut lots = Vec::new();
    for (key, points, expires_at) in [
        ("never", 10, None),
        ("late", 10, Some("2999-01-01T00:00:00Z")),
        ("soon", 10, Some("2998-01-01T00:00:00Z")),
    ] {
        lots.push(desk.ask(&adjust(), &giving(key, points, expires_at)).await["entries"][0]["id"].clone());
    }
    let [never, late, soon] = lots.try_into().unwrap();
    let part =
        |lot: &Value, points, at: Option<&str>| json!({"entryId": lot, "points": points, "expiresAt": at});
    for (key, taken, allocations) in [
        ("a", 4, json!([part(&soon, 4, Some("2998-01-01T00:00:00Z"))])),
        (
            "b",
            8,
            json!([
                part(&late, 2, Some("2999-01-01T00:00:00Z")),
                part(&soon, 6, Some("2998-01-01T00:00:00Z"))
            ]),
        ),
        ("c", 18, json!([part(&never, 10, None), part(&late, 8, Some("2999-01-01T00:00:00Z"))])),
    ] {
        let answer = desk.ask(&adjust(), &giving(key, -taken, None)).await;
        let entry = &answer["entries"][0];
        // Listed in the order in which the credits were given.
        assert_eq!((&entry["points"], &entry["allocations"]), (&json!(-taken), &allocations), "{key}");
        let again = desk.ask(&adjust(), &giving(key, -taken, None)).await;
        assert_eq!(again["entries"], answer["entries"], "{key}: a replay is the same");
    }
    assert_eq!(desk.ask(&adjust(), &giving("d", -1, None)).await["__typename"], "LoyaltyInsufficientPoints");
    desk.close();
}

on_each_backend!(given_points_have_the_life_that_is_named, taking_names_the_credits_that_paid);

//! What cannot be right of holding, spending and giving: see [`super::bad_input`].

use serde_json::json;

use super::{
    Desk,
    bad_input::{Row, check},
    capture, hold, hold_reward, order, record_order, recording, redeem, redeem_reward, release, reverse,
};
use crate::{on_each_backend, support::Backend};

/// Rows that every input with a programme, a key and a customer has.
fn of_all() -> Vec<Row> {
    vec![
        ("/program", json!("nowhere"), "BAD_USER_INPUT input.program: there is no programme `nowhere`"),
        ("/idempotencyKey", json!(""), "BAD_USER_INPUT input.idempotencyKey: must have 1 to 128"),
        ("/idempotencyKey", json!("c-1"), "IDEMPOTENCY_CONFLICT the idempotency key `c-1`"),
        ("/customerId", json!("c-9"), "LoyaltyNotAMember: customer `c-9` is not a member"),
        ("/customerId", json!("c\u{0}"), "LoyaltyNotAMember: customer `c\u{0}` is not a member"),
        ("/customerId", json!(null), "BAD_USER_INPUT "),
    ]
}

fn of_points() -> Vec<Row> {
    vec![
        ("/points", json!(0), "BAD_USER_INPUT input.points: must be from 1 to 2^53"),
        ("/points", json!(-1), "BAD_USER_INPUT input.points: must be from 1 to 2^53"),
        ("/points", json!(0.5), "BAD_USER_INPUT "),
        ("/points", json!(9_007_199_254_740_993_i64), "BAD_USER_INPUT "),
        ("/points", json!(101), "LoyaltyInsufficientPoints: 101 points are needed and 100 are available"),
        ("/currency", json!("MILES"), "BAD_USER_INPUT input.currency: the programme has no currency `MILES`"),
        ("/currency", json!("STARS"), "LoyaltyInsufficientPoints: 1 points are needed and 0 are available"),
    ]
}

fn of_order() -> Vec<Row> {
    vec![
        ("/orderId", json!(""), "BAD_USER_INPUT input.orderId: must have 1 to 128"),
        ("/orderId", json!("o\u{0}"), "BAD_USER_INPUT input.orderId: must have 1 to 128"),
        ("/orderId", json!("o-2"), "BAD_USER_INPUT input.orderId: order `o-2` is another customer's"),
    ]
}

fn of_ttl() -> Vec<Row> {
    [0, -1, 2_592_001]
        .map(|ttl| ("/ttlSeconds", json!(ttl), "BAD_USER_INPUT input.ttlSeconds: must be from 1 to 2592000"))
        .into()
}

/// A desk at the shop that knows `o-2` of `c-2`.
async fn used_desk(backend: Backend) -> Desk {
    let desk = Desk::at_the_shop(backend).await;
    desk.ask(&record_order(), &recording("shop", &order("o-2", "c-2"))).await;
    desk
}

async fn a_hold(backend: Backend) {
    let desk = used_desk(backend).await;
    let sound = json!({"program": "shop", "idempotencyKey": "k", "customerId": "c-1", "points": 1});
    check(&desk, &hold(), &sound, [of_all(), of_points(), of_order(), of_ttl()].concat()).await;
    let sound = json!({"program": "shop", "idempotencyKey": "k", "customerId": "c-1", "rewardId": "mug"});
    let rewards = vec![
        ("/rewardId", json!("cup"), "LoyaltyRewardNotFound: there is no reward `cup`"),
        ("/rewardId", json!("poster"), "LoyaltyOutOfStock: of reward `poster` 0 are left"),
    ];
    check(&desk, &hold_reward(), &sound, [of_all(), of_order(), of_ttl(), rewards].concat()).await;
    desk.close();
}

async fn an_end(backend: Backend) {
    let desk = used_desk(backend).await;
    let held = json!({"program": "shop", "idempotencyKey": "h", "customerId": "c-1", "points": 10});
    let id = desk.ask(&hold(), &held).await["hold"]["id"].clone();
    let sound = json!({"idempotencyKey": "k", "holdId": id});
    let of_end = vec![
        ("/idempotencyKey", json!(""), "BAD_USER_INPUT input.idempotencyKey: must have 1 to 128"),
        ("/idempotencyKey", json!("h"), "IDEMPOTENCY_CONFLICT the idempotency key `h`"),
        (
            "/holdId",
            json!("h-1"),
            "BAD_USER_INPUT input.holdId: `h-1` is no hold id: it does not start with `hld_`",
        ),
        (
            "/holdId",
            json!("hld_00000000000000000000000000000000"),
            "LoyaltyHoldNotFound: there is no hold `hld_00000000000000000000000000000000`",
        ),
    ];
    let of_capture = vec![
        ("/points", json!(0), "BAD_USER_INPUT input.points: must be above 0"),
        ("/points", json!(11), "LoyaltyHoldExceeded: 11 points are to be captured and 10 are held"),
    ];
    check(&desk, &capture(), &sound, [of_end.clone(), of_capture, of_order()].concat()).await;
    check(&desk, &release(), &sound, of_end).await;
    desk.close();
}

async fn a_redemption(backend: Backend) {
    let desk = used_desk(backend).await;
    let sound = json!({"program": "shop", "idempotencyKey": "k", "customerId": "c-1", "points": 1});
    let reasons = vec![("/reason", json!(""), "BAD_USER_INPUT input.reason: must have 1 to 128")];
    check(&desk, &redeem(), &sound, [of_all(), of_points(), of_order(), reasons].concat()).await;
    let sound = json!({"program": "shop", "idempotencyKey": "k", "customerId": "c-1", "rewardId": "mug"});
    let rewards = vec![
        ("/rewardId", json!("cup"), "LoyaltyRewardNotFound: there is no reward `cup`"),
        ("/rewardId", json!("poster"), "LoyaltyOutOfStock: of reward `poster` 0 are left"),
    ];
    check(&desk, &redeem_reward(), &sound, [of_all(), of_order(), rewards].concat()).await;
    let sound = json!({"idempotencyKey": "k", "redemptionId": "red_00000000000000000000000000000000"});
    let rows = vec![
        ("/idempotencyKey", json!(""), "BAD_USER_INPUT input.idempotencyKey: must have 1 to 128"),
        ("/redemptionId", json!("r"), "BAD_USER_INPUT input.redemptionId: `r` is no redemption id"),
        (
            "/redemptionId",
            json!("red_00000000000000000000000000000000"),
            "LoyaltyRedemptionNotFound: there is no redemption `red_00000000000000000000000000000000`",
        ),
    ];
    check(&desk, &reverse(), &sound, rows).await;
    desk.close();
}

async fn a_change_of_members_and_lots(backend: Backend) {
    let desk = used_desk(backend).await;
    let document = |field: &str| {
        let name = field.trim_start_matches("loyalty");
        format!(
            "mutation($input: Loyalty{name}Input!) {{ it: {field}(input: $input) {{ __typename
                ... on LoyaltyRefusal {{ message }} }} }}"
        )
    };
    let reason = json!({"program": "shop", "idempotencyKey": "k", "customerId": "c-1", "reason": "fraud"});
    let reasons = vec![("/reason", json!(""), "BAD_USER_INPUT input.reason: must have 1 to 128")];
    for field in ["loyaltyMemberBlock", "loyaltyMemberUnblock"] {
        check(&desk, &document(field), &reason, [of_all(), reasons.clone()].concat()).await;
    }
    let lot = super::with(&reason, "/entryId", json!("ent_00000000000000000000000000000000_1"));
    let entries = vec![
        ("/entryId", json!("ent_1"), "BAD_USER_INPUT input.entryId: `ent_1` is no entry id"),
        ("/reason", json!("fraud"), "LoyaltyNothingPending: nothing waits in the lot of entry `ent_"),
    ];
    for field in ["loyaltyLotActivate", "loyaltyLotCancel"] {
        // Whose lot it is decides before the rest of the input is looked at.
        let of_all = of_all().into_iter().filter(|(place, ..)| *place == "/program");
        check(&desk, &document(field), &lot, of_all.chain(entries.clone()).collect()).await;
    }
    let sound = json!({"program": "shop", "idempotencyKey": "k", "fromCustomerId": "c-1", "toCustomerId": "c-2", "points": 1});
    let rows = vec![
        ("/toCustomerId", json!("c-1"), "BAD_USER_INPUT input.toCustomerId: must be another member"),
        ("/toCustomerId", json!("c-9"), "LoyaltyNotAMember: customer `c-9` is not a member"),
        ("/fromCustomerId", json!("c-9"), "LoyaltyNotAMember: customer `c-9` is not a member"),
    ];
    check(&desk, &document("loyaltyPointsTransfer"), &sound, [of_points(), rows].concat()).await;
    let sound =
        json!({"program": "shop", "idempotencyKey": "k", "fromCustomerId": "c-1", "intoCustomerId": "c-2"});
    let rows = vec![
        (
            "/intoCustomerId",
            json!("c-1"),
            "BAD_USER_INPUT input.fromCustomerId: is the same member as `intoCustomerId`",
        ),
        ("/intoCustomerId", json!("c-9"), "LoyaltyNotAMember: customer `c-9` is not a member"),
        ("/fromCustomerId", json!("c-9"), "LoyaltyNotAMember: customer `c-9` is not a member"),
    ];
    check(&desk, &document("loyaltyMemberMerge"), &sound, rows).await;
    let sound = json!({"program": "shop", "idempotencyKey": "k", "customerId": "c-1"});
    let rows = vec![
        ("/program", json!("nowhere"), "BAD_USER_INPUT input.program: there is no programme `nowhere`"),
        ("/customerId", json!("c-9"), "LoyaltyNotAMember: customer `c-9` is not a member"),
        ("/customerId", json!("c-2"), "LoyaltyNotMerged: customer `c-2` is not merged into another member"),
    ];
    check(&desk, &document("loyaltyMemberUnmerge"), &sound, rows).await;
    desk.close();
}

async fn a_fulfilment(backend: Backend) {
    use super::fulfilment::{fulfilling, record_fulfilment};
    let desk = used_desk(backend).await;
    let sound = fulfilling("f-1", "o-2", "1", 1);
    let line = sound["fulfilment"]["lines"][0].clone();
    let rows = vec![
        ("/program", json!("nowhere"), "BAD_USER_INPUT input.program: there is no programme `nowhere`"),
        (
            "/fulfilment/id",
            json!(""),
            "LoyaltyInvalidFulfilment MALFORMED_TEXT fulfilment.id: must have 1 to 128",
        ),
        ("/fulfilment/orderId", json!("o-9"), "LoyaltyOrderNotFound: no order `o-9` has been recorded"),
        (
            "/fulfilment/fulfilledAt",
            json!("2026-01-15T09:59:59Z"),
            "LoyaltyInvalidFulfilment BEFORE_ORDER fulfilment.fulfilledAt: ",
        ),
        (
            "/fulfilment/fulfilledAt",
            json!("2999-01-01T00:00:00Z"),
            "LoyaltyInvalidFulfilment DATE_OUT_OF_RANGE fulfilment.fulfilledAt: ",
        ),
        (
            "/fulfilment/lines",
            json!([]),
            "LoyaltyInvalidFulfilment LINE_COUNT fulfilment.lines: must have 1 to 2000",
        ),
        (
            "/fulfilment/lines",
            json!([line, line]),
            "LoyaltyInvalidFulfilment DUPLICATE_LINE fulfilment.lines[1].lineId: `1` stands twice",
        ),
        (
            "/fulfilment/lines/0/lineId",
            json!("9"),
            "LoyaltyInvalidFulfilment UNKNOWN_LINE fulfilment.lines[0].lineId: order `o-2` has no line `9`",
        ),
        (
            "/fulfilment/lines/0/quantity",
            json!(3),
            "LoyaltyInvalidFulfilment EXCEEDS_BOUGHT fulfilment.lines[0].quantity: 3 are handed over and 2 of 2",
        ),
        (
            "/fulfilment/lines/0/quantity",
            json!(0),
            "LoyaltyInvalidFulfilment QUANTITY_OUT_OF_RANGE fulfilment.lines[0].quantity: ",
        ),
    ];
    check(&desk, &record_fulfilment(), &sound, rows).await;
    desk.close();
}

on_each_backend!(a_hold, an_end, a_redemption, a_change_of_members_and_lots, a_fulfilment);

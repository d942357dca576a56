//! The contract, noun by noun: what every question and mutation answers, and what it refuses.

mod access;
mod audit;
mod bad_input;
mod bad_spending;
mod claim;
mod entities;
mod entry;
mod event;
mod fulfilment;
mod fuzz;
mod hold;
mod http;
mod lane;
mod limits;
mod lot;
mod member;
mod merge;
mod order;
mod partner;
mod pace;
mod past;
mod persisted;
mod points;
mod production;
mod program;
mod quote;
mod redemption;
mod returns;
mod reward;
mod subscription;
mod tier;
mod transfer;

use serde_json::{Value, json};

use crate::support::{Backend, Client, Database, Server, server::verify};

/// A server on a database of its own, and the OMS at its desk.
struct Desk {
    database: Database,
    server: Server,
    oms: Client,
}

/// What is in the tables. The relay sleeps in these tests, so that nothing leaves the outbox meanwhile.
type Written = Vec<(&'static str, i64)>;

impl Desk {
    async fn open(backend: Backend) -> Self {
        Self::open_with(backend, &[]).await
    }

    async fn open_with(backend: Backend, environment: &[(&str, &str)]) -> Self {
        let database = Database::fresh(backend).await;
        let environment = [environment, &[("LOYALTY_RELAY_INTERVAL_MS", "3600000")]].concat();
        let server = Server::start_with(&database, &environment);
        let oms = server.client().oms();
        Self { database, server, oms }
    }

    /// What a document's field named `it` answers.
    async fn ask(&self, document: &str, input: &Value) -> Value {
        self.oms.data(document, json!({"input": input})).await["it"].clone()
    }

    async fn written(&self) -> Written {
        let mut written = Vec::new();
        for (what, sql) in [
            ("entries", "SELECT count(*) FROM entries"),
            ("members", "SELECT count(*) FROM members"),
            ("orders", "SELECT count(*) FROM purchases"),
            ("returns", "SELECT count(*) FROM purchase_returns"),
            ("holds", "SELECT count(*) FROM holds"),
            ("redemptions", "SELECT count(*) FROM redemptions"),
            ("counters", "SELECT CAST(COALESCE(sum(version), 0) AS BIGINT) FROM counters"),
            ("keys", "SELECT count(*) FROM idempotency_keys"),
            ("outbox", "SELECT count(*) FROM outbox_batches"),
            ("versions", "SELECT CAST(COALESCE(sum(version), 0) AS BIGINT) FROM members"),
        ] {
            written.push((what, self.database.number(sql).await));
        }
        written
    }

    /// A desk at the shop, whose `c-1` has 100 points in two credits: 40 that end in 2998 and 60 that never do.
    async fn at_the_shop(backend: Backend) -> Self {
        let desk = Self::open_with(backend, &[("LOYALTY_PROGRAMS", SHOP)]).await;
        for customer in ["c-1", "c-2"] {
            desk.ask(
                &enroll(),
                &json!({"program": "shop", "idempotencyKey": customer, "customerId": customer}),
            )
            .await;
        }
        for (key, points, expires_at) in [("never", 60, None), ("soon", 40, Some("2998-01-01T00:00:00Z"))] {
            let gift = json!({"program": "shop", "idempotencyKey": key, "customerId": "c-1", "points": points,
                "reason": "a gift", "expiresAt": expires_at});
            assert_eq!(desk.ask(&adjust(), &gift).await["__typename"], "LoyaltyPointsAdjusted");
        }
        desk
    }

    /// Available, pending and held points of a customer at the shop, in its first currency.
    async fn balance(&self, customer: &str) -> [i64; 3] {
        let document = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer {
            loyalty(program: \"shop\") { balance { available pending held } } } } }";
        let data = self.oms.data(document, json!({"r": [{"__typename": "Customer", "id": customer}]})).await;
        let balance = &data["_entities"][0]["loyalty"]["balance"];
        ["available", "pending", "held"].map(|name| balance[name].as_i64().unwrap())
    }

    /// Asks twice with one key: the second answer is the first, marked, and nothing is written for it.
    async fn ask_again(&self, document: &str, input: &Value) -> Value {
        let first = self.ask(document, input).await;
        let written = self.written().await;
        assert_eq!(self.ask(document, input).await, with(&first, "/replayed", json!(true)));
        assert_eq!(self.written().await, written, "a replay wrote something");
        first
    }

    /// Ends in order, and the books are right.
    fn close(self) {
        self.server.stop();
        verify(&self.database);
    }
}

/// A refusal or an error in one line: `type reason field: message`, or `CODE message`.
fn said(answer: &Value) -> String {
    if let Some(errors) = answer.get("errors") {
        assert_eq!(errors.as_array().map(Vec::len), Some(1), "{answer:#}");
        let error = &errors[0];
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned();
        return format!("{} {}", text(&error["extensions"]["code"]), text(&error["message"]));
    }
    let it = &answer["data"]["it"];
    let named = ["__typename", "reason", "field"].into_iter().filter_map(|field| it[field].as_str());
    let message = it["message"].as_str().map(|message| format!(": {message}")).unwrap_or_default();
    format!("{}{message}", named.collect::<Vec<_>>().join(" "))
}

const ENTRY: &str =
    "id kind currencyCode points amount balanceAfter occurredAt recordedAt activatesAt expiresAt orderId reason
    programVersion allocations { entryId points expiresAt }
    explanation { basis { amount currencyCode } multiplier rules { rule matched points detail } } partnerId";

const MEMBER: &str = "id customer { id } program { id } status enrolledAt
    balance { currency { code name scale } available pending held lifetimeEarned version
        expiries { at points } activations { at points } }
    wallets { currency { code } available pending held }
    tier { tier { id } since until qualifying next { id } toNext toKeep }";

const ORDER: &str =
    "id program { id } member { id } state channel placedAt earned pending clawedBack spent recredited uncollected
    entries { id points } explanation { basis { amount currencyCode } multiplier rules { rule points } }";

/// What a test document of the shop holds: rewards, and stars that await a fulfilment. `classic` and `tiered` beside it.
const SHOP: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/schema/programs/classic.json,",
    env!("CARGO_MANIFEST_DIR"),
    "/schema/programs/tiered.json,",
    env!("CARGO_MANIFEST_DIR"),
    "/tests/it/data/shop.json"
);

const HOLD: &str =
    "id points captured currencyCode state createdAt expiresAt orderId rewardId reward { id } member { id }";

const REDEMPTION: &str =
    "id points recredited currencyCode redeemedAt reversed orderId rewardId reward { id } entryId
    member { id }";

fn mutation(field: &str, input: &str, shows: &str) -> String {
    format!("mutation($input: {input}!) {{ it: {field}(input: $input) {{ __typename {shows} }} }}")
}

fn enroll() -> String {
    let shows = format!(
        "... on LoyaltyMemberEnrolled {{ replayed member {{ {MEMBER} }} }}
        ... on LoyaltyAlreadyMember {{ message already: member {{ id }} }}"
    );
    mutation("loyaltyMemberEnroll", "LoyaltyMemberEnrollInput", &shows)
}

fn record_order() -> String {
    let shows = format!(
        "... on LoyaltyOrderRecorded {{ replayed order {{ {ORDER} }} member {{ {MEMBER} }} entries {{ {ENTRY} }} }}
        ... on LoyaltyInvalidOrder {{ message field reason }}"
    );
    mutation("loyaltyOrderRecord", "LoyaltyOrderRecordInput", &shows)
}

fn record_return() -> String {
    let shows = format!(
        "... on LoyaltyReturnRecorded {{ replayed uncollected order {{ {ORDER} }} member {{ {MEMBER} }}
            entries {{ {ENTRY} }} }}
        ... on LoyaltyOrderNotFound {{ message orderId }}
        ... on LoyaltyInvalidReturn {{ message field reason }}"
    );
    mutation("loyaltyReturnRecord", "LoyaltyReturnRecordInput", &shows)
}

fn cancel_order() -> String {
    let shows = format!(
        "... on LoyaltyOrderCancelled {{ replayed uncollected order {{ {ORDER} }} member {{ {MEMBER} }}
            entries {{ {ENTRY} }} }}
        ... on LoyaltyOrderNotFound {{ message orderId }}"
    );
    mutation("loyaltyOrderCancel", "LoyaltyOrderCancelInput", &shows)
}

fn adjust() -> String {
    let shows = format!(
        "... on LoyaltyPointsAdjusted {{ replayed member {{ {MEMBER} }} entries {{ {ENTRY} }} }}
        ... on LoyaltyNotAMember {{ message customerId }}
        ... on LoyaltyInsufficientPoints {{ message required available missing }}"
    );
    mutation("loyaltyPointsAdjust", "LoyaltyPointsAdjustInput", &shows)
}

/// What the refusals of spending show.
const NOT_SPENT: &str = "... on LoyaltyNotAMember { message customerId }
    ... on LoyaltyInsufficientPoints { message required available missing }
    ... on LoyaltyMemberBlocked { message customerId }";

/// What the refusals of rewards show beside them.
const NO_REWARD: &str =
    "... on LoyaltyRewardNotFound { message rewardId } ... on LoyaltyOutOfStock { message rewardId left }";

/// What the refusals of ends show.
const NOT_ENDED: &str =
    "... on LoyaltyHoldNotFound { message holdId } ... on LoyaltyHoldNotOpen { message holdId state }";

fn hold() -> String {
    let shows = format!(
        "... on LoyaltyPointsHeld {{ replayed hold {{ {HOLD} }} member {{ {MEMBER} }} entries {{ {ENTRY} }} }} {NOT_SPENT}"
    );
    mutation("loyaltyPointsHold", "LoyaltyPointsHoldInput", &shows)
}

fn hold_reward() -> String {
    let shows = format!(
        "... on LoyaltyRewardHeld {{ replayed hold {{ {HOLD} }} member {{ {MEMBER} }} entries {{ {ENTRY} }} }}
        {NOT_SPENT} {NO_REWARD}"
    );
    mutation("loyaltyRewardHold", "LoyaltyRewardHoldInput", &shows)
}

fn capture() -> String {
    let shows = format!(
        "... on LoyaltyHoldCaptured {{ replayed hold {{ {HOLD} }} redemption {{ {REDEMPTION} }} member {{ {MEMBER} }}
            entries {{ {ENTRY} }} }}
        {NOT_ENDED} ... on LoyaltyHoldExceeded {{ message held asked }}"
    );
    mutation("loyaltyHoldCapture", "LoyaltyHoldCaptureInput", &shows)
}

fn release() -> String {
    let shows = format!(
        "... on LoyaltyHoldReleased {{ replayed hold {{ {HOLD} }} member {{ {MEMBER} }} entries {{ {ENTRY} }} }} {NOT_ENDED}"
    );
    mutation("loyaltyHoldRelease", "LoyaltyHoldReleaseInput", &shows)
}

fn link() -> String {
    let shows = "... on LoyaltyPartnerLinked { replayed member { id partners { partnerId } } } ... on LoyaltyNotAMember { message }";
    mutation("loyaltyPartnerLink", "LoyaltyPartnerLinkInput", shows)
}

fn unlink() -> String {
    let shows = "... on LoyaltyPartnerUnlinked { replayed member { id partners { partnerId } } } ... on LoyaltyNotAMember { message }";
    mutation("loyaltyPartnerUnlink", "LoyaltyPartnerUnlinkInput", shows)
}

fn redeem() -> String {
    let shows = format!(
        "... on LoyaltyPointsRedeemed {{ replayed redemption {{ {REDEMPTION} }} member {{ {MEMBER} }}
            entries {{ {ENTRY} }} }} {NOT_SPENT}"
    );
    mutation("loyaltyPointsRedeem", "LoyaltyPointsRedeemInput", &shows)
}

fn redeem_reward() -> String {
    let shows = format!(
        "... on LoyaltyRewardRedeemed {{ replayed redemption {{ {REDEMPTION} }} member {{ {MEMBER} }}
            entries {{ {ENTRY} }} }} {NOT_SPENT} {NO_REWARD}"
    );
    mutation("loyaltyRewardRedeem", "LoyaltyRewardRedeemInput", &shows)
}

fn reverse() -> String {
    let shows = format!(
        "... on LoyaltyRedemptionReversed {{ replayed redemption {{ {REDEMPTION} }} member {{ {MEMBER} }}
            entries {{ {ENTRY} }} }}
        ... on LoyaltyRedemptionNotFound {{ message redemptionId }}
        ... on LoyaltyAlreadyReversed {{ message redemptionId }}"
    );
    mutation("loyaltyRedemptionReverse", "LoyaltyRedemptionReverseInput", &shows)
}

const INGEST: &str = "mutation($input: LoyaltyEventsIngestInput!) { it: loyaltyEventsIngest(input: $input) {
    __typename accepted replayed refused outcomes { index id replayed refusal { __typename message
        ... on LoyaltyInvalidOrder { field reason: reason } ... on LoyaltyInvalidReturn { field returnReason: reason } } } } }";

const QUOTE: &str = "query($input: LoyaltyQuoteInput!) { it: loyaltyQuote(input: $input) { __typename
    ... on LoyaltyQuote { points tierAfter { id } explanation { basis { amount currencyCode } multiplier
        rules { rule matched points detail } } }
    ... on LoyaltyInvalidOrder { message field reason } } }";

/// An order of two lines, 45.50 together, placed on 15 January 2026.
fn order(id: &str, customer: &str) -> Value {
    json!({"id": id, "customerId": customer, "placedAt": "2026-01-15T10:00:00Z", "currencyCode": "GBP",
        "channel": "STORE", "lines": [
            {"id": "1", "sku": "A", "quantity": 2, "unitPrice": "10.00"},
            {"id": "2", "sku": "B", "quantity": 1, "unitPrice": "25.50"}]})
}

/// The order's input for a programme; its key is made of its id.
fn recording(program: &str, order: &Value) -> Value {
    json!({"program": program, "idempotencyKey": format!("record {}", order["id"]), "order": order})
}

fn returning(program: &str, id: &str, order: &str, line: &str, quantity: i64) -> Value {
    json!({"program": program, "idempotencyKey": format!("return {id}"), "return": {"id": id, "orderId": order,
        "returnedAt": "2026-02-01T10:00:00Z", "lines": [{"lineId": line, "quantity": quantity}]}})
}

/// A value with another in one place, which a JSON pointer names.
fn with(value: &Value, pointer: &str, other: Value) -> Value {
    let mut changed = value.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match changed.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer} in {value:#}")) {
        Value::Object(object) => drop(object.insert(name.to_owned(), other)),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = other,
        _ => panic!("{pointer} in {value:#}"),
    }
    changed
}

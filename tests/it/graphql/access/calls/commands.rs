//! How to call each mutation, and who is let in. They are called in this order.

use serde_json::{Value, json};

use super::{Call, May, Names};
use crate::graphql::{order, with};

const ENROLS: May = May { itself: true, another: false, scopes: &["loyalty:member:write"], partners: &[] };
const WRITES_MEMBERS: May = May { itself: false, ..ENROLS };
const WRITES_ORDERS: May = May { scopes: &["loyalty:orders:write"], ..WRITES_MEMBERS };
const TRANSFERS: May = May { scopes: &["loyalty:points:hold"], ..ENROLS };
const SPENDS: May = May { partners: &["loyalty:points:hold"], ..TRANSFERS };
const ENDS_HOLDS: May = May { itself: false, ..SPENDS };
const CHANGES_LOTS: May = May { scopes: &["loyalty:points:adjust"], ..WRITES_MEMBERS };
const ADJUSTS: May = May { partners: &["loyalty:points:adjust"], ..CHANGES_LOTS };

fn command(door: &'static str, input: &str, may: May, variables: fn(&Names, &str) -> Value) -> Call {
    let field = door.split_once('.').unwrap().1;
    let document = format!("mutation($input: {input}!) {{ it: {field}(input: $input) {{ __typename }} }}");
    Call { door, document, asked: None, variables, may, is_loud: true }
}

/// Staff records orders of its own store.
fn in_store(order_id: &str, customer: &str) -> Value {
    with(&order(order_id, customer), "/storeId", json!("s-1"))
}

fn key(what: &str, who: &str) -> String {
    format!("{what} {who}")
}

pub(super) fn commands() -> Vec<Call> {
    let mut commands = on_members();
    commands.extend(on_points());
    commands.extend(on_orders());
    commands
}

fn on_members() -> Vec<Call> {
    vec![
        command(
            "Mutation.loyaltyMemberEnroll",
            "LoyaltyMemberEnrollInput",
            ENROLS,
            |names, who| json!({"input": {"program": "tiered", "idempotencyKey": key("enrol", who), "customerId": names.customer, "storeId": "s-1"}}),
        ),
        command(
            "Mutation.loyaltyPartnerLink",
            "LoyaltyPartnerLinkInput",
            ENROLS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("link", who), "customerId": names.customer, "partnerId": "other"}}),
        ),
        command(
            "Mutation.loyaltyPartnerUnlink",
            "LoyaltyPartnerUnlinkInput",
            ENROLS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("unlink", who), "customerId": names.customer, "partnerId": "other"}}),
        ),
        command(
            "Mutation.loyaltyMemberBlock",
            "LoyaltyMemberBlockInput",
            WRITES_MEMBERS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("block", who), "customerId": names.customer, "reason": "fraud"}}),
        ),
        command(
            "Mutation.loyaltyMemberUnblock",
            "LoyaltyMemberUnblockInput",
            WRITES_MEMBERS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("unblock", who), "customerId": names.customer, "reason": "a mistake"}}),
        ),
    ]
}

fn on_points() -> Vec<Call> {
    vec![
        command(
            "Mutation.loyaltyPointsHold",
            "LoyaltyPointsHoldInput",
            SPENDS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("hold", who), "customerId": names.customer, "points": 1}}),
        ),
        command(
            "Mutation.loyaltyRewardHold",
            "LoyaltyRewardHoldInput",
            SPENDS,
            |names, who| json!({"input": {"program": "shop", "idempotencyKey": key("hold reward", who), "customerId": names.customer, "rewardId": "coffee"}}),
        ),
        command(
            "Mutation.loyaltyHoldRelease",
            "LoyaltyHoldReleaseInput",
            ENDS_HOLDS,
            |names, who| json!({"input": {"idempotencyKey": key("release", who), "holdId": names.hold}}),
        ),
        command(
            "Mutation.loyaltyHoldCapture",
            "LoyaltyHoldCaptureInput",
            ENDS_HOLDS,
            |names, who| json!({"input": {"idempotencyKey": key("capture", who), "holdId": names.hold}}),
        ),
        command(
            "Mutation.loyaltyPointsRedeem",
            "LoyaltyPointsRedeemInput",
            SPENDS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("redeem", who), "customerId": names.customer, "points": 1}}),
        ),
        command(
            "Mutation.loyaltyRewardRedeem",
            "LoyaltyRewardRedeemInput",
            SPENDS,
            |names, who| json!({"input": {"program": "shop", "idempotencyKey": key("redeem reward", who), "customerId": names.customer, "rewardId": "coffee"}}),
        ),
        command(
            "Mutation.loyaltyRedemptionReverse",
            "LoyaltyRedemptionReverseInput",
            ENDS_HOLDS,
            |names, who| json!({"input": {"idempotencyKey": key("reverse", who), "redemptionId": names.redemption}}),
        ),
        command(
            "Mutation.loyaltyPointsTransfer",
            "LoyaltyPointsTransferInput",
            TRANSFERS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("transfer", who), "fromCustomerId": names.customer, "toCustomerId": "c-3", "points": 1}}),
        ),
        command(
            "Mutation.loyaltyPointsAdjust",
            "LoyaltyPointsAdjustInput",
            ADJUSTS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("adjust", who), "customerId": names.customer, "points": 1, "reason": "goodwill"}}),
        ),
        command(
            "Mutation.loyaltyLotActivate",
            "LoyaltyLotActivateInput",
            CHANGES_LOTS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("activate", who), "customerId": names.customer, "entryId": names.entry, "reason": "goodwill"}}),
        ),
        command(
            "Mutation.loyaltyLotCancel",
            "LoyaltyLotCancelInput",
            CHANGES_LOTS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("call off", who), "customerId": names.customer, "entryId": names.entry, "reason": "fraud"}}),
        ),
    ]
}

fn on_orders() -> Vec<Call> {
    vec![
        command(
            "Mutation.loyaltyOrderRecord",
            "LoyaltyOrderRecordInput",
            WRITES_ORDERS,
            |names, who| json!({"input": {"program": "tiered", "idempotencyKey": key("order", who), "order": in_store(&names.order, &names.customer)}}),
        ),
        command(
            "Mutation.loyaltyFulfilmentRecord",
            "LoyaltyFulfilmentRecordInput",
            WRITES_ORDERS,
            |names, who| {
                json!({"input": {"program": "classic", "idempotencyKey": key("fulfilment", who), "fulfilment": {"id": "f-1", "orderId": names.order,
                    "fulfilledAt": "2026-02-01T10:00:00Z", "lines": [{"lineId": "1", "quantity": 1}]}}})
            },
        ),
        command(
            "Mutation.loyaltyOrderClaim",
            "LoyaltyOrderClaimInput",
            WRITES_ORDERS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("claim", who), "orderId": names.order, "customerId": names.customer}}),
        ),
        command("Mutation.loyaltyReturnRecord", "LoyaltyReturnRecordInput", WRITES_ORDERS, |names, who| {
            json!({"input": {"program": "classic", "idempotencyKey": key("return", who), "return": {"id": "r-1", "orderId": names.order,
                    "returnedAt": "2026-02-01T10:00:00Z", "lines": [{"lineId": "1", "quantity": 1}]}}})
        }),
        command(
            "Mutation.loyaltyEventsIngest",
            "LoyaltyEventsIngestInput",
            WRITES_ORDERS,
            |names, _| json!({"input": {"program": "classic", "events": [{"order": in_store(&format!("{}-2", names.order), &names.customer)}]}}),
        ),
        command(
            "Mutation.loyaltyOrderCancel",
            "LoyaltyOrderCancelInput",
            WRITES_ORDERS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("cancel", who), "orderId": names.order}}),
        ),
        command(
            "Mutation.loyaltyMemberMerge",
            "LoyaltyMemberMergeInput",
            WRITES_MEMBERS,
            |names, who| json!({"input": {"program": "classic", "idempotencyKey": key("merge", who), "fromCustomerId": "c-3", "intoCustomerId": names.customer}}),
        ),
        command(
            "Mutation.loyaltyMemberUnmerge",
            "LoyaltyMemberUnmergeInput",
            WRITES_MEMBERS,
            |_, who| json!({"input": {"program": "classic", "idempotencyKey": key("unmerge", who), "customerId": "c-3"}}),
        ),
    ]
}

//! What a client of the load may do, and what each of it writes into the ledger. A new command of the service is one more
//! function here, and one more turn of [`super::till`].

use serde_json::{Value, json};

/// One command, as a client sends it however often it takes.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) mutation: String,
    pub(super) input: Value,
    /// The member of the result's union that says that it was done.
    pub(super) done: &'static str,
    pub(super) customer: String,
    /// What it writes, once. The load's programme lets nothing activate or expire.
    pub(super) lines: Vec<Line>,
    /// Points that it needs of its customer.
    pub(super) takes: i64,
    /// Points that can be spent once it is known to be done, and whose.
    pub(super) gives: Option<(String, i64)>,
    pub(super) leaves: Leaves,
}

/// What a step that was done leaves for a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaves {
    Nothing,
    /// An order, to be returned.
    Order,
    /// A hold, to be captured or released.
    Hold,
}

/// One line of a member's ledger, as anybody can read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) customer: String,
    pub(super) kind: String,
    /// The order, or the reason.
    pub(super) cause: String,
    pub(super) points: i64,
    pub(super) amount: i64,
}

pub(super) const PROGRAM: &str = "classic";

/// What an order of the load earns.
const EARNED: i64 = 10;
/// What the return of its half takes back.
pub(super) const RETURNED: i64 = 5;
/// What a hold of the load sets aside.
pub(super) const HELD: i64 = 4;
/// What is spent of it.
const CAPTURED: i64 = 3;

impl Step {
    pub(super) fn order(id: &str, customer: &str) -> Self {
        let line = json!({"id": "1", "sku": "A", "quantity": 2, "unitPrice": "5.00"});
        let order = json!({"id": id, "customerId": customer, "placedAt": "2026-01-15T10:00:00Z",
            "currencyCode": "GBP", "channel": "ONLINE", "lines": [line]});
        let input = json!({"program": PROGRAM, "order": order});
        let step = Self::new("loyaltyOrderRecord", "LoyaltyOrderRecorded", id, customer, input);
        Self { leaves: Leaves::Order, ..step.giving(customer, EARNED).writing("EARN", id, EARNED, EARNED) }
    }

    /// Half of an order of the load comes back.
    pub(super) fn half_return(id: &str, order: &str, customer: &str) -> Self {
        let line = json!({"lineId": "1", "quantity": 1});
        let back = json!({"id": id, "orderId": order, "returnedAt": "2026-01-16T10:00:00Z", "lines": [line]});
        let input = json!({"program": PROGRAM, "return": back});
        let step = Self::new("loyaltyReturnRecord", "LoyaltyReturnRecorded", id, customer, input);
        step.taking(RETURNED).writing("CLAWBACK", order, -RETURNED, RETURNED)
    }

    /// Points above 0 are given, below 0 taken. The reason names the step.
    pub(super) fn adjustment(id: &str, customer: &str, points: i64) -> Self {
        let input = json!({"program": PROGRAM, "customerId": customer, "points": points, "reason": id});
        let step = Self::new("loyaltyPointsAdjust", "LoyaltyPointsAdjusted", id, customer, input);
        let step = if points > 0 { step.giving(customer, points) } else { step.taking(-points) };
        step.writing("ADJUST", id, points, points.abs())
    }

    pub(super) fn redemption(id: &str, customer: &str, points: i64) -> Self {
        let input = json!({"program": PROGRAM, "customerId": customer, "points": points, "reason": id});
        let step = Self::new("loyaltyPointsRedeem", "LoyaltyPointsRedeemed", id, customer, input);
        step.taking(points).writing("REDEEM", id, -points, points)
    }

    pub(super) fn transfer(id: &str, customer: &str, to: &str, points: i64) -> Self {
        let input =
            json!({"program": PROGRAM, "fromCustomerId": customer, "toCustomerId": to, "points": points});
        let step = Self::new("loyaltyPointsTransfer", "LoyaltyPointsTransferred", id, customer, input);
        let mut step = step.taking(points).giving(to, points).writing(
            "TRANSFER_OUT",
            "to another member",
            -points,
            points,
        );
        step.lines.push(Line {
            customer: to.to_owned(),
            kind: "TRANSFER_IN".to_owned(),
            cause: "from another member".to_owned(),
            points,
            amount: points,
        });
        step
    }

    /// Sets points aside for an order of its own name.
    pub(super) fn hold(id: &str, customer: &str) -> Self {
        let input = json!({"program": PROGRAM, "customerId": customer, "points": HELD, "orderId": id,
            "ttlSeconds": 86_400});
        let step =
            Self::new("loyaltyPointsHold", "LoyaltyPointsHeld", id, customer, input).asking("hold { id }");
        Self { leaves: Leaves::Hold, ..step.taking(HELD).writing("HOLD", id, 0, HELD) }
    }

    /// Spends most of a hold, and gives the rest back.
    pub(super) fn capture(id: &str, hold: &str, order: &str, customer: &str) -> Self {
        let input = json!({"holdId": hold, "points": CAPTURED});
        let step = Self::new("loyaltyHoldCapture", "LoyaltyHoldCaptured", id, customer, input);
        let step = step.giving(customer, HELD - CAPTURED).writing("CAPTURE", order, -CAPTURED, CAPTURED);
        step.writing("RELEASE", order, 0, HELD - CAPTURED)
    }

    pub(super) fn release(id: &str, hold: &str, order: &str, customer: &str) -> Self {
        let input = json!({"holdId": hold});
        let step = Self::new("loyaltyHoldRelease", "LoyaltyHoldReleased", id, customer, input);
        step.giving(customer, HELD).writing("RELEASE", order, 0, HELD)
    }

    fn new(field: &str, done: &'static str, key: &str, customer: &str, mut input: Value) -> Self {
        let input_type = format!("L{}Input", &field[1..]);
        let mutation = format!(
            "mutation($input: {input_type}!) {{ it: {field}(input: $input) {{ __typename
                ... on {done} {{ replayed entries {{ id }} member {{ balance {{ version }} }} }}
                ... on LoyaltyRefusal {{ message }} }} }}"
        );
        input["idempotencyKey"] = json!(key);
        Self {
            mutation,
            input,
            done,
            customer: customer.to_owned(),
            lines: Vec::new(),
            takes: 0,
            gives: None,
            leaves: Leaves::Nothing,
        }
    }

    fn asking(self, more: &str) -> Self {
        Self { mutation: self.mutation.replace("replayed", &format!("replayed {more}")), ..self }
    }

    fn taking(self, points: i64) -> Self {
        Self { takes: points, ..self }
    }

    fn giving(self, customer: &str, points: i64) -> Self {
        Self { gives: Some((customer.to_owned(), points)), ..self }
    }

    fn writing(mut self, kind: &str, cause: &str, points: i64, amount: i64) -> Self {
        let (customer, kind, cause) = (self.customer.clone(), kind.to_owned(), cause.to_owned());
        self.lines.push(Line { customer, kind, cause, points, amount });
        self
    }
}

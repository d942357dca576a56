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
}

/// One line of a member's ledger, as anybody can read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) customer: String,
    pub(super) kind: String,
    /// The order, or the reason.
    pub(super) cause: String,
    pub(super) points: i64,
}

pub(super) const PROGRAM: &str = "classic";

/// What an order of the load earns.
pub(super) const EARNED: i64 = 10;
/// What the return of its half takes back.
pub(super) const RETURNED: i64 = 5;
pub(super) const GIVEN: i64 = 4;
pub(super) const TAKEN: i64 = 3;

impl Step {
    pub(super) fn order(id: &str, customer: &str) -> Self {
        let line = json!({"id": "1", "sku": "A", "quantity": 2, "unitPrice": "5.00"});
        let order = json!({"id": id, "customerId": customer, "placedAt": "2026-01-15T10:00:00Z",
            "currencyCode": "GBP", "channel": "ONLINE", "lines": [line]});
        let step =
            Self::new("loyaltyOrderRecord", "LoyaltyOrderRecorded", id, customer, &json!({"order": order}));
        step.writing("EARN", id, EARNED)
    }

    /// Half of an order of the load comes back.
    pub(super) fn half_return(id: &str, order: &str, customer: &str) -> Self {
        let line = json!({"lineId": "1", "quantity": 1});
        let back = json!({"id": id, "orderId": order, "returnedAt": "2026-01-16T10:00:00Z", "lines": [line]});
        let step =
            Self::new("loyaltyReturnRecord", "LoyaltyReturnRecorded", id, customer, &json!({"return": back}));
        step.writing("CLAWBACK", order, -RETURNED)
    }

    /// Points above 0 are given, below 0 taken. The reason names the step.
    pub(super) fn adjustment(id: &str, customer: &str, points: i64) -> Self {
        let adjustment = json!({"customerId": customer, "points": points, "reason": id});
        let step = Self::new("loyaltyPointsAdjust", "LoyaltyPointsAdjusted", id, customer, &adjustment);
        step.writing("ADJUST", id, points)
    }

    /// What it adds to the balance.
    pub(super) fn points(&self) -> i64 {
        self.lines.iter().map(|line| line.points).sum()
    }

    fn new(field: &str, done: &'static str, key: &str, customer: &str, own: &Value) -> Self {
        let input_type = format!("L{}Input", &field[1..]);
        let mutation = format!(
            "mutation($input: {input_type}!) {{ it: {field}(input: $input) {{ __typename
                ... on {done} {{ replayed entries {{ id }} member {{ balance {{ version }} }} }}
                ... on LoyaltyRefusal {{ message }} }} }}"
        );
        let mut input = json!({"program": PROGRAM, "idempotencyKey": key});
        input.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        Self { mutation, input, done, customer: customer.to_owned(), lines: Vec::new() }
    }

    fn writing(mut self, kind: &str, cause: &str, points: i64) -> Self {
        let (customer, kind, cause) = (self.customer.clone(), kind.to_owned(), cause.to_owned());
        self.lines.push(Line { customer, kind, cause, points });
        self
    }
}

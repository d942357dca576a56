//! An order as loyalty keeps it: what it needs to value it again after a return.

use hashbrown::HashSet;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Entry, OrderAward,
    refusal::{OrderFault, Refusal},
};
use crate::{
    clock::Instant,
    ids::MemberId,
    program::earning::{HeldTier, Line},
};

/// The most lines of an order.
pub const LINES_MAX: usize = 2_000;
/// The largest quantity of a line.
pub const QUANTITY_MAX: i64 = 1_000_000;
/// The largest price of one.
pub const UNIT_PRICE_MAX: i64 = 1_000_000_000;
/// Characters of an id, SKU or channel.
pub const TEXT_MAX: usize = 128;

/// An order as its OMS tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderInput {
    pub id: String,
    /// None for a guest's order.
    pub customer: Option<String>,
    pub placed_at: Instant,
    /// ISO 4217.
    pub currency: String,
    pub channel: Option<String>,
    pub store: Option<String>,
    /// Grows with every correction of the order; 1 at first.
    #[serde(skip_serializing_if = "is_first")]
    pub revision: u32,
    pub lines: Vec<Line>,
}

/// The first revision goes without saying: fingerprints of orders from before there were others stay what they were.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_first(revision: &u32) -> bool {
    *revision == 1
}

/// An order as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub program: String,
    pub id: String,
    pub customer: Option<String>,
    /// Who earned for it.
    pub member: Option<MemberId>,
    pub placed_at: Instant,
    pub recorded_at: Instant,
    pub currency: String,
    pub channel: Option<String>,
    pub store: Option<String>,
    pub lines: Vec<Line>,
    /// The version that valued it, and values it again after returns.
    pub program_version: u32,
    /// The tier that it earned at.
    pub held: HeldTier,
    pub awards: Vec<OrderAward>,
    pub state: OrderState,
    /// The revision that it stands at.
    pub revision: u32,
    /// Fingerprint of the input that it stands at.
    pub content_hash: String,
    pub history: OrderHistory,
    /// Made by this batch.
    pub(crate) new: bool,
    pub(crate) changed: bool,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderState {
    Recorded,
    Cancelled,
}

/// What has been told of an order before: the same again is known again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderHistory {
    /// Revisions before the one that it stands at, by their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<Noted>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fulfilments: Vec<Noted>,
    /// Whether it was a guest's before it was somebody's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
}

/// Something that was told, and what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Noted {
    pub id: String,
    pub content_hash: String,
}

/// A return as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnRecord {
    pub program: String,
    pub id: String,
    pub order_id: String,
    pub returned_at: Instant,
    pub recorded_at: Instant,
    pub content_hash: String,
    pub outcome: super::outcome::OrderOutcome,
    pub(crate) new: bool,
}

impl Order {
    /// Numbers of the lots that it gave.
    pub fn lots(&self) -> Vec<i64> {
        self.awards.iter().flat_map(OrderAward::lots).collect()
    }
}

/// Numbers of the entries that an order caused, without those that time caused on the way.
pub(super) fn own_entries(entries: &[Entry], order_id: &str) -> Vec<i64> {
    let own = entries.iter().filter(|entry| entry.order.as_deref() == Some(order_id));
    own.map(|entry| entry.movement.seq).collect()
}

/// Checks a text that names something.
pub(crate) fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= TEXT_MAX && !text.chars().any(char::is_control)
}

impl OrderInput {
    /// The same order in the one form in which it is compared: amounts without trailing zeros, the time to the
    /// microsecond.
    #[must_use]
    pub fn normalized(mut self) -> Self {
        self.placed_at = crate::clock::to_micros(self.placed_at);
        for line in &mut self.lines {
            line.unit_price = line.unit_price.normalize();
            line.discount = line.discount.normalize();
        }
        self
    }

    /// Everything about it that needs no stored state to be found wrong.
    pub(crate) fn check(&self, now: Instant) -> Result<(), Refusal> {
        let named = format!("must have 1 to {TEXT_MAX} printable characters");
        let texts = [
            ("order.id", Some(&self.id)),
            ("order.customerId", self.customer.as_ref()),
            ("order.channel", self.channel.as_ref()),
            ("order.storeId", self.store.as_ref()),
        ];
        for (field, text) in texts {
            if text.is_some_and(|text| !is_name(text)) {
                return Err(Refusal::order(field, OrderFault::MalformedText, named));
            }
        }
        check_date(self.placed_at, now)
            .map_err(|message| Refusal::order("order.placedAt", OrderFault::DateOutOfRange, message))?;
        if !crate::money::is_currency_code(&self.currency) {
            let message = format!("`{}` is no ISO 4217 code", self.currency);
            return Err(Refusal::order("order.currencyCode", OrderFault::UnknownCurrency, message));
        }
        if self.revision == 0 {
            return Err(Refusal::bad_input("order.revision", "must be 1 or more"));
        }
        if !(1..=LINES_MAX).contains(&self.lines.len()) {
            let message = format!("must have 1 to {LINES_MAX} lines, not {}", self.lines.len());
            return Err(Refusal::order("order.lines", OrderFault::LineCount, message));
        }
        let mut seen = HashSet::new();
        for (i, line) in self.lines.iter().enumerate() {
            check_line(i, line)?;
            if !seen.insert(&line.id) {
                let message = format!("`{}` stands twice in the order", line.id);
                return Err(Refusal::order(
                    format!("order.lines[{i}].id"),
                    OrderFault::DuplicateLine,
                    message,
                ));
            }
        }
        if self.lines.iter().map(Line::amount).sum::<Decimal>() > Decimal::from(crate::money::AMOUNT_MAX) {
            let message = format!("the order's sum must be at most {}", crate::money::AMOUNT_MAX);
            return Err(Refusal::order("order.lines", OrderFault::AmountOutOfRange, message));
        }
        Ok(())
    }
}

fn check_line(i: usize, line: &Line) -> Result<(), Refusal> {
    let refuse = |field: &str, fault, message: String| {
        Err(Refusal::order(format!("order.lines[{i}].{field}"), fault, message))
    };
    for (field, text) in [("id", &line.id), ("sku", &line.sku)] {
        if !is_name(text) {
            let message = format!("must have 1 to {TEXT_MAX} printable characters");
            return refuse(field, OrderFault::MalformedText, message);
        }
    }
    if !(1..=QUANTITY_MAX).contains(&line.quantity) {
        let message = format!("must be from 1 to {QUANTITY_MAX}, not {}", line.quantity);
        return refuse("quantity", OrderFault::QuantityOutOfRange, message);
    }
    let sound = |amount: Decimal, max: Decimal| {
        amount >= Decimal::ZERO && amount <= max && crate::money::is_exact(amount)
    };
    if !sound(line.unit_price, Decimal::from(UNIT_PRICE_MAX)) {
        let message = format!("must be from 0 to {UNIT_PRICE_MAX} with at most 9 digits after the point");
        return refuse("unitPrice", OrderFault::AmountOutOfRange, message);
    }
    let gross = line.unit_price * Decimal::from(line.quantity);
    if !sound(line.discount, gross) {
        let message = format!("must be from 0 to the line's {gross}, not {}", line.discount);
        return refuse("discount", OrderFault::AmountOutOfRange, message);
    }
    Ok(())
}

/// Hours by which another system's clock may run ahead of ours.
pub const CLOCK_SKEW_HOURS_MAX: i64 = 24;
/// The first instant that an event may have: 1 January 2000.
const FIRST_INSTANT_SECONDS: i64 = 946_684_800;

/// Checks when something is said to have happened.
pub(crate) fn check_date(at: Instant, now: Instant) -> Result<(), String> {
    if at.timestamp() < FIRST_INSTANT_SECONDS {
        Err(format!("{} is before the year 2000", at.to_rfc3339()))
    } else if at > now + chrono::Duration::hours(CLOCK_SKEW_HOURS_MAX) {
        Err(format!("{} is more than {CLOCK_SKEW_HOURS_MAX} hours in the future", at.to_rfc3339()))
    } else {
        Ok(())
    }
}

//! What is kept of a decision, so that "why did I get N points" has an answer for ever.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{ledger::Points, money::Money};

/// Why these points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The eligible amount of money: after discounts, before tax.
    pub basis: Money,
    /// The tier's multiplier.
    pub multiplier: Decimal,
    /// The tier held just before the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// Every rule in order: what it gave or why it gave nothing. Their points sum to the whole.
    pub rules: Vec<RuleTrace>,
}

/// What one rule gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleTrace {
    pub rule: String,
    pub matched: bool,
    pub points: Points,
    /// The reckoning, in words and figures.
    pub detail: String,
}

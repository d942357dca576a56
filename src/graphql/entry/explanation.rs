//! Why an order earned what it earned, as clients see it.

use async_graphql::{ID, SimpleObject};

use crate::{
    graphql::{
        directives::list_size,
        order::Money,
        scalars::{Decimal, LoyaltyPoints},
    },
    program::{Explanation, RuleTrace},
};

/// Why these points: the reckoning by which they came about, as it was kept with them.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyExplanation {
    /// The amount of money that counted: after discounts, before tax. Where rules differ in which lines they count, the
    /// largest.
    basis: Option<Money>,
    /// The multiplier of the tier held just before the order; 1 where there is none.
    multiplier: Decimal,
    /// Every rule in order, and what it gave. Their points sum to the whole.
    #[graphql(directive = list_size::apply(3, None, None, None))]
    rules: Vec<LoyaltyRuleTrace>,
}

/// What one rule gave, or why it gave nothing.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyRuleTrace {
    /// Id of the rule in the programme.
    rule: ID,
    /// Whether it found anything to reward.
    matched: bool,
    /// Its share. Rounding happens once, on the sum of all rules, so that the shares sum to the whole.
    points: LoyaltyPoints,
    /// The reckoning in words and figures, in English.
    detail: String,
}

impl From<Explanation> for LoyaltyExplanation {
    fn from(explanation: Explanation) -> Self {
        Self {
            basis: Some(explanation.basis.into()),
            multiplier: Decimal(explanation.multiplier),
            rules: explanation.rules.into_iter().map(LoyaltyRuleTrace::from).collect(),
        }
    }
}

impl From<RuleTrace> for LoyaltyRuleTrace {
    fn from(trace: RuleTrace) -> Self {
        Self {
            rule: ID(trace.rule),
            matched: trace.matched,
            points: trace.points.into(),
            detail: trace.detail,
        }
    }
}

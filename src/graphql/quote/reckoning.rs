//! The reckoning of a quote.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::LoyaltyQuote;
use crate::{
    clock::Instant,
    commands::{MemberSnapshot, OrderInput, Refusal, record_order::refuse},
    graphql::program::LoyaltyTier,
    ledger::Points,
    program::{Explanation, Program, Standing, earning::Award},
};

/// What an order would earn of a member, or of a new one.
pub(crate) fn reckon(
    program: &Arc<Program>,
    order: &OrderInput,
    member: Option<&MemberSnapshot>,
    now: Instant,
) -> Result<LoyaltyQuote, Refusal> {
    let award = award(program, order, member, now)?;
    Ok(LoyaltyQuote {
        points: award.points.into(),
        tier_after: tier_after(program, order, member, now),
        explanation: award.explanation.into(),
    })
}

/// The points alone.
pub(crate) fn points(
    program: &Arc<Program>,
    order: &OrderInput,
    member: Option<&MemberSnapshot>,
    now: Instant,
) -> Result<Points, Refusal> {
    award(program, order, member, now).map(|award| award.points)
}

/// What recording the order would give in the programme's first currency, at the tier that recording it would find.
fn award(
    program: &Program,
    order: &OrderInput,
    member: Option<&MemberSnapshot>,
    now: Instant,
) -> Result<Award, Refusal> {
    order.check(now)?;
    let held = member
        .map_or_else(|| program.lowest_tier(), |member| member.standing.held_at(program, order.placed_at));
    let awards =
        program.awards(&order.currency, &order.lines, &held).map_err(|unvaluable| refuse(&unvaluable))?;
    let currency = &program.first_currency().code;
    Ok(awards.into_iter().find(|award| award.currency == *currency).unwrap_or_else(|| Award {
        currency: currency.clone(),
        points: Points::ZERO,
        explanation: Explanation {
            basis: crate::money::Money { amount: Decimal::ZERO, currency: order.currency.clone() },
            multiplier: held.multiplier,
            tier: held.tier,
            rules: Vec::new(),
        },
    }))
}

/// The tier that would be held now, with the order's qualifying amount counted.
fn tier_after(
    program: &Arc<Program>,
    order: &OrderInput,
    member: Option<&MemberSnapshot>,
    now: Instant,
) -> Option<LoyaltyTier> {
    let mut standing = member.map_or_else(|| Standing::new(program, now), |member| member.standing.clone());
    standing.settle(program, now);
    let amount = program.qualifying_amount(&order.lines);
    if let Some(window) = program.window_of(order.placed_at) {
        standing.count(program, window, amount, (order.placed_at, now));
    }
    LoyaltyTier::find(program, standing.tier.as_deref()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::OrderFault,
        program::{document::LineKind, earning::Line},
    };

    fn tiered() -> Arc<Program> {
        Arc::new(Program::from_json(include_str!("../../../schema/programs/tiered.json")).unwrap())
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn order(amount: i64, currency: &str) -> OrderInput {
        let line = Line {
            id: "1".to_owned(),
            sku: "A".to_owned(),
            kind: LineKind::Product,
            quantity: 1,
            returned: 0,
            fulfilled: 0,
            unit_price: amount.into(),
            discount: Decimal::ZERO,
            categories: Vec::new(),
        };
        OrderInput {
            id: "o-1".to_owned(),
            customer: None,
            placed_at: at("2026-03-01T00:00:00Z"),
            currency: currency.to_owned(),
            channel: None,
            store: None,
            revision: 1,
            lines: vec![line],
        }
    }

    fn member(spent_in_2025: i64) -> MemberSnapshot {
        let tiered = tiered();
        let now = at("2025-06-01T00:00:00Z");
        let mut standing = Standing::new(&tiered, now);
        standing.count(&tiered, 2025, spent_in_2025.into(), (now, now));
        MemberSnapshot {
            id: crate::ids::MemberId(uuid::Uuid::nil()),
            key: crate::commands::MemberKey::new("tiered", "c-1"),
            status: crate::commands::MemberStatus::Active,
            merged_into: None,
            enrolled_at: now,
            version: 1,
            standing,
            wallets: Vec::new(),
            partners: Vec::new(),
        }
    }

    fn tier_after(quote: &LoyaltyQuote) -> &str {
        quote.tier_after.as_ref().map_or("none", LoyaltyTier::id_text)
    }

    #[test]
    fn an_order_is_quoted_at_the_tier_before_it_and_shows_the_tier_after_it() {
        let now = at("2026-03-01T00:00:00Z");
        let quote =
            |amount, member: Option<&MemberSnapshot>| reckon(&tiered(), &order(amount, "GBP"), member, now);
        let first = quote(600, None).unwrap();
        assert_eq!(first.points, Points(600).into());
        assert_eq!(tier_after(&first), "silver");
        // 500 spent in 2025 makes silver for 2026; the order's own year decides what comes after it.
        let silver = quote(2_000, Some(&member(500))).unwrap();
        assert_eq!(silver.points, Points(2_500).into());
        assert_eq!(tier_after(&silver), "gold");
    }

    #[test]
    fn an_order_that_could_not_be_recorded_is_not_quoted() {
        let now = at("2026-03-01T00:00:00Z");
        let fault = |order: &OrderInput| match reckon(&tiered(), order, None, now) {
            Err(Refusal::InvalidOrder { fault, .. }) => fault,
            _ => panic!("it was quoted"),
        };
        assert_eq!(fault(&order(1, "EUR")), OrderFault::UnknownCurrency);
        assert_eq!(fault(&order(-1, "GBP")), OrderFault::AmountOutOfRange);
    }
}

//! Whether a document makes sense: what the types alone cannot refuse.
//!
//! The bounds are those that the published JSON Schema states (the `schemars` attributes in [`super::document`]), and what
//! no schema can say: that names are unique, and that what is named exists.

use std::{collections::HashSet, ops::RangeInclusive};

use rust_decimal::Decimal;

use super::{
    document::{Activation, Currency, Expiry, Ladder, Level, ProgramDocument, TierWindow},
    version::{InvalidProgram, invalid},
};
use crate::{ledger::Points, money};

/// Checks a whole document; its time zone is read by whoever needs it.
pub(super) fn document(document: &ProgramDocument) -> Result<(), InvalidProgram> {
    check_identity(document)?;
    check_currencies(document)?;
    check_rules(document)?;
    check_spending(document)?;
    document.tiers.as_ref().map_or(Ok(()), check_ladder)
}

/// Lower-case letters, digits and hyphens; 1 to 64.
fn is_slug(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with('-')
}

/// Capital letters, digits and underscores, a letter first; 1 to 16.
fn is_code(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.len() <= 16 && text.chars().all(allowed) && text.starts_with(|c: char| c.is_ascii_uppercase())
}

fn check_identity(document: &ProgramDocument) -> Result<(), InvalidProgram> {
    if !is_slug(&document.id) {
        return Err(invalid("id", "must be 1 to 64 lower-case letters, digits and hyphens"));
    }
    if document.version == 0 {
        return Err(invalid("version", "must be 1 or more"));
    }
    if document.name.is_empty() {
        return Err(invalid("name", "needs a text in at least one language"));
    }
    Ok(())
}

fn check_currencies(document: &ProgramDocument) -> Result<(), InvalidProgram> {
    if document.currencies.is_empty() {
        return Err(invalid("currencies", "needs at least one"));
    }
    let mut seen = HashSet::new();
    for (i, currency) in document.currencies.iter().enumerate() {
        if !is_code(&currency.code) {
            return Err(invalid(
                format!("currencies[{i}].code"),
                "must be 1 to 16 capital letters and digits, a letter first",
            ));
        }
        if !seen.insert(&currency.code) {
            return Err(invalid(
                format!("currencies[{i}].code"),
                format!("`{}` stands twice", currency.code),
            ));
        }
        if currency.name.is_empty() {
            return Err(invalid(format!("currencies[{i}].name"), "needs a text in at least one language"));
        }
        check_numbers(i, currency)?;
    }
    Ok(())
}

/// Beyond these, instants leave the calendar and points leave what a number carries exactly.
fn check_numbers(i: usize, currency: &Currency) -> Result<(), InvalidProgram> {
    let within = |field: &str, number: u64, range: RangeInclusive<u64>| {
        if range.contains(&number) {
            return Ok(());
        }
        let reason = format!("must be from {} to {}", range.start(), range.end());
        Err(invalid(format!("currencies[{i}].{field}"), reason))
    };
    within("scale", currency.scale.into(), 0..=9)?;
    within("deficitMax", currency.deficit_max.unwrap_or_default(), 0..=Points::MAX.0.cast_unsigned())?;
    within("spendingDeficitMax", currency.spending_deficit_max, 0..=Points::MAX.0.cast_unsigned())?;
    for (name, by_tier) in [
        ("deficitMaxByTier", &currency.deficit_max_by_tier),
        ("spendingDeficitMaxByTier", &currency.spending_deficit_max_by_tier),
    ] {
        for (tier, max) in by_tier {
            within(&format!("{name}.{tier}"), *max, 0..=Points::MAX.0.cast_unsigned())?;
        }
    }
    match currency.activation {
        Activation::Immediate => {}
        Activation::After { days } => within("activation.days", days.into(), 1..=3650)?,
        Activation::OnFulfilment { cancel_after_days } => {
            within("activation.cancelAfterDays", cancel_after_days.into(), 1..=3650)?;
        }
    }
    match currency.expiry {
        Expiry::Never => Ok(()),
        Expiry::AfterDays { days } => within("expiry.days", days.into(), 1..=36_500),
        Expiry::AfterMonths { months, .. } => within("expiry.months", months.into(), 1..=1200),
    }
}

/// Holds, what comes back, claims, and rewards; and that what they name exists.
fn check_spending(document: &ProgramDocument) -> Result<(), InvalidProgram> {
    let within = |field: String, number: u64, range: RangeInclusive<u64>| {
        let reason = format!("must be from {} to {}", range.start(), range.end());
        if range.contains(&number) { Ok(()) } else { Err(invalid(field, reason)) }
    };
    within("enrolment.claimDays".into(), document.enrolment.claim_days.into(), 0..=3650)?;
    within("spending.holdTtlSeconds".into(), document.spending.hold_ttl_seconds.into(), 1..=2_592_000)?;
    within("spending.recreditGraceDays".into(), document.spending.recredit_grace_days.into(), 0..=3650)?;
    let points_max = Points::MAX.0.cast_unsigned();
    let mut seen = HashSet::new();
    for (i, reward) in document.rewards.iter().enumerate() {
        let at = |field: &str| format!("rewards[{i}].{field}");
        if !is_slug(&reward.id) {
            return Err(invalid(at("id"), "must be 1 to 64 lower-case letters, digits and hyphens"));
        }
        if !seen.insert(&reward.id) {
            return Err(invalid(at("id"), format!("`{}` stands twice", reward.id)));
        }
        if reward.name.is_empty() {
            return Err(invalid(at("name"), "needs a text in at least one language"));
        }
        within(at("points"), reward.points, 1..=points_max)?;
        within(at("stock"), reward.stock.unwrap_or_default(), 0..=points_max)?;
        if let Some(code) = &reward.currency
            && !document.currencies.iter().any(|currency| currency.code == *code)
        {
            return Err(invalid(at("currency"), format!("`{code}` is not among the currencies")));
        }
    }
    check_floors(document)
}

/// A floor that is named for a tier is that of a tier which exists.
fn check_floors(document: &ProgramDocument) -> Result<(), InvalidProgram> {
    let tiers = || document.tiers.iter().flat_map(|ladder| &ladder.levels);
    for (i, currency) in document.currencies.iter().enumerate() {
        let named = [
            ("deficitMaxByTier", &currency.deficit_max_by_tier),
            ("spendingDeficitMaxByTier", &currency.spending_deficit_max_by_tier),
        ];
        for (field, by_tier) in named {
            let unknown = by_tier.keys().find(|id| !tiers().any(|level| level.id == **id));
            if let Some(id) = unknown {
                let reason = format!("there is no tier `{id}`");
                return Err(invalid(format!("currencies[{i}].{field}"), reason));
            }
        }
    }
    Ok(())
}

fn check_rules(document: &ProgramDocument) -> Result<(), InvalidProgram> {
    let rules = &document.earning.rules;
    if rules.is_empty() {
        return Err(invalid("earning.rules", "needs at least one"));
    }
    let mut seen = HashSet::new();
    for (i, rule) in rules.iter().enumerate() {
        let at = |field: &str| format!("earning.rules[{i}].{field}");
        if rule.id.is_empty() || rule.id.len() > 64 {
            return Err(invalid(at("id"), "must have 1 to 64 characters"));
        }
        if !seen.insert(&rule.id) {
            return Err(invalid(at("id"), format!("`{}` stands twice", rule.id)));
        }
        if !document.currencies.iter().any(|currency| currency.code == rule.currency) {
            return Err(invalid(at("currency"), format!("`{}` is not among the currencies", rule.currency)));
        }
        if rule.rates.is_empty() {
            return Err(invalid(at("rates"), "needs at least one"));
        }
        for (code, rate) in &rule.rates {
            if !money::is_currency_code(code) {
                return Err(invalid(at("rates"), format!("`{code}` is no ISO 4217 code")));
            }
            if *rate <= Decimal::ZERO || *rate > Decimal::from(1_000_000) || !money::is_exact(*rate) {
                return Err(invalid(at("rates"), format!("`{code}` must be above 0 and at most 1000000")));
            }
        }
        if rule.eligible.line_kinds.is_empty() {
            return Err(invalid(at("eligible.lineKinds"), "needs at least one"));
        }
    }
    Ok(())
}

fn check_ladder(ladder: &Ladder) -> Result<(), InvalidProgram> {
    if let TierWindow::CalendarYear { carry_years: 11.. } = ladder.window {
        return Err(invalid("tiers.window.carryYears", "must be from 0 to 10"));
    }
    let levels = &ladder.levels;
    if levels.first().is_none_or(|level| !level.threshold.is_zero()) {
        return Err(invalid("tiers.levels[0].threshold", "the lowest tier must start at 0"));
    }
    let mut seen = HashSet::new();
    for (i, level) in levels.iter().enumerate() {
        let at = |field: &str| format!("tiers.levels[{i}].{field}");
        if !is_slug(&level.id) {
            return Err(invalid(at("id"), "must be 1 to 64 lower-case letters, digits and hyphens"));
        }
        if !seen.insert(&level.id) {
            return Err(invalid(at("id"), format!("`{}` stands twice", level.id)));
        }
        if level.name.is_empty() {
            return Err(invalid(at("name"), "needs a text in at least one language"));
        }
        let out_of_range = |d: Decimal| !money::is_exact(d) || d.is_sign_negative();
        if out_of_range(level.multiplier) || level.multiplier > Decimal::from(1000) {
            return Err(invalid(at("multiplier"), "must be from 0 to 1000"));
        }
        if out_of_range(level.threshold) {
            return Err(invalid(at("threshold"), "must be 0 or more"));
        }
    }
    let rising = |pair: &[Level]| pair[0].threshold < pair[1].threshold;
    match levels.windows(2).position(|pair| !rising(pair)) {
        Some(i) => Err(invalid(
            format!("tiers.levels[{}].threshold", i + 1),
            "must be above that of the tier before it",
        )),
        None => Ok(()),
    }
}

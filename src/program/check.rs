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
    if let Activation::After { days } = currency.activation {
        within("activation.days", days.into(), 1..=3650)?;
    }
    match currency.expiry {
        Expiry::Never => Ok(()),
        Expiry::AfterDays { days } => within("expiry.days", days.into(), 1..=36_500),
        Expiry::AfterMonths { months, .. } => within("expiry.months", months.into(), 1..=1200),
    }
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

//! A document checked and made ready: what it says is whole, and what it names exists.

use std::{collections::HashSet, str::FromStr as _};

use chrono::{DateTime, Datelike as _};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use sha2::{Digest as _, Sha256};

use super::document::{Currency, Ladder, Level, ProgramDocument};
use crate::{clock::Instant, money};

/// One version of a programme, ready for use.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    document: ProgramDocument,
    time_zone: Tz,
}

/// Why a document cannot be a programme: the field and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct InvalidProgram {
    /// Path of the field, as in `tiers.levels[1].threshold`.
    pub field: String,
    pub reason: String,
}

impl Program {
    /// Reads a document from JSON.
    pub fn from_json(json: &str) -> Result<Self, InvalidProgram> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let document: ProgramDocument = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            InvalidProgram { field: error.path().to_string(), reason: error.inner().to_string() }
        })?;
        Self::new(document)
    }

    /// Checks a document.
    pub fn new(document: ProgramDocument) -> Result<Self, InvalidProgram> {
        let time_zone = Tz::from_str(&document.time_zone)
            .map_err(|_| invalid("timeZone", format!("`{}` is no IANA time zone", document.time_zone)))?;
        check_identity(&document)?;
        check_currencies(&document)?;
        check_rules(&document)?;
        if let Some(ladder) = &document.tiers {
            check_ladder(ladder)?;
        }
        Ok(Self { document, time_zone })
    }

    pub fn id(&self) -> &str {
        &self.document.id
    }

    pub fn version(&self) -> u32 {
        self.document.version
    }

    pub fn document(&self) -> &ProgramDocument {
        &self.document
    }

    pub fn time_zone(&self) -> Tz {
        self.time_zone
    }

    /// The currency that a member's balance shows.
    pub fn first_currency(&self) -> &Currency {
        &self.document.currencies[0]
    }

    pub fn currency(&self, code: &str) -> Option<&Currency> {
        self.document.currencies.iter().find(|currency| currency.code == code)
    }

    /// The calendar year in which an instant falls, in the programme's time zone.
    pub fn year(&self, at: Instant) -> i32 {
        at.with_timezone(&self.time_zone).year()
    }

    /// Fingerprint of what the document says: equal for equal content, whatever its layout.
    pub fn content_hash(&self) -> String {
        let canonical =
            serde_json::to_vec(&self.document).expect("a document of strings and numbers serializes");
        Sha256::digest(canonical).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The document as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(&self.document).expect("a document of strings and numbers serializes")
    }

    /// An instant as the programme's local time.
    pub fn local(&self, at: Instant) -> DateTime<Tz> {
        at.with_timezone(&self.time_zone)
    }
}

fn invalid(field: impl Into<String>, reason: impl Into<String>) -> InvalidProgram {
    InvalidProgram { field: field.into(), reason: reason.into() }
}

/// Lower-case letters, digits and hyphens; 1 to 64.
fn is_slug(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with('-')
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
        let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if !(1..=16).contains(&currency.code.len()) || !currency.code.chars().all(allowed) {
            return Err(invalid(
                format!("currencies[{i}].code"),
                "must be 1 to 16 capital letters and digits",
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

#[cfg(test)]
pub(crate) mod tests_support {
    use super::*;
    use crate::program::document::Expiry;

    /// The published tiered programme in another time zone and with another expiry.
    pub(crate) fn program_with(zone: &str, expiry: Expiry) -> Program {
        let published = include_str!("../../schema/programs/tiered.json");
        let mut document = Program::from_json(published).unwrap().document;
        zone.clone_into(&mut document.time_zone);
        document.currencies[0].expiry = expiry;
        Program::new(document).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn with(pointer: &str, value: Value) -> String {
        let mut document: Value =
            serde_json::from_str(include_str!("../../schema/programs/tiered.json")).unwrap();
        *document.pointer_mut(pointer).expect(pointer) = value;
        document.to_string()
    }

    #[test]
    fn a_wrong_document_is_answered_with_its_field_and_the_reason() {
        for (pointer, value, field, reason) in [
            ("/id", json!("Big Club"), "id", "lower-case"),
            ("/version", json!(0), "version", "1 or more"),
            ("/version", json!("x"), "version", "invalid type"),
            ("/timeZone", json!("Mars/Olympus"), "timeZone", "no IANA time zone"),
            ("/currencies", json!([]), "currencies", "at least one"),
            ("/currencies/0/code", json!("points"), "currencies[0].code", "capital letters"),
            ("/currencies/0/expiry", json!({"type": "SOON"}), "currencies[0].expiry", "unknown variant"),
            ("/earning/rules/0/currency", json!("STAR"), "earning.rules[0].currency", "not among"),
            ("/earning/rules/0/rates", json!({"pounds": "1"}), "earning.rules[0].rates", "ISO 4217"),
            ("/earning/rules/0/rates", json!({"GBP": "-1"}), "earning.rules[0].rates", "above 0"),
            ("/tiers/levels/0/threshold", json!("5"), "tiers.levels[0].threshold", "start at 0"),
            ("/tiers/levels/2/threshold", json!("500"), "tiers.levels[2].threshold", "above that"),
            ("/tiers/levels/1/id", json!("bronze"), "tiers.levels[1].id", "twice"),
        ] {
            let error = Program::from_json(&with(pointer, value)).unwrap_err();
            assert_eq!(error.field, field, "{error}");
            assert!(error.reason.contains(reason), "{error}");
        }
    }

    #[test]
    fn the_layout_of_a_document_does_not_change_its_fingerprint() {
        let text = include_str!("../../schema/programs/classic.json");
        let squeezed = serde_json::from_str::<Value>(text).unwrap().to_string();
        assert_eq!(
            Program::from_json(text).unwrap().content_hash(),
            Program::from_json(&squeezed).unwrap().content_hash()
        );
    }
}

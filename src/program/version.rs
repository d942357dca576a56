//! A document checked and made ready: what it says is whole, and what it names exists.

use std::str::FromStr as _;

use chrono::{DateTime, Datelike as _};
use chrono_tz::Tz;

use super::{
    check,
    document::{Currency, ProgramDocument},
};
use crate::clock::Instant;

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
        check::document(&document)?;
        Ok(Self { document: normalized(document), time_zone })
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
        crate::fingerprint::fingerprint(&self.document)
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

/// The same document in the one form in which it is compared: amounts without trailing zeros.
fn normalized(mut document: ProgramDocument) -> ProgramDocument {
    for rate in document.earning.rules.iter_mut().flat_map(|rule| rule.rates.values_mut()) {
        *rate = rate.normalize();
    }
    for level in document.tiers.iter_mut().flat_map(|ladder| &mut ladder.levels) {
        level.threshold = level.threshold.normalize();
        level.multiplier = level.multiplier.normalize();
    }
    document
}

pub(super) fn invalid(field: impl Into<String>, reason: impl Into<String>) -> InvalidProgram {
    InvalidProgram { field: field.into(), reason: reason.into() }
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
            ("/currencies/0/expiry", json!({"type": "SOON"}), "currencies[0].expiry.type", "unknown variant"),
            ("/currencies/0/code", json!("1POINT"), "currencies[0].code", "a letter first"),
            ("/currencies/0/scale", json!(10), "currencies[0].scale", "from 0 to 9"),
            (
                "/currencies/0/activation",
                json!({"type": "AFTER", "days": 4_000_000_000_u32}),
                "currencies[0].activation.days",
                "from 1 to 3650",
            ),
            (
                "/currencies/0/expiry",
                json!({"type": "AFTER_DAYS", "days": 4_000_000_000_u32}),
                "currencies[0].expiry.days",
                "from 1 to 36500",
            ),
            (
                "/currencies/0/expiry",
                json!({"type": "AFTER_MONTHS", "months": 0}),
                "currencies[0].expiry.months",
                "from 1 to 1200",
            ),
            ("/earning/rules/0/currency", json!("STAR"), "earning.rules[0].currency", "not among"),
            ("/earning/rules/0/rates", json!({"pounds": "1"}), "earning.rules[0].rates", "ISO 4217"),
            ("/earning/rules/0/rates", json!({"GBP": "-1"}), "earning.rules[0].rates", "above 0"),
            (
                "/tiers/window",
                json!({"type": "CALENDAR_YEAR", "carryYears": 11}),
                "tiers.window.carryYears",
                "from 0 to 10",
            ),
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
    fn the_floor_of_a_deficit_is_a_number_that_a_ledger_keeps() {
        let mut document = Program::from_json(&with("/version", json!(1))).unwrap().document;
        document.currencies[0].deficit_max = Some(u64::MAX);
        assert_eq!(Program::new(document).unwrap_err().field, "currencies[0].deficitMax");
    }

    #[test]
    fn a_number_written_otherwise_is_the_same_number() {
        let written = with("/earning/rules/0/rates", json!({"GBP": "1.00"}));
        let published = Program::from_json(include_str!("../../schema/programs/tiered.json")).unwrap();
        assert_eq!(Program::from_json(&written).unwrap().content_hash(), published.content_hash());
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

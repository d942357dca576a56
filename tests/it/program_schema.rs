//! The published JSON Schema of a programme's document is the one that the reader's types make, and the published
//! programmes keep to it.

use std::{fs, path::PathBuf};

use loyalty::program::{Program, document};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

fn schema_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schema")
}

fn read(name: &str) -> String {
    let file = schema_folder().join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}; run `make schema`", file.display()))
}

#[test]
fn the_committed_schema_is_the_one_of_the_document_that_is_read() {
    assert!(
        read("program.schema.json") == document::json_schema(),
        "schema/program.schema.json is not what src/program/document.rs makes of it: run `make schema`"
    );
}

#[test]
fn the_published_programmes_keep_to_the_schema_and_are_read() {
    let schema: Value = serde_json::from_str(&document::json_schema()).unwrap();
    for name in ["programs/classic.json", "programs/tiered.json"] {
        let text = read(name);
        assert_eq!(faults(&schema, &serde_json::from_str(&text).unwrap()), Vec::<String>::new(), "{name}");
        Program::from_json(&text).unwrap();
    }
}

/// A brand whose editor is content is not turned away at the door, and what gets through the door is what was described.
#[test]
fn the_schema_and_the_reader_refuse_the_same_documents() {
    let schema: Value = serde_json::from_str(&document::json_schema()).unwrap();
    let published: Value = serde_json::from_str(&read("programs/tiered.json")).unwrap();
    for (pointer, wrong) in [
        ("/id", json!("Big Club")),
        ("/id", json!("-club")),
        ("/version", json!(0)),
        ("/version", json!("1")),
        ("/name", json!({})),
        ("/currencies", json!([])),
        ("/currencies/0/code", json!("points")),
        ("/currencies/0/code", json!("1POINT")),
        ("/currencies/0/scale", json!(10)),
        ("/currencies/0/colour", json!("red")),
        ("/currencies/0/deficitMax", json!(9_007_199_254_740_993_u64)),
        ("/currencies/0/deficitMax", json!(-1)),
        ("/currencies/0/activation", json!({"type": "AFTER", "days": 0})),
        ("/currencies/0/activation", json!({"type": "AFTER", "days": 3651})),
        ("/currencies/0/activation", json!({"type": "SOON"})),
        ("/currencies/0/expiry", json!({"type": "AFTER_DAYS", "days": 0})),
        ("/currencies/0/expiry", json!({"type": "AFTER_DAYS", "days": 36501})),
        ("/currencies/0/expiry", json!({"type": "AFTER_MONTHS", "months": 0})),
        ("/currencies/0/expiry", json!({"type": "AFTER_MONTHS", "months": 1201})),
        ("/earning/rules", json!([])),
        ("/earning/rules/0/id", json!("")),
        ("/earning/rules/0/rates", json!({})),
        ("/earning/rounding", json!("SIDEWAYS")),
        ("/earning/rules/0/rates", json!({"GBP": 1})),
        ("/earning/rules/0/rates", json!({"GBP": "one"})),
        ("/earning/rules/0/rates", json!({"GBP": "-1"})),
        ("/earning/rules/0/rates", json!({"pounds": "1"})),
        ("/tiers/levels", json!([])),
        ("/tiers/levels/0/name", json!({})),
        ("/tiers/levels/1/threshold", json!(500)),
        ("/tiers/levels/0/id", json!("")),
        ("/tiers/window", json!({"type": "CALENDAR_YEAR", "carryYears": 11})),
    ] {
        let mut document = published.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match document.pointer_mut(parent).unwrap() {
            Value::Object(object) => drop(object.insert(key.into(), wrong.clone())),
            other => panic!("{parent} is no object but {other}"),
        }
        assert!(!faults(&schema, &document).is_empty(), "the schema takes {pointer} = {wrong}");
        let read = Program::from_json(&document.to_string());
        assert!(read.is_err(), "the reader takes {pointer} = {wrong}");
    }
}

/// Checks a value by the words of JSON Schema that ours uses. A word that it does not know is a failure, not a pass.
fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let Value::Object(words) = schema else {
        if schema == &Value::Bool(false) {
            found.push(format!("{path}: is not known"));
        }
        return;
    };
    for (word, says) in words {
        let holds = match word.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" | "format" => true,
            "$ref" => {
                let place =
                    says.as_str().and_then(|at| at.strip_prefix('#')).expect("a place in this schema");
                check(root, root.pointer(place).expect("a definition"), value, path, found);
                true
            }
            "type" => match says {
                Value::Array(types) => types.iter().any(|one| is_type(one, value)),
                one => is_type(one, value),
            },
            "const" => value == says,
            "enum" => says.as_array().is_some_and(|all| all.contains(value)),
            "oneOf" => matching(root, says, value) == 1,
            "anyOf" => matching(root, says, value) > 0,
            "required" => names(says).iter().all(|name| value.get(name).is_some()),
            "properties" | "additionalProperties" => {
                properties(root, words, value, path, found);
                true
            }
            "propertyNames" => {
                for name in value.as_object().into_iter().flat_map(Map::keys) {
                    check(root, says, &Value::from(name.as_str()), path, found);
                }
                true
            }
            "items" => {
                for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, says, item, &format!("{path}/{i}"), found);
                }
                true
            }
            "minimum" => !value.is_number() || number(value) >= number(says),
            "maximum" => !value.is_number() || number(value) <= number(says),
            "minItems" => value.as_array().is_none_or(|items| as_u64(items.len()) >= says.as_u64()),
            "minProperties" => value.as_object().is_none_or(|object| as_u64(object.len()) >= says.as_u64()),
            "minLength" => value.as_str().is_none_or(|text| as_u64(text.chars().count()) >= says.as_u64()),
            "maxLength" => value.as_str().is_none_or(|text| as_u64(text.chars().count()) <= says.as_u64()),
            "pattern" => value.as_str().is_none_or(|text| fits(says.as_str().expect("a text"), text)),
            other => panic!("{path}: this check does not know `{other}`; teach it"),
        };
        if !holds {
            found.push(format!("{path}: {value} is against {word} {says}"));
        }
    }
}

fn properties(root: &Value, words: &Map<String, Value>, value: &Value, path: &str, found: &mut Vec<String>) {
    let known = words.get("properties").and_then(Value::as_object);
    for (name, part) in value.as_object().into_iter().flatten() {
        let own = known.and_then(|known| known.get(name));
        if let Some(schema) = own.or_else(|| words.get("additionalProperties")) {
            check(root, schema, part, &format!("{path}/{name}"), found);
        }
    }
}

fn matching(root: &Value, schemas: &Value, value: &Value) -> usize {
    let matches = |schema: &&Value| {
        let mut found = Vec::new();
        check(root, schema, value, "", &mut found);
        found.is_empty()
    };
    schemas.as_array().into_iter().flatten().filter(matches).count()
}

fn is_type(name: &Value, value: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("null") => value.is_null(),
        other => panic!("no type of JSON: {other:?}"),
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Exactly: a float would not tell 2^53 from the number after it.
fn number(value: &Value) -> Decimal {
    value.to_string().parse().expect("a number")
}

fn as_u64(length: usize) -> Option<u64> {
    u64::try_from(length).ok()
}

/// The patterns that the schema uses, by hand: a whole engine of regular expressions for four would be much.
fn fits(pattern: &str, text: &str) -> bool {
    let all = |text: &str, rest: fn(char) -> bool| text.chars().all(rest);
    match pattern {
        "^[a-z0-9][a-z0-9-]{0,63}$" => {
            let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            (1..=64).contains(&text.len()) && all(text, rest) && !text.starts_with('-')
        }
        "^[A-Z][A-Z0-9_]{0,15}$" => {
            let rest = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            let first = text.starts_with(|c: char| c.is_ascii_uppercase());
            (1..=16).contains(&text.len()) && all(text, rest) && first
        }
        "^[A-Z]{3}$" => text.len() == 3 && all(text, |c| c.is_ascii_uppercase()),
        r"^[0-9]+(\.[0-9]+)?$" => {
            let digits = |part: &str| !part.is_empty() && all(part, |c| c.is_ascii_digit());
            text.split('.').count() <= 2 && text.split('.').all(digits)
        }
        other => panic!("this check does not know the pattern {other}; teach it"),
    }
}

//! What is found by what is sent, in each of the three ways of a service.

use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::hot::Texts;

const LISTED: &str = "query Listed { loyaltyPrograms { id } }";
const OTHER: &str = "{ __typename }";

fn trusted() -> Trusted {
    Trusted::read(&json!({"programmes": LISTED}).to_string()).unwrap()
}

fn texts() -> Texts {
    Texts::alone(Duration::from_mins(1))
}

async fn found(operations: &Operations, query: Option<&str>, hash: Option<&str>) -> Result<String, Refused> {
    let found = operations.find(query.map(str::to_owned), hash.map(str::to_owned)).await?;
    let shown = if found.is_new() { format!("new {}", found.query) } else { found.query.clone() };
    operations.accepted(found, &Caller::customer("ann")).await;
    Ok(shown)
}

#[tokio::test]
async fn an_operation_is_found_by_what_is_sent() {
    let [listed, other] = [hash_of(LISTED), hash_of(OTHER)];
    let new = format!("new {OTHER}");
    let ok = |text: &str| Ok(text.to_owned());
    let automatic = Operations::new(trusted(), false, Some(texts()), None);
    let only = Operations::new(trusted(), true, None, None);
    let off = Operations::new(trusted(), false, None, None);
    for (query, hash, by_automatic, by_only, by_off) in [
        (None, Some("programmes"), ok(LISTED), ok(LISTED), ok(LISTED)),
        (None, Some(&*listed), ok(LISTED), ok(LISTED), ok(LISTED)),
        (Some(LISTED), None, ok(LISTED), ok(LISTED), ok(LISTED)),
        (Some(LISTED), Some("programmes"), ok(LISTED), ok(LISTED), ok(LISTED)),
        (
            Some(OTHER),
            Some("programmes"),
            Err(Refused::OtherHash),
            Err(Refused::NotTrusted),
            Err(Refused::OtherHash),
        ),
        (Some(OTHER), None, ok(OTHER), Err(Refused::NotTrusted), ok(OTHER)),
        (None, Some(&*other), Err(Refused::NotFound), Err(Refused::NotTrusted), Err(Refused::NotSupported)),
        (None, Some("unknown"), Err(Refused::NotFound), Err(Refused::NotTrusted), Err(Refused::NotSupported)),
        (Some(OTHER), Some("wrong"), Err(Refused::OtherHash), Err(Refused::NotTrusted), ok(OTHER)),
        (
            Some(OTHER),
            Some(&*listed),
            Err(Refused::OtherHash),
            Err(Refused::NotTrusted),
            Err(Refused::OtherHash),
        ),
        (Some(OTHER), Some(&*other), ok(&new), Err(Refused::NotTrusted), ok(OTHER)),
        // From here on it is known where it could be registered.
        (Some(OTHER), Some(&*other), ok(OTHER), Err(Refused::NotTrusted), ok(OTHER)),
        (None, Some(&*other), ok(OTHER), Err(Refused::NotTrusted), Err(Refused::NotSupported)),
    ] {
        assert_eq!(found(&automatic, query, hash).await, by_automatic, "automatic {query:?} {hash:?}");
        assert_eq!(found(&only, query, hash).await, by_only, "only {query:?} {hash:?}");
        assert_eq!(found(&off, query, hash).await, by_off, "off {query:?} {hash:?}");
    }
}

#[tokio::test]
async fn nobody_registers_without_a_token_nor_what_is_too_long() {
    let operations = Operations::new(Trusted::default(), false, Some(texts()), None);
    let long = format!("{{ __typename }} #{}", "x".repeat(BYTES_MAX));
    for (query, caller, kept) in [
        (OTHER, Caller::anonymous(), false),
        (&*long, Caller::customer("ann"), false),
        (OTHER, Caller::customer("ann"), true),
    ] {
        let hash = hash_of(query);
        let known = operations.find(Some(query.to_owned()), Some(hash.clone())).await.unwrap();
        operations.accepted(known, &caller).await;
        assert_eq!(operations.find(None, Some(hash)).await.is_ok(), kept);
    }
}

#[test]
fn a_manifest_is_read_in_both_forms_and_said_to_be_wrong_where_it_is() {
    let apollo = |format: &str, id: &str, body: &str| {
        json!({"format": format, "version": 1, "operations": [
            {"id": id, "name": "Listed", "type": "query", "body": body}]})
    };
    let (format, hash) = ("apollo-persisted-query-manifest", hash_of(LISTED));
    for (manifest, said) in [
        (apollo(format, &hash, LISTED), None),
        (apollo(format, "an-id", LISTED), None),
        (json!({"an-id": LISTED, &hash: LISTED}), None),
        (json!({}), None),
        (apollo("relay", &hash, LISTED), Some("its format is `relay`, version 1")),
        (json!({&hash: OTHER}), Some("is named by a SHA-256 that is not its own")),
        (json!({"a": "{ "}), Some("the operation `a` does not parse")),
        (json!({"a": 7}), Some("invalid type")),
        (json!([]), Some("invalid type")),
    ] {
        let read = Trusted::read(&manifest.to_string());
        match said {
            None => assert_eq!(read.unwrap().count(), usize::from(manifest != json!({})), "{manifest}"),
            Some(said) => {
                let error = read.unwrap_err().to_string();
                assert!(error.contains(said), "{manifest}: {error}");
            }
        }
    }
    assert!(Trusted::read("{").is_err());
    let twice = json!({"format": format, "version": 1, "operations": [
        {"id": "a", "body": LISTED}, {"id": "a", "body": OTHER}]});
    assert_eq!(
        Trusted::read(&twice.to_string()).unwrap_err().to_string(),
        "the operation `a` is there twice"
    );
}

//! Having a programme's document checked before it is served.

use loyalty::auth::{MintRequest, PrincipalKind};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, said, with};
use crate::{
    on_each_backend,
    support::{Backend, client::minted},
};

const CHECK: &str = "query($document: String!) { it: loyaltyProgramCheck(document: $document) {
    programId version isKnown problem { field message } } }";

fn classic() -> Value {
    serde_json::from_str(include_str!("../../../schema/programs/classic.json")).unwrap()
}

async fn a_document_is_checked_and_nothing_is_changed(backend: Backend) {
    let desk = Desk::open(backend).await;
    let check =
        async |document: String| desk.oms.data(CHECK, json!({"document": document})).await["it"].clone();
    let fine = |version: u32, known: bool| json!({"programId": "classic", "version": version, "isKnown": known, "problem": null});
    assert_eq!(check(classic().to_string()).await, fine(1, true));
    assert_eq!(check(with(&classic(), "/version", json!(2)).to_string()).await, fine(2, false));
    let other = with(&classic(), "/name", json!({"en": "Other"}));
    let message = "was served before with other content; give the change a version of its own";
    let refused = json!({"programId": "classic", "version": 1, "isKnown": false,
        "problem": {"field": "version", "message": message}});
    assert_eq!(check(other.to_string()).await, refused);
    for (document, field) in [
        ("{".to_owned(), "."),
        (with(&classic(), "/version", json!("one")).to_string(), "version"),
        (with(&classic(), "/currencies/0/code", json!("points")).to_string(), "currencies[0].code"),
        (with(&classic(), "/timeZone", json!("Nowhere")).to_string(), "timeZone"),
    ] {
        let answer = check(document.clone()).await;
        assert_eq!(
            (&answer["problem"]["field"], &answer["programId"]),
            (&json!(field), &Value::Null),
            "{document}"
        );
        assert!(!answer["problem"]["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(desk.database.number("SELECT count(*) FROM program_versions").await, 2);
    desk.close();
}

/// To a token for other programmes this one has no versions.
async fn versions_of_others_are_not_told(backend: Backend) {
    let desk = Desk::open(backend).await;
    let of_tiered = minted(MintRequest {
        kind: PrincipalKind::Service,
        subject: "studio".to_owned(),
        scope: vec!["loyalty:program:write".to_owned()],
        programs: Some(vec!["tiered".to_owned()]),
        ..MintRequest::default()
    });
    let studio = desk.server.client().with_token(&of_tiered);
    let other = with(&classic(), "/name", json!({"en": "Other"}));
    for document in [classic(), other] {
        let answer = studio.ask(CHECK, json!({"document": document.to_string()})).await;
        assert_eq!(
            said(&answer),
            "FORBIDDEN the token does not allow it: a token for the programme is needed"
        );
    }
    desk.close();
}

on_each_backend!(a_document_is_checked_and_nothing_is_changed, versions_of_others_are_not_told);

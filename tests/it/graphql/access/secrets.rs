//! What must not be told stays untold: tokens and keys are in no log, however much is logged.

use std::{fs::File, process::Stdio};

use loyalty::auth::PrincipalKind;
use serde_json::json;

use crate::support::{
    Backend, Client, Database, Server,
    client::token,
    server::{SECRET, loyalty},
};

/// A password in the address of the keys, where nobody answers.
const KEYS: &str = "http://reader:hunter2@127.0.0.1:1/jwks.json?key=hunter3";

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_keys_are_in_no_log() {
    let database = Database::fresh(Backend::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let server = Server::run(
        loyalty(&database, &["serve"])
            .env("RUST_LOG", "trace")
            .env("LOYALTY_AUTH_JWKS", KEYS)
            .stderr(Stdio::from(File::create(&log).unwrap())),
    );
    let good = token(PrincipalKind::Service, "oms", "loyalty:program:read");
    let (head, _) = good.rsplit_once('.').unwrap();
    let bad = format!("{head}.bm8gc2lnbmF0dXJl");
    let ask = async |client: Client| client.ask("{ loyaltyPrograms { id } }", json!({})).await;
    assert!(ask(server.client().with_token(&good)).await.get("errors").is_none());
    assert!(ask(server.client().with_token(&bad)).await.get("errors").is_some());
    server.stop();

    let told = std::fs::read_to_string(log).unwrap();
    for word in ["token refused", "could not be fetched"] {
        assert!(told.contains(word), "{word} is not logged: is anything?");
    }
    let claims = head.rsplit_once('.').unwrap().1;
    for secret in [claims, good.rsplit_once('.').unwrap().1, "bm8gc2lnbmF0dXJl", SECRET, "hunter2", "hunter3"]
    {
        assert!(!told.contains(secret), "{secret} is in the log");
    }
}

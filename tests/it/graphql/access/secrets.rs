//! What must not be told stays untold: tokens, keys, and what callers send are in no log, however much is logged.

use std::{fs::File, path::PathBuf, process::Stdio};

use loyalty::auth::PrincipalKind;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    graphql::{SHOP, enroll, order, record_order, recording, subscription::Line, with},
    on_each_backend,
    support::{
        Backend, Client, Database, Server,
        client::{SERVICE_SCOPES, token},
        server::{SECRET, loyalty},
    },
};

/// A password in the address of the keys, where nobody answers.
const KEYS: &str = "http://reader:hunter2@127.0.0.1:1/jwks.json?key=hunter3";

/// Is in whatever callers send here, and in nothing else.
const MARK: &str = "zanzibar";

/// A server that logs whatever there is to be logged.
struct Talkative {
    server: Server,
    folder: TempDir,
}

impl Talkative {
    fn start(database: &Database, format: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let server = Server::run(
            loyalty(database, &["serve"])
                .env("RUST_LOG", "trace")
                .env("LOYALTY_LOG_FORMAT", format)
                .env("LOYALTY_AUTH_JWKS", KEYS)
                .env("LOYALTY_PROGRAMS", SHOP)
                .stderr(Stdio::from(log)),
        );
        Self { server, folder }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What was logged, from the start to the end.
    fn told(self) -> String {
        let log = self.log();
        self.server.stop();
        std::fs::read_to_string(log).unwrap()
    }
}

/// Fails with the lines in which a word is.
fn check_untold(told: &str, word: &str) {
    let lines: Vec<&str> = told.lines().filter(|line| line.contains(word)).take(3).collect();
    assert!(lines.is_empty(), "`{word}` is in the log: {lines:#?}");
}

async fn tokens_and_keys_are_in_no_log(backend: Backend) {
    let database = Database::fresh(backend).await;
    let talkative = Talkative::start(&database, "text");
    let good = token(PrincipalKind::Service, "oms", "loyalty:program:read");
    let (head, _) = good.rsplit_once('.').unwrap();
    let bad = format!("{head}.bm8gc2lnbmF0dXJl");
    let door = talkative.server.client();
    let ask = async |client: Client| client.ask("{ loyaltyPrograms { id } }", json!({})).await;
    assert!(ask(door.with_token(&good)).await.get("errors").is_none());
    assert!(ask(door.with_token(&bad)).await.get("errors").is_some());
    for token in [&good, &bad] {
        let mut line = Line::open(&door.address, &json!({"Authorization": format!("Bearer {token}")})).await;
        line.hear().await;
    }
    let told = talkative.told();
    for word in ["token refused", "could not be fetched"] {
        assert!(told.contains(word), "{word} is not logged: is anything?");
    }
    let claims = head.rsplit_once('.').unwrap().1;
    for secret in [claims, good.rsplit_once('.').unwrap().1, "bm8gc2lnbmF0dXJl", SECRET, "hunter2", "hunter3"]
    {
        check_untold(&told, secret);
    }
}

/// Sends the mark in every place where something can be sent, and answers how often it was answered well.
async fn send_marks(door: &Client) -> usize {
    let oms = door.with_token(&token(PrincipalKind::Service, MARK, SERVICE_SCOPES));
    let marked = order(MARK, MARK);
    let record =
        |order: &Value| json!({"input": with(&recording("classic", order), "/idempotencyKey", json!(MARK))});
    let enrolling =
        json!({"input": {"program": "tiered", "idempotencyKey": MARK, "customerId": MARK, "storeId": MARK}});
    let entity =
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { id loyalty { id } } } }";
    let literal = format!("{{ loyaltyProgram(id: \"{MARK}\") {{ id }} }}");
    let mut answered = 0;
    for (document, variables) in [
        (&*enroll(), enrolling),
        (&record_order(), record(&marked)),
        // The same key for something else; what cannot be; what is no order at all.
        (&record_order(), record(&with(&marked, "/lines/0/quantity", json!(7)))),
        (&record_order(), record(&with(&marked, "/placedAt", json!("2999-01-01T00:00:00Z")))),
        (&record_order(), record(&with(&marked, "/currencyCode", json!(MARK)))),
        (&record_order(), json!({"input": {MARK: MARK}})),
        (entity, json!({"r": [{"__typename": "Customer", "id": MARK}]})),
        (entity, json!({"r": [{"__typename": MARK, "id": MARK}]})),
        ("query($id: ID!) { loyaltyMember(id: $id) { id } }", json!({"id": MARK})),
        (&literal, json!({MARK: MARK})),
        (&format!("{{ {MARK} }}"), json!({})),
        (&format!("{{ \"{MARK}"), json!({})),
    ] {
        answered += usize::from(oms.ask(document, variables).await.get("errors").is_none());
    }
    send_strange_marks(door).await;
    let bearer = token(PrincipalKind::Customer, MARK, "");
    let mut line = Line::with_token(&door.address, &bearer).await;
    line.subscribe(
        "subscription($c: ID!) { loyaltyBalanceChanged(customerId: $c, program: \"classic\") { id } }",
        MARK,
    )
    .await;
    answered += usize::from(line.hear().await["type"] == "next");
    line.send(&json!({"type": MARK})).await;
    line.hear().await;
    answered
}

/// What is no GraphQL, and what is asked by GET.
async fn send_strange_marks(door: &Client) {
    let (http, url) = (reqwest::Client::new(), format!("{}/graphql", door.address));
    for body in [
        MARK.to_owned(),
        format!("{{\"query\": \"{MARK}"),
        format!("[\"{MARK}\"]"),
        format!("{{\"{MARK}\": 1}}"),
    ] {
        let request = http.post(&url).header("content-type", "application/json").body(body);
        assert!(!request.send().await.unwrap().status().is_success());
    }
    let asked =
        format!("{url}?query=%7B__typename%7D&variables=%7B%22a%22%3A%22{MARK}%22%7D&operationName={MARK}");
    let request = http.get(asked).header("accept", "application/json").header("x-router-secret", MARK);
    request.bearer_auth(MARK).send().await.unwrap();
}

async fn what_callers_send_is_in_no_log(backend: Backend) {
    let database = Database::fresh(backend).await;
    for format in ["text", "json"] {
        let talkative = Talkative::start(&database, format);
        let answered = send_marks(&talkative.server.client()).await;
        assert!(answered >= 4, "only {answered} were answered: is anything marked?");
        let told = talkative.told();
        assert!(told.contains("answered"), "requests are logged at all");
        check_untold(&told, MARK);
    }
}

/// A database that refuses a row says which, to whoever asks it in detail.
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_is_logged_without_the_row_that_it_was_about() {
    let database = Database::fresh(Backend::Postgres).await;
    let sql = format!("ALTER TABLE members ADD CONSTRAINT nobody CHECK (customer_id <> '{MARK}')");
    database.execute(&sql).await;
    let talkative = Talkative::start(&database, "text");
    let oms = talkative.server.client().oms();
    let input = json!({"input": recording("classic", &order("o-1", MARK))});
    assert_eq!(oms.code(&record_order(), input).await, "INTERNAL");
    let told = talkative.told();
    assert!(told.contains("nobody"), "the cause is logged");
    check_untold(&told, MARK);
}

on_each_backend!(tokens_and_keys_are_in_no_log, what_callers_send_is_in_no_log);

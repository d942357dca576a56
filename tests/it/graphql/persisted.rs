//! Operations by name: registered by clients, and listed in a manifest.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::subscription::{Line, own};
use crate::support::{Backend, Client, Database, Server, redis_server::RedisServer};

const ASK: &str = "query Ask { it: __typename }";
const CHANGE: &str = "mutation { it: __typename }";

fn hash(query: &str) -> String {
    Sha256::digest(query).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn by_hash(hash: &str) -> Value {
    json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}})
}

fn with_hash(query: &str, hash: &str) -> Value {
    let mut body = by_hash(hash);
    body["query"] = query.into();
    body
}

/// What a body is answered: the field `it`, or the error's code.
async fn said(client: &Client, body: &Value) -> String {
    let answer = client.post(body).await;
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    code.or_else(|| answer["data"]["it"].as_str()).unwrap_or_else(|| panic!("{answer:#}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_learns_all_know() {
    let redis = RedisServer::start().await;
    let database = Database::fresh(Backend::Postgres).await;
    let servers = [0, 1].map(|_| Server::start_with(&database, &[("REDIS_URL", &redis.url())]));
    let [one, other] = [0, 1].map(|i| servers[i].client().customer("ann"));
    let (ask, change) = (hash(ASK), hash(CHANGE));
    for (client, body, expected) in [
        (&one, by_hash(&ask), "PERSISTED_QUERY_NOT_FOUND"),
        (&one, with_hash(ASK, &change), "PERSISTED_QUERY_HASH_MISMATCH"),
        (&one, with_hash("{ gone }", &hash("{ gone }")), "BAD_USER_INPUT"),
        (&other, by_hash(&hash("{ gone }")), "PERSISTED_QUERY_NOT_FOUND"),
        (&one, with_hash(ASK, &ask), "Query"),
        (&one, by_hash(&ask), "Query"),
        (&other, by_hash(&ask), "Query"),
        (&other, with_hash(CHANGE, &change), "Mutation"),
        (&one, by_hash(&change), "Mutation"),
        (&one, json!({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": ask}}}), "BAD_REQUEST"),
    ] {
        assert_eq!(said(client, &body).await, expected, "{body}");
    }
    let answer = one.post(&by_hash(&hash("{ unknown }"))).await;
    assert_eq!(answer["errors"][0]["message"], "PersistedQueryNotFound", "the words that clients know");

    // By GET the hash is the whole question; what changes something is refused however it is named.
    let get = async |hash: &str| {
        let extensions = by_hash(hash)["extensions"].to_string();
        let encoded = extensions.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let url = format!("{}/graphql?extensions={encoded}", one.address);
        let request = reqwest::Client::new().get(url).header("accept", "application/json");
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!((get(&ask).await, get(&change).await), (200, 405));
    assert!(one.metric("loyalty_persisted_operations_total{result=\"hit\"}").await >= 3.0);

    // A Redis that says no to this is not away for all that.
    redis.forbid("getex").await;
    assert_eq!(said(&other, &by_hash(&hash("{ unknown }"))).await, "PERSISTED_QUERY_NOT_FOUND");
    assert!(other.metric("loyalty_hot_degraded").await.abs() < f64::EPSILON);

    // A token is needed to leave something behind.
    let fresh = "{ it: __typename fresh: __typename }";
    let nobody = Client::new(&one.address);
    assert_eq!(said(&nobody, &with_hash(fresh, &hash(fresh))).await, "Query");
    assert_eq!(said(&one, &by_hash(&hash(fresh))).await, "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_principal_leaves_so_many_behind_a_minute() {
    let redis = RedisServer::start().await;
    let database = Database::fresh(Backend::Postgres).await;
    let environment = [("REDIS_URL", &*redis.url()), ("LOYALTY_PERSISTED_PER_MINUTE", "2")];
    let servers = [0, 1].map(|_| Server::start_with(&database, &environment));
    let [one, other] = [0, 1].map(|i| servers[i].client());
    let [ann, ann_elsewhere, bob] = [one.customer("ann"), other.customer("ann"), one.customer("bob")];
    let names = ["a", "b", "c", "d"].map(|name| format!("mutation {{ it: __typename {name}: __typename }}"));
    let keep = |name: &str| with_hash(name, &hash(name));
    for (client, body, expected) in [
        (&ann, keep(&names[0]), "Mutation"),
        (&ann_elsewhere, keep(&names[1]), "Mutation"),
        (&ann, keep(&names[2]), "RATE_LIMITED"),
        (&ann, by_hash(&hash(&names[2])), "PERSISTED_QUERY_NOT_FOUND"),
        // What is known, and what is not to be kept, is no news.
        (&ann, keep(&names[0]), "Mutation"),
        (&ann, by_hash(&hash(&names[1])), "Mutation"),
        (&ann, json!({"query": names[2]}), "Mutation"),
        (&one, keep(&names[2]), "Mutation"),
        // Others are counted apart.
        (&bob, keep(&names[3]), "Mutation"),
    ] {
        assert_eq!(said(client, &body).await, expected, "{body}");
    }
    let answer = ann.post(&keep(&names[2])).await;
    let seconds = answer["errors"][0]["extensions"]["retryAfterSeconds"].as_u64().unwrap();
    assert!((1..=30).contains(&seconds), "{answer:#}");
    let message = format!(
        "too many new operations: the next one is kept in {seconds} s; sent without its hash, the query is answered now"
    );
    assert_eq!(answer["errors"][0]["message"], message);
    assert!(one.metric("loyalty_limited_total{limit=\"registrations\"}").await >= 2.0);
}

/// A manifest in a directory of its own.
fn manifest(json: &Value) -> (TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("operations.json");
    std::fs::write(&path, json.to_string()).unwrap();
    (directory, path.display().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_trusted_operations_answers_nothing_else() {
    let listening = "subscription($c: ID!) { loyaltyBalanceChanged(customerId: $c) { id } }";
    let (_directory, path) = manifest(&json!({
        "format": "apollo-persisted-query-manifest", "version": 1, "operations": [
            {"id": hash(ASK), "name": "Ask", "type": "query", "body": ASK},
            {"id": "listening", "name": "L", "type": "subscription", "body": listening}]}));
    let database = Database::fresh(Backend::Sqlite).await;
    let only = [("LOYALTY_PERSISTED_OPERATIONS", "only"), ("LOYALTY_OPERATIONS_MANIFEST", &*path)];
    let server = Server::start_with(&database, &only);
    let ann = server.client().customer("ann");
    let other = "{ it: __typename }";
    for (body, expected) in [
        (by_hash(&hash(ASK)), "Query"),
        (json!({"query": ASK}), "Query"),
        (with_hash(ASK, &hash(ASK)), "Query"),
        (json!({"query": other}), "OPERATION_NOT_TRUSTED"),
        (json!({"query": format!("{ASK} ")}), "OPERATION_NOT_TRUSTED"),
        (with_hash(other, &hash(other)), "OPERATION_NOT_TRUSTED"),
        (by_hash(&hash(other)), "OPERATION_NOT_TRUSTED"),
        (by_hash("unknown"), "OPERATION_NOT_TRUSTED"),
        (json!({"query": "{ __schema { types { name } } }"}), "OPERATION_NOT_TRUSTED"),
    ] {
        assert_eq!(said(&ann, &body).await, expected, "{body}");
    }
    let mut line = Line::with_token(&server.address, &own("ann")).await;
    line.subscribe(&format!("{listening} "), "ann").await;
    let told = line.hear().await;
    assert_eq!(told["payload"]["errors"][0]["extensions"]["code"], "OPERATION_NOT_TRUSTED", "{told:#}");

    // The other gets as far as to be asked for its token.
    let mut line = Line::open(&server.address, &json!({})).await;
    assert_eq!(line.hear().await, json!({"type": "connection_ack"}));
    line.subscribe(listening, "ann").await;
    let told = line.hear().await;
    assert_eq!(told["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{told:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_is_none_is_a_reason_not_to_start() {
    let database = Database::fresh(Backend::Sqlite).await;
    let (_directory, path) = manifest(&json!({hash(ASK): CHANGE}));
    let mut serve = crate::support::server::loyalty(&database, &["serve"]);
    let output = serve.env("LOYALTY_OPERATIONS_MANIFEST", path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains("`LOYALTY_OPERATIONS_MANIFEST` names no manifest"), "{said}");
    assert!(said.contains("named by a SHA-256 that is not its own"), "{said}");
}

//! How fast one caller may ask: counted for all processes in Redis, and by each of them while that is away.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::subscription::{Line, own};
use crate::support::{Backend, Client, Database, Server, redis_server::RedisServer};

/// Ten a minute, two at once: the third waits some seconds, longer than the test asks.
const RATE: [(&str, &str); 2] = [("LOYALTY_RATE_PER_MINUTE", "10"), ("LOYALTY_RATE_BURST_SECONDS", "12")];

const ASK: &str = "{ __typename }";

/// `ok`, or the code of the error.
async fn said(client: &Client) -> String {
    let answer = client.ask(ASK, json!({})).await;
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("ok").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_counted_once_for_all_processes() {
    let mut redis = RedisServer::start().await;
    let database = Database::fresh(Backend::Postgres).await;
    let url = redis.url();
    let environment = [&RATE[..], &[("REDIS_URL", &*url), ("LOYALTY_RELAY_INTERVAL_MS", "3600000")]].concat();
    let servers = [0, 1].map(|_| Server::start_with(&database, &environment));
    let [one, other] = [0, 1].map(|i| servers[i].client());
    let before = redis.commands().await;
    let [ann, elsewhere] = [one.customer("c-ann"), other.customer("c-ann")];
    assert_eq!([said(&ann).await, said(&elsewhere).await], ["ok", "ok"]);
    for client in [&ann, &elsewhere, &ann, &elsewhere] {
        assert_eq!(said(client).await, "RATE_LIMITED");
    }
    assert_eq!(said(&other.customer("c-bob")).await, "ok", "each is counted apart");
    for _ in 0..5 {
        assert_eq!(said(&one.oms()).await, "ok", "services have a rate of their own, and here none");
    }
    // One script a request; whoever has to wait is not asked about again before.
    let served = redis.commands().await.since(&before);
    assert!((5..=7).contains(&served["evalsha"]), "{served:?}");
    assert_eq!(served.get("mget"), None, "{served:?}");
    let keys = redis.keys().await;
    assert_eq!(keys.iter().filter(|key| key.contains(":pace:")).count(), 2, "{keys:?}");
    assert!(!keys.iter().any(|key| key.contains("ann") || key.contains("bob")), "{keys:?}");

    redis.kill(false).await;
    let carl = [one.customer("c-carl"), other.customer("c-carl")];
    for client in &carl {
        let answers = [said(client).await, said(client).await, said(client).await];
        assert_eq!(answers, ["ok", "ok", "RATE_LIMITED"], "each process counts by itself");
    }
    assert!(one.metric("loyalty_paced_alone_total").await >= 2.0);
    assert!(one.metric("loyalty_limited_total{limit=\"rate\"}").await >= 3.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_to_wait_is_told_how_long_in_both_forms_and_on_sockets() {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start_with(&database, &RATE);
    let http = reqwest::Client::new();
    let ask = async |accept: &'static str, token: &str| {
        let request = http.post(format!("{}/graphql", server.address)).json(&json!({"query": ASK}));
        let response = request.header("accept", accept).bearer_auth(token).send().await.unwrap();
        let wait = response.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        (status, wait, response.json::<Value>().await.unwrap()["errors"][0]["extensions"].clone())
    };
    let (json, graphql) = ("application/json", "application/graphql-response+json");
    let ann = own("ann");
    for _ in 0..2 {
        assert_eq!(ask(json, &ann).await, (200, None, json!(null)));
    }
    for (accept, status) in [(json, 200), (graphql, 429)] {
        let (got, wait, extensions) = ask(accept, &ann).await;
        let seconds: u64 = wait.unwrap().parse().unwrap();
        assert_eq!(got, status);
        assert!((1..=6).contains(&seconds), "{seconds}");
        assert_eq!(extensions, json!({"code": "RATE_LIMITED", "retryAfterSeconds": seconds}));
    }
    // So counts who opens a socket, and each subscription of it.
    let bearer = |token: &str| json!({"Authorization": format!("Bearer {token}")});
    let told = Line::open(&server.address, &bearer(&ann)).await.hear().await;
    let reason = told["reason"].as_str().unwrap_or_default().to_owned();
    assert!(told["closed"] == 4429 && reason.starts_with("too many requests: "), "{told:#}");
    let mut line = Line::with_token(&server.address, &own("bob")).await;
    for expected in [json!("FORBIDDEN"), json!("RATE_LIMITED")] {
        line.subscribe("subscription($c: ID!) { loyaltyBalanceChanged(customerId: $c) { id } }", "ann").await;
        let told = line.hear().await;
        assert_eq!(told["payload"]["errors"][0]["extensions"]["code"], expected, "{told:#}");
        assert_eq!(line.hear().await["type"], "complete");
    }
    // Tokens that do not hold count as the address that they come from, all together.
    let codes = [ask(json, "a").await, ask(json, "b").await, ask(json, "c").await];
    let codes = codes.map(|(.., extensions)| extensions["code"].as_str().unwrap().to_owned());
    assert_eq!(codes, ["UNAUTHENTICATED", "UNAUTHENTICATED", "RATE_LIMITED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_no_place_for_a_socket_is_told_to_come_again() {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start_with(&database, &[("LOYALTY_SOCKETS_MAX", "1")]);
    let knock = async || {
        let request = reqwest::Client::new().get(format!("{}/graphql", server.address));
        let headers = [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-protocol", "graphql-transport-ws"),
        ];
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.headers().contains_key("retry-after"))
    };
    let taken = Line::with_token(&server.address, &own("ann")).await;
    assert_eq!(knock().await, (503, true));
    assert!(server.client().metric("loyalty_limited_total{limit=\"sockets\"}").await >= 1.0);
    assert_eq!(said(&server.client().customer("ann")).await, "ok", "requests have places of their own");
    drop(taken);
    let again = async { while knock().await.0 != 101 {} };
    tokio::time::timeout(std::time::Duration::from_mins(1), again).await.expect("the place is free again");
}

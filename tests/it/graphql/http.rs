//! HTTP: what a request must look like, what an answer looks like, and who watches the service.

use pretty_assertions::assert_eq;
use reqwest::{Method, header};
use serde_json::{Value, json};

use super::{Desk, order, record_order, recording};
use crate::{
    on_each_backend,
    support::{Backend, Database, Server, redis_server::RedisServer},
};

const JSON: &str = "application/json";
const GRAPHQL: &str = "application/graphql-response+json";

/// A request, and the status and code of its answer.
struct Row {
    method: Method,
    headers: Vec<(header::HeaderName, &'static str)>,
    /// The body of a POST, the address of a GET.
    text: String,
    status: u16,
    code: Option<&'static str>,
}

fn post(accept: &'static str, text: &Value, status: u16, code: Option<&'static str>) -> Row {
    let headers = vec![(header::ACCEPT, accept), (header::CONTENT_TYPE, JSON)];
    Row { method: Method::POST, headers, text: text.to_string(), status, code }
}

/// The parameters are percent-encoded to the last byte.
fn get(
    accept: Option<&'static str>,
    parameters: &[(&str, &str)],
    status: u16,
    code: Option<&'static str>,
) -> Row {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let headers = accept.map(|accept| (header::ACCEPT, accept)).into_iter().collect();
    Row { method: Method::GET, headers, text: pairs.join("&"), status, code }
}

fn rows() -> Vec<Row> {
    let ask = json!({"query": "{ __typename }"});
    let program = "query P($id: ID) { it: loyaltyProgram(id: $id) { id } }";
    let broken = json!({"query": "{ loyaltyPrograms { "});
    let unknown = json!({"query": "{ nothing }"});
    let enrol = "mutation { loyaltyMemberEnroll(input: {idempotencyKey: \"k\", customerId: \"c-9\"}) { __typename } }";
    let mut plain = post(JSON, &ask, 415, Some("UNSUPPORTED_MEDIA_TYPE"));
    plain.headers[1].1 = "text/plain";
    let mut not_json = post(JSON, &ask, 400, Some("BAD_REQUEST"));
    "{ __typename }".clone_into(&mut not_json.text);
    let mut list = post(JSON, &ask, 400, Some("BAD_REQUEST"));
    list.text = json!([ask]).to_string();
    let mut bad_token = post(GRAPHQL, &ask, 401, Some("UNAUTHENTICATED"));
    bad_token.headers.push((header::AUTHORIZATION, "Bearer abc"));
    let mut bad_token_json = post(JSON, &ask, 200, Some("UNAUTHENTICATED"));
    bad_token_json.headers.push((header::AUTHORIZATION, "Bearer abc"));
    // So large that its client is still sending when the answer is known.
    let mut large = post(JSON, &ask, 413, Some("PAYLOAD_TOO_LARGE"));
    large.text = json!({"query": "{ __typename }", "variables": {"x": "x".repeat(8 << 20)}}).to_string();
    vec![
        post(JSON, &ask, 200, None),
        post(GRAPHQL, &ask, 200, None),
        post("*/*", &ask, 200, None),
        post("text/html", &ask, 406, Some("NOT_ACCEPTABLE")),
        post(
            JSON,
            &json!({"query": program, "variables": {"id": "classic"}, "operationName": "P"}),
            200,
            None,
        ),
        // What cannot be executed differs in its status by the form of the answer; what was executed does not.
        post(JSON, &broken, 200, Some("BAD_USER_INPUT")),
        post(GRAPHQL, &broken, 400, Some("BAD_USER_INPUT")),
        post(JSON, &unknown, 200, Some("BAD_USER_INPUT")),
        post(GRAPHQL, &unknown, 400, Some("BAD_USER_INPUT")),
        post(
            GRAPHQL,
            &json!({"query": "{ it: loyaltyMember(id: \"x\") { id } }"}),
            200,
            Some("BAD_USER_INPUT"),
        ),
        post(JSON, &json!({"variables": {}}), 400, Some("BAD_REQUEST")),
        plain,
        not_json,
        list,
        large,
        bad_token,
        bad_token_json,
        get(Some(JSON), &[("query", "{ __typename }")], 200, None),
        get(
            Some(GRAPHQL),
            &[("query", program), ("variables", "{\"id\": \"classic\"}"), ("operationName", "P")],
            200,
            None,
        ),
        get(Some(JSON), &[("query", program), ("variables", "[")], 400, Some("BAD_REQUEST")),
        get(Some(JSON), &[("query", enrol)], 405, Some("METHOD_NOT_ALLOWED")),
        get(Some(JSON), &[], 400, Some("BAD_REQUEST")),
        // A link on a page could ask this.
        get(None, &[("query", "{ __typename }")], 400, Some("BAD_REQUEST")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_answered_in_the_form_that_they_ask_for() {
    let desk = Desk::open_with(Backend::Sqlite, &[("LOYALTY_BODY_BYTES_MAX", "20000")]).await;
    let written = desk.written().await;
    let token = crate::support::client::token(loyalty::auth::PrincipalKind::Customer, "c-1", "");
    let http = reqwest::Client::new();
    for Row { method, headers, text, status, code } in rows() {
        let shown = format!("{method} {headers:?} {}", text.chars().take(120).collect::<String>());
        let url = format!("{}/graphql", desk.server.address);
        let mut request = match method {
            Method::GET => http.get(format!("{url}?{text}")),
            _ => http.post(url).body(text),
        };
        if !headers.iter().any(|(name, _)| name == header::AUTHORIZATION) {
            request = request.bearer_auth(&token);
        }
        for (name, value) in &headers {
            request = request.header(name, *value);
        }
        let response = request.send().await.unwrap();
        let wants_graphql = headers.contains(&(header::ACCEPT, GRAPHQL));
        assert_eq!(response.status().as_u16(), status, "{shown}");
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            if wants_graphql { GRAPHQL } else { JSON },
            "{shown}"
        );
        assert_eq!(response.headers().contains_key(header::WWW_AUTHENTICATE), status == 401, "{shown}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"].as_str(), code, "{shown}: {answer}");
        assert_eq!(answer.get("errors").is_none(), code.is_none(), "{shown}");
    }
    assert_eq!(desk.written().await, written);
    let too_large = desk.oms.metric("loyalty_limited_total{limit=\"body_bytes\"}").await;
    assert!((too_large - 1.0).abs() < f64::EPSILON, "{too_large} bodies counted as too large");
    desk.close();
}

async fn those_who_watch_are_answered(backend: Backend) {
    let desk = Desk::open(backend).await;
    let client = desk.server.client();
    let live = client.get("/live").await;
    assert_eq!(
        (live.status().as_u16(), live.json::<Value>().await.unwrap()),
        (200, json!({"status": "live"}))
    );
    let ready = client.get("/ready").await;
    assert_eq!(ready.status().as_u16(), 200);
    let parts = json!({"database": "up", "hot": "up"});
    assert_eq!(ready.json::<Value>().await.unwrap(), json!({"status": "ready", "parts": parts}));

    let requests = client.metric("loyalty_http_requests_total").await;
    desk.ask(&record_order(), &recording("classic", &order("o-1", "c-1"))).await;
    let more = client.metric("loyalty_http_requests_total").await - requests;
    assert!((more - 1.0).abs() < f64::EPSILON, "{more} requests");
    let metrics = client.get("/metrics").await;
    assert!(metrics.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/plain"));
    let text = metrics.text().await.unwrap();
    assert!(text.lines().any(|line| line.starts_with("# TYPE loyalty_")), "{text}");
    assert!(!text.contains("c-1") && !text.contains("o-1"), "ids are no labels: {text}");
    desk.close();
}

on_each_backend!(those_who_watch_are_answered);

/// Without Redis answers are right and slower; without the database there are none.
#[tokio::test(flavor = "multi_thread")]
async fn readiness_tells_what_is_away() {
    let mut redis = RedisServer::start().await;
    let database = Database::fresh(Backend::Postgres).await;
    let server = Server::start_with(&database, &[("REDIS_URL", &redis.url())]);
    let client = server.client();
    let ready = async || {
        let response = client.get("/ready").await;
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let says = |status: &str, database: &str, hot: &str| json!({"status": status, "parts": {"database": database, "hot": hot}});
    assert_eq!(ready().await, (200, says("ready", "up", "up")));
    redis.kill(false).await;
    assert_eq!(ready().await, (200, says("degraded", "up", "down")));
    database.drop_by_force().await;
    assert_eq!(ready().await, (503, says("unavailable", "down", "down")));
    let live = client.get("/live").await;
    assert_eq!(live.status().as_u16(), 200, "a restart would not bring a database back");
}

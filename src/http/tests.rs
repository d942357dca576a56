//! What goes in and what comes out, as tables, over a schema of three fields.

use async_graphql::{EmptySubscription, ErrorExtensions as _, Object, Schema};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::{
    auth::{MintRequest, Principal, PrincipalKind, mint},
    clock::{FixedClock, Instant, SharedClock},
    config::{AuthConfig, Secret, SecretSource},
    ids::IdSource,
};

mod turned_away;

const SECRET: &str = "a secret for tests, long enough!";
const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

struct Query;

#[expect(clippy::unused_async, reason = "the macro takes async functions")]
#[Object]
impl Query {
    async fn hello(&self, #[graphql(default)] name: String) -> String {
        format!("hello {name}")
    }

    async fn who(&self, context: &async_graphql::Context<'_>) -> String {
        match context.data_unchecked::<Caller>().principal() {
            Principal::Customer { customer } => customer.clone(),
            other => format!("{other:?}"),
        }
    }

    async fn fault(&self) -> async_graphql::Result<Option<String>> {
        Err(async_graphql::Error::new("hidden").extend_with(|_, e| e.set("code", "INTERNAL")))
    }

    async fn panic(&self) -> String {
        panic_on_purpose()
    }

    async fn forever(&self) -> String {
        std::future::pending().await
    }
}

fn panic_on_purpose() -> String {
    panic!("on purpose")
}

struct Mutation;

#[Object]
impl Mutation {
    async fn change(&self) -> bool {
        true
    }
}

struct NoIds;

impl IdSource for NoIds {
    fn new_uuid(&self, _: Instant) -> uuid::Uuid {
        uuid::Uuid::from_u128(7)
    }
}

fn now() -> Instant {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

async fn door() -> Door {
    let clock: SharedClock = Arc::new(FixedClock(now()));
    let auth = AuthConfig {
        secret: Some(SecretSource::Given(Secret::new(SECRET))),
        jwks: None,
        issuer: "loyalty-dev".to_owned(),
        audience: "loyalty".to_owned(),
        ..AuthConfig::default()
    };
    let schema = Schema::new(Query, Mutation, EmptySubscription);
    Door {
        execute: execute_with(move |asked, caller, _| {
            let schema = schema.clone();
            async move {
                let query = asked.query.clone().unwrap_or_default();
                let only_reads = asked.only_reads && query.contains("mutation");
                let request = asked.into_request(query)?;
                if only_reads {
                    return Err(Rejection::only_reads());
                }
                Ok(Answer::Response(Box::new(schema.execute(request.data(caller)).await)))
            }
        }),
        subscribe: subscribe_with(|_, _, _| Box::pin(futures_util::stream::empty())),
        guard: Guard::new(&auth, clock).await.unwrap(),
        trace_ids: TraceIds::new(&NoIds, now()),
        trust: None,
        needs_certificate: false,
        admit: None,
        requests: Places::new(10),
        sockets: Places::new(10),
        body_bytes_max: 1_000,
        request_timeout: Duration::from_secs(10),
        parts: Vec::new(),
        metrics: Box::new(|| "up 1\n".to_owned()),
        graphiql: None,
    }
}

fn post(accept: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post("/graphql")
        .header(header::CONTENT_TYPE, JSON)
        .header(header::ACCEPT, accept)
        .body(body.into())
        .unwrap()
}

fn query(query: &str) -> String {
    json!({ "query": query }).to_string()
}

async fn send(request: Request<Body>) -> (StatusCode, header::HeaderMap, Value) {
    send_to(door().await, request).await
}

async fn send_to(door: Door, request: Request<Body>) -> (StatusCode, header::HeaderMap, Value) {
    let (parts, body) = router(door).oneshot(request).await.unwrap().into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let json = serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8(bytes.into()).unwrap()));
    (parts.status, parts.headers, json)
}

#[tokio::test]
async fn a_post_is_answered_with_the_status_and_code_of_the_table() {
    for (what, body, graphql_status, json_status, code) in [
        ("a query", query("{ hello }"), 200, 200, None),
        ("a mutation", query("mutation { change }"), 200, 200, None),
        ("a fault in a field", query("{ hello fault }"), 200, 200, Some("INTERNAL")),
        ("no GraphQL", query("{ hello"), 400, 200, Some("GRAPHQL_VALIDATION_FAILED")),
        ("an unknown field", query("{ gone }"), 400, 200, Some("GRAPHQL_VALIDATION_FAILED")),
        (
            "an unknown operation",
            json!({ "query": "query A { hello }", "operationName": "B" }).to_string(),
            400,
            200,
            Some("GRAPHQL_VALIDATION_FAILED"),
        ),
        (
            "a variable of another type",
            json!({ "query": "query ($n: String!) { hello(name: $n) }", "variables": { "n": 7 } })
                .to_string(),
            400,
            200,
            Some("GRAPHQL_VALIDATION_FAILED"),
        ),
        ("no JSON", "{".to_owned(), 400, 400, Some("BAD_REQUEST")),
        ("no request", "{\"query\": 7}".to_owned(), 400, 400, Some("BAD_REQUEST")),
        ("no query", "{}".to_owned(), 400, 400, Some("BAD_REQUEST")),
        (
            "no hash instead of a query",
            json!({ "extensions": { "persistedQuery": {} } }).to_string(),
            400,
            400,
            Some("BAD_REQUEST"),
        ),
        ("a list", format!(" [{}]", query("{ hello }")), 400, 400, Some("BAD_REQUEST")),
        ("too much", query(&"#".repeat(1_000)), 413, 413, Some("PAYLOAD_TOO_LARGE")),
        ("a panic", query("{ panic }"), 500, 500, Some("INTERNAL")),
    ] {
        for (accept, status) in [(GRAPHQL, graphql_status), (JSON, json_status)] {
            let (got, headers, answer) = send(post(accept, body.clone())).await;
            assert_eq!(got.as_u16(), status, "{what} as {accept}: {answer}");
            assert_eq!(headers[header::CONTENT_TYPE], accept, "{what}");
            assert_eq!(answer["errors"][0]["extensions"]["code"].as_str(), code, "{what}: {answer}");
            let executed = code.is_none() || what == "a fault in a field";
            assert_eq!(answer.get("data").is_some(), executed, "{what}: {answer}");
            let kept = headers.get(header::CACHE_CONTROL).is_none();
            assert_eq!(kept, code.is_none(), "{what}: no error is kept by a cache");
        }
    }
}

#[tokio::test]
async fn variables_and_the_operation_name_reach_the_executor() {
    let body = json!({
        "query": "query A { hello } query B($n: String!) { hello(name: $n) }",
        "operationName": "B", "variables": { "n": "Ann" }, "extensions": null,
    });
    let (status, _, answer) = send(post(JSON, body.to_string())).await;
    assert_eq!((status, answer), (StatusCode::OK, json!({ "data": { "hello": "hello Ann" } })));
}

#[tokio::test]
async fn other_content_types_are_refused_because_other_pages_can_send_them() {
    for (content_type, status) in [
        (Some("application/json; charset=UTF-8"), 200),
        (Some("application/json;charset=\"utf-8\""), 200),
        (Some("application/json; charset=latin1"), 415),
        (Some("text/plain"), 415),
        (Some("application/x-www-form-urlencoded"), 415),
        (Some("multipart/form-data; boundary=x"), 415),
        (None, 415),
    ] {
        let mut request = Request::post("/graphql").body(Body::from(query("{ hello }"))).unwrap();
        if let Some(content_type) = content_type {
            request.headers_mut().insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        }
        assert_eq!(send(request).await.0.as_u16(), status, "{content_type:?}");
    }
}

#[tokio::test]
async fn a_get_reads_and_never_changes() {
    let hello =
        "/graphql?query=query(%24n%3AString!)%7Bhello(name%3A%24n)%7D&variables=%7B%22n%22%3A%22Ann%22%7D";
    for (what, address, name, value, status) in [
        ("a query", hello, "accept", JSON, 200),
        ("a query, preflighted", hello, "graphql-preflight", "1", 200),
        ("a query, preflighted", hello, "apollo-require-preflight", "1", 200),
        ("a link", hello, "accept", "text/html, */*", 400),
        ("an image", hello, "x-other", "1", 400),
        ("a mutation", "/graphql?query=mutation%7Bchange%7D", "accept", JSON, 405),
        (
            "a mutation among others",
            "/graphql?query=query%20A%7Bhello%7Dmutation%20B%7Bchange%7D&operationName=B",
            "accept",
            GRAPHQL,
            405,
        ),
        ("no query", "/graphql", "accept", JSON, 400),
        ("variables that are no JSON", "/graphql?query=%7Bhello%7D&variables=%7B", "accept", JSON, 400),
    ] {
        let request = Request::get(address).header(name, value).body(Body::empty()).unwrap();
        let (got, headers, answer) = send(request).await;
        assert_eq!(got.as_u16(), status, "{what}: {answer}");
        if status == 200 {
            assert_eq!(answer, json!({ "data": { "hello": "hello Ann" } }));
        }
        assert_eq!(headers.get(header::ALLOW).is_some(), status == 405, "{what}");
    }
    let (status, ..) = send(Request::put("/graphql").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_caller_that_takes_neither_form_is_told_which_there_are() {
    let (status, headers, answer) = send(post("text/html", query("{ hello }"))).await;
    assert_eq!(status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(headers[header::CONTENT_TYPE], JSON);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_ACCEPTABLE");
}

#[tokio::test]
async fn the_token_says_who_asks_and_one_that_does_not_hold_is_no_anonymous() {
    let request = MintRequest {
        kind: PrincipalKind::Customer,
        subject: "ann".to_owned(),
        scope: Vec::new(),
        ttl: Duration::from_mins(1),
        ..MintRequest::default()
    };
    let token = mint(&Secret::new(SECRET), "loyalty-dev", "loyalty", &request, now()).unwrap();
    let ask = |accept: &str, authorization: Option<header::HeaderValue>| {
        let mut request = post(accept, query("{ who }"));
        if let Some(value) = authorization {
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        request
    };
    let (_, _, answer) = send(ask(JSON, Some(format!("Bearer {token}").parse().unwrap()))).await;
    assert_eq!(answer, json!({ "data": { "who": "ann" } }));
    let (_, _, answer) = send(ask(JSON, None)).await;
    assert_eq!(answer, json!({ "data": { "who": "Anonymous" } }));

    let not_text = header::HeaderValue::from_bytes(b"Bearer \xff").unwrap();
    for wrong in ["Bearer wrong".parse().unwrap(), not_text] {
        for (accept, status) in [(GRAPHQL, 401), (JSON, 200)] {
            let (got, headers, answer) = send(ask(accept, Some(wrong.clone()))).await;
            assert_eq!(got.as_u16(), status, "{answer}");
            assert_eq!(headers.get(header::WWW_AUTHENTICATE).is_some(), status == 401);
            let error = json!({ "message": "a valid access token is needed", "extensions": { "code": "UNAUTHENTICATED" } });
            assert_eq!(answer, json!({ "errors": [error] }), "the reason stays with us");
        }
    }
}

#[tokio::test]
async fn faults_carry_the_trace_and_nothing_else() {
    let mut request = post(JSON, query("{ panic }"));
    request.headers_mut().insert("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01").parse().unwrap());
    let (_, _, answer) = send(request).await;
    let error = json!({
        "message": "an internal error happened", "extensions": { "code": "INTERNAL", "traceId": TRACE },
    });
    assert_eq!(answer, json!({ "errors": [error] }));

    let (_, _, answer) = send(post(JSON, query("{ fault }"))).await;
    assert_eq!(answer["errors"][0]["extensions"]["traceId"], format!("{:032x}", 7), "made where none came");
}

#[tokio::test]
async fn readiness_tells_slower_from_unable() {
    let up = || std::future::ready(Ok::<(), String>(()));
    let down = || std::future::ready(Err("away".to_owned()));
    for (database_up, hot_up, code, status) in [
        (true, true, 200, "ready"),
        (true, false, 200, "degraded"),
        (false, true, 503, "unavailable"),
        (false, false, 503, "unavailable"),
    ] {
        let mut door = door().await;
        door.parts = vec![
            Part::needed("database", move || if database_up { up() } else { down() }),
            Part::helpful("hot", move || if hot_up { up() } else { down() }),
        ];
        let (got, _, answer) = send_to(door, Request::get("/ready").body(Body::empty()).unwrap()).await;
        let word = |up| if up { "up" } else { "down" };
        let parts = json!({ "database": word(database_up), "hot": word(hot_up) });
        assert_eq!((got.as_u16(), answer), (code, json!({ "status": status, "parts": parts })));
    }
}

#[tokio::test]
async fn the_other_routes_answer() {
    for (path, status, content_type) in [
        ("/live", 200, Some("application/json")),
        ("/metrics", 200, Some("text/plain; version=0.0.4")),
        ("/", 404, None),
        ("/gone", 404, None),
    ] {
        let (got, headers, _) = send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(got.as_u16(), status, "{path}");
        assert_eq!(
            headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap()),
            content_type,
            "{path}"
        );
    }
    let mut door = door().await;
    let title = "Loyalty".to_owned();
    door.graphiql =
        Some(Graphiql { title, endpoint: "/graphql".to_owned(), tabs: Vec::new(), assets: Value::Null });
    let (status, headers, _) = send_to(door, Request::get("/").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
}

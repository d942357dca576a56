//! Answers: what the executor said, or why it was not asked, as HTTP.

use std::{collections::BTreeMap, time::Duration};

use async_graphql::{ErrorExtensionValues, Response as GraphqlResponse, ServerError, Value};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use metrics::counter;
use serde::Serialize;

use super::{negotiate::MediaType, trace::TraceId};
use crate::telemetry::{GRAPHQL_ERRORS_TOTAL, LIMITED_TOTAL};

const INTERNAL: &str = "INTERNAL";
const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
const RATE_LIMITED: &str = "RATE_LIMITED";

/// What was answered.
pub enum Answer {
    /// By the executor.
    Response(Box<GraphqlResponse>),
    /// Without it, and without an error: the body, as it is sent.
    Json(Vec<u8>),
}

/// Why the executor was not asked, or did not answer: HTTP says so in both forms of an answer.
#[derive(Debug)]
pub struct Rejection {
    pub(super) status: StatusCode,
    code: &'static str,
    message: String,
    /// When to come again.
    retry_after: Option<Duration>,
}

impl Rejection {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// A fault of ours, of which the caller is told nothing but where to point us.
    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL, "an internal error happened")
    }

    /// A GET that would change something.
    pub fn only_reads() -> Self {
        let message = "mutations must be sent by POST";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
    }

    /// As many are under way as may be.
    pub(super) fn too_busy(message: String) -> Self {
        let rejection = Self::new(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", message);
        Self { retry_after: Some(Duration::from_secs(1)), ..rejection }
    }

    pub(super) fn timeout() -> Self {
        let message = "the request took too long and was stopped; a mutation may have taken effect: \
                       send it again with the same idempotencyKey to learn its outcome";
        limited("request_time");
        Self::new(StatusCode::GATEWAY_TIMEOUT, "REQUEST_TIMEOUT", message)
    }
}

/// Counts a request that a limit of the door refused.
pub(super) fn limited(limit: &'static str) {
    counter!(LIMITED_TOTAL, "limit" => limit).increment(1);
}

/// The beginning of what a caller is told that asks faster than it may.
pub(super) const TOO_MANY_REQUESTS: &str = "too many requests";

/// What is said to such a caller. It is counted.
pub(super) fn limited_reason(wait: Duration) -> String {
    limited("rate");
    format!("{TOO_MANY_REQUESTS}: the next one will be answered in {} s", whole_seconds(wait))
}

/// The answer to a caller that asks faster than it may.
pub(super) fn too_fast(wait: Duration) -> GraphqlResponse {
    let seconds = whole_seconds(wait);
    let mut error = error(RATE_LIMITED, limited_reason(wait));
    error.extensions.get_or_insert_default().set("retryAfterSeconds", seconds);
    let mut response = GraphqlResponse::from_errors(vec![error]);
    response.http_headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// As `Retry-After` has it: never so early that it is still too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// A GraphQL error with a code.
pub(super) fn error(code: &str, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code);
    error
}

/// The answer to a request that got as far as the executor, or was refused in GraphQL's own terms.
pub(super) fn answer(answer: Answer, media: MediaType, trace: TraceId) -> Response {
    let mut response = match answer {
        Answer::Response(response) => response,
        Answer::Json(json) => return sent(StatusCode::OK, media, json),
    };
    let executed = executed(&response);
    finish_all(&mut response, trace);
    let status = match media {
        MediaType::GraphqlResponse if !executed => status_of(&response.errors),
        MediaType::GraphqlResponse | MediaType::Json => StatusCode::OK,
    };
    let mut http =
        body(status, media, executed.then_some(&response.data), &response.errors, &response.extensions);
    http.headers_mut().extend(std::mem::take(&mut response.http_headers));
    let cached = response.is_ok().then(|| response.cache_control.value()).flatten();
    if let Some(value) = cached.and_then(|value| HeaderValue::try_from(value).ok()) {
        http.headers_mut().insert(header::CACHE_CONTROL, value);
    }
    http
}

/// The answer to a request that did not get as far.
pub(super) fn reject(rejection: Rejection, media: Option<MediaType>, trace: TraceId) -> Response {
    let mut error = error(rejection.code, rejection.message);
    finish(&mut error, false, trace);
    let media = media.unwrap_or(MediaType::Json);
    let mut http = body(rejection.status, media, None, &[error], &BTreeMap::new());
    if rejection.status == StatusCode::METHOD_NOT_ALLOWED {
        http.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    if let Some(wait) = rejection.retry_after {
        http.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
    }
    http
}

/// Whether fields were resolved. Before that, errors have no path and there is no data.
fn executed(response: &GraphqlResponse) -> bool {
    let refused = response.data == Value::Null && !response.errors.is_empty();
    !refused || response.errors.iter().any(|error| !error.path.is_empty())
}

/// The same of an answer that is one of many, and no HTTP of its own.
pub(super) fn finished(mut response: GraphqlResponse, trace: TraceId) -> GraphqlResponse {
    finish_all(&mut response, trace);
    response
}

fn finish_all(response: &mut GraphqlResponse, trace: TraceId) {
    let executed = executed(response);
    response.errors.iter_mut().for_each(|error| finish(error, executed, trace));
}

/// Counts an error, names its kind where the executor did not, and tells faults where to be found in the log.
fn finish(error: &mut ServerError, executed: bool, trace: TraceId) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if !executed && extensions.get("code").is_none() {
        extensions.set("code", "GRAPHQL_VALIDATION_FAILED");
    }
    let code = code(extensions).to_owned();
    if code == INTERNAL && extensions.get("traceId").is_none() {
        extensions.set("traceId", trace.to_string());
    }
    counter!(GRAPHQL_ERRORS_TOTAL, "code" => code).increment(1);
}

fn code(extensions: &ErrorExtensionValues) -> &str {
    match extensions.get("code") {
        Some(Value::String(code)) => code,
        _ => "NONE",
    }
}

fn status_of(errors: &[ServerError]) -> StatusCode {
    let codes = || errors.iter().filter_map(|error| error.extensions.as_ref()).map(code);
    codes()
        .find_map(|code| match code {
            INTERNAL => Some(StatusCode::INTERNAL_SERVER_ERROR),
            UNAUTHENTICATED => Some(StatusCode::UNAUTHORIZED),
            RATE_LIMITED => Some(StatusCode::TOO_MANY_REQUESTS),
            _ => None,
        })
        .unwrap_or(StatusCode::BAD_REQUEST)
}

fn body(
    status: StatusCode,
    media: MediaType,
    data: Option<&Value>,
    errors: &[ServerError],
    extensions: &BTreeMap<String, Value>,
) -> Response {
    /// Errors first: whoever reads an answer with eyes sees them. No `data` where nothing was executed.
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        errors: &'a [ServerError],
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<&'a Value>,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        extensions: &'a BTreeMap<String, Value>,
    }
    let json = serde_json::to_vec(&Body { errors, data, extensions })
        .expect("GraphQL values have string keys and finite numbers");
    let mut http = sent(status, media, json);
    if !errors.is_empty() {
        // The next one may be answered: a hash that is not known yet, a pace that was too fast.
        http.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    http
}

fn sent(status: StatusCode, media: MediaType, json: Vec<u8>) -> Response {
    let mut http = (status, json).into_response();
    http.headers_mut().insert(header::CONTENT_TYPE, media.header());
    if status == StatusCode::UNAUTHORIZED {
        http.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    http
}

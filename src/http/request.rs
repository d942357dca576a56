//! Reads a GraphQL request out of an HTTP request.

use std::time::Duration;

use async_graphql::{Request, Value, Variables};
use axum::{
    body::{BodyDataStream, Bytes},
    extract::{Query, Request as HttpRequest},
    http::{HeaderMap, Method, StatusCode, Uri, header},
};
use futures_util::StreamExt as _;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use tokio::time::timeout;

use super::{
    answer::{self, Rejection},
    negotiate,
};

/// Headers that other pages cannot send without asking first (a CORS preflight, which is never granted).
const PREFLIGHT_HEADERS: [&str; 3] =
    ["apollo-require-preflight", "graphql-preflight", "x-apollo-operation-name"];

/// A GraphQL request as it was sent. What is in its variables is looked at by whoever needs it.
pub struct Asked {
    /// The document, or its hash, or both.
    pub query: Option<String>,
    pub hash: Option<String>,
    pub operation_name: Option<String>,
    /// Came by GET, which any link can be: it may not change anything.
    pub only_reads: bool,
    variables: Option<Box<RawValue>>,
    extensions: Extensions,
}

impl Asked {
    /// The variables' JSON.
    pub fn variables(&self) -> &str {
        self.variables.as_ref().map_or("{}", |json| json.get())
    }

    /// The request for a document as the executor takes it.
    pub fn into_request(self, query: String) -> Result<Request, Rejection> {
        let variables: Variables = serde_json::from_str(self.variables())
            .map_err(|error| Rejection::bad_request(format!("`variables` is no JSON object: {error}")))?;
        let mut request = Request::new(query).variables(variables);
        request.operation_name = self.operation_name;
        request.extensions.0 = self.extensions;
        Ok(request)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<V, E> {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<V>,
    extensions: Option<E>,
}

pub type Extensions = std::collections::HashMap<String, Value>;

/// Reads the request from the body of a POST or the address of a GET.
pub(super) async fn read(http: HttpRequest, bytes_max: usize) -> Result<Asked, Rejection> {
    if http.method() == Method::POST {
        read_body(http, bytes_max).await
    } else {
        read_query(http.headers(), http.uri())
    }
}

async fn read_body(http: HttpRequest, bytes_max: usize) -> Result<Asked, Rejection> {
    if !is_json(http.headers()) {
        let message = "the body must be sent with `content-type: application/json`, in UTF-8";
        return Err(Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message));
    }
    let bytes = receive(http, bytes_max).await?;
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(Rejection::bad_request(
            "a list of requests is not supported: send one request at a time",
        ));
    }
    let fields: Fields<Box<RawValue>, Extensions> = serde_json::from_slice(&bytes).map_err(|error| {
        let what = if error.is_data() { "is no GraphQL request" } else { "is not JSON" };
        Rejection::bad_request(format!("the body {what}: {error}"))
    })?;
    asked(fields)
}

/// A GET is what a link can be, so it must show that it comes from a client, and may not change anything.
fn read_query(headers: &HeaderMap, uri: &Uri) -> Result<Asked, Rejection> {
    let is_preflighted = PREFLIGHT_HEADERS.iter().any(|name| headers.contains_key(*name));
    if !is_preflighted && !negotiate::names_a_type(headers) {
        let message = "a query by GET needs `accept: application/json` (or application/graphql-response+json), \
                       or the header `graphql-preflight`";
        return Err(Rejection::bad_request(message));
    }
    let Query(fields) = Query::<Fields<String, String>>::try_from_uri(uri)
        .map_err(|error| Rejection::bad_request(format!("the address is no GraphQL request: {error}")))?;
    let fields = Fields {
        variables: json_of("variables", fields.variables)?,
        extensions: json_of("extensions", fields.extensions)?,
        query: fields.query,
        operation_name: fields.operation_name,
    };
    Ok(Asked { only_reads: true, ..asked(fields)? })
}

fn asked(fields: Fields<Box<RawValue>, Extensions>) -> Result<Asked, Rejection> {
    let extensions = fields.extensions.unwrap_or_default();
    let query = fields.query.filter(|query| !query.trim().is_empty());
    let hash = hash_of(&extensions)?;
    if query.is_none() && hash.is_none() {
        return Err(Rejection::bad_request("`query` is missing"));
    }
    let operation_name = fields.operation_name.filter(|name| !name.is_empty());
    Ok(Asked { query, hash, operation_name, only_reads: false, variables: fields.variables, extensions })
}

/// The hash of a persisted operation (`extensions.persistedQuery`, version 1).
pub fn hash_of(extensions: &Extensions) -> Result<Option<String>, Rejection> {
    let Some(persisted) = extensions.get("persistedQuery") else { return Ok(None) };
    let field = |name| if let Value::Object(fields) = persisted { fields.get(name) } else { None };
    match (field("version"), field("sha256Hash")) {
        (Some(Value::Number(version)), Some(Value::String(hash))) if version.as_u64() == Some(1) => {
            Ok(Some(hash.clone()))
        }
        _ => Err(Rejection::bad_request(
            "`extensions.persistedQuery` needs `version`, which is 1, and `sha256Hash`, a text",
        )),
    }
}

fn json_of<T: DeserializeOwned>(name: &str, text: Option<String>) -> Result<Option<T>, Rejection> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| Rejection::bad_request(format!("`{name}` is no JSON object: {error}")))
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json"));
    let mut charsets = parts.filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    is_json && charsets.all(|charset| charset.eq_ignore_ascii_case("utf-8"))
}

/// Receives a body.
async fn receive(http: HttpRequest, bytes_max: usize) -> Result<Bytes, Rejection> {
    let too_large = || {
        answer::limited("body_bytes");
        let message = format!("the body is larger than {bytes_max} bytes");
        Rejection::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    };
    let stated =
        http.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    // Who waits for leave to send is answered instead.
    let is_sending = !http.headers().contains_key(header::EXPECT);
    let mut body = http.into_body().into_data_stream();
    if stated.is_some_and(|bytes: usize| bytes > bytes_max) {
        if is_sending {
            throw_away(&mut body).await;
        }
        return Err(too_large());
    }
    // Most come in one piece, which is not copied.
    let (mut first, mut more) = (Bytes::new(), Vec::new());
    while let Some(part) = body.next().await {
        let part = part.map_err(|_| Rejection::bad_request("the body ended early"))?;
        if first.len() + more.len() + part.len() > bytes_max {
            throw_away(&mut body).await;
            return Err(too_large());
        }
        if first.is_empty() && more.is_empty() {
            first = part;
        } else {
            more.extend_from_slice(&std::mem::take(&mut first));
            more.extend_from_slice(&part);
        }
    }
    Ok(if more.is_empty() { first } else { more.into() })
}

/// Takes in what a client is still sending, so far and so long as is reasonable: it would find its connection broken, and
/// not the answer.
async fn throw_away(body: &mut BodyDataStream) {
    const BYTES_MAX: usize = 64 << 20;
    const TIME_MAX: Duration = Duration::from_secs(2);
    let rest = async {
        let mut thrown = 0;
        while thrown < BYTES_MAX
            && let Some(Ok(part)) = body.next().await
        {
            thrown += part.len();
        }
    };
    // However it ends, the answer follows.
    let _ = timeout(TIME_MAX, rest).await;
}

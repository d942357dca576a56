//! 1. The door: HTTP in, HTTP out.
//!
//! `/graphql` follows GraphQL over HTTP, and takes subscriptions over WebSocket; `/` is a page to ask from; `/live`, `/ready` and `/metrics` are for whoever runs
//! it. The door knows the guard and nothing of the rooms behind: what answers queries comes in as [`Execute`], what must
//! be up as [`Part`]s. It never logs variables or tokens.

mod answer;
mod endpoint;
pub mod graphiql;
pub mod health;
mod negotiate;
pub mod places;
pub mod request;
pub mod serve;
mod socket;
pub mod tls;
pub mod trace;
pub mod trust;

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
    routing::get,
};
use futures_util::{future::BoxFuture, stream::BoxStream};
use metrics::gauge;

pub use self::{
    answer::{Answer, Rejection},
    graphiql::{Graphiql, Tab},
    health::Part,
    places::Places,
    request::Asked,
    serve::{serve, shutdown_signal},
    tls::Tls,
    trace::{TraceId, TraceIds},
    trust::Trust,
};
use crate::{
    auth::{Caller, Guard, Principal},
    telemetry::REQUESTS_IN_FLIGHT,
};

/// What answers a GraphQL request. Dropping the future stops the work.
pub type Execute =
    Arc<dyn Fn(Asked, Caller, TraceId) -> BoxFuture<'static, Result<Answer, Rejection>> + Send + Sync>;

/// What answers a GraphQL subscription. Dropping the stream ends it.
pub type Subscribe = Arc<
    dyn Fn(async_graphql::Request, Caller, TraceId) -> BoxStream<'static, async_graphql::Response>
        + Send
        + Sync,
>;

/// Who asks, as far as is known: the principal, and where the request came from.
pub struct Visitor<'a> {
    /// None where the token does not hold.
    pub principal: Option<&'a Principal>,
    pub address: Option<IpAddr>,
}

/// What lets a visitor's request in, or says how long it has to wait.
pub type Admit = Arc<dyn Fn(&Visitor<'_>) -> BoxFuture<'static, Result<(), Duration>> + Send + Sync>;

/// Everything that the door needs.
pub struct Door {
    pub execute: Execute,
    pub subscribe: Subscribe,
    pub guard: Guard,
    pub trace_ids: TraceIds,
    /// The secret that requests must show; None where they need none.
    pub trust: Option<Trust>,
    /// Whether they must come over a connection whose holder has shown a certificate.
    pub needs_certificate: bool,
    /// Counts requests of each visitor; None where each may ask as fast as it likes.
    pub admit: Option<Admit>,
    /// How many requests may be under way.
    pub requests: Places,
    /// How many sockets may be open.
    pub sockets: Places,
    /// The largest body that is taken in.
    pub body_bytes_max: usize,
    /// The longest time that a request may take, from its first line on.
    pub request_timeout: Duration,
    /// What `/ready` looks at.
    pub parts: Vec<Part>,
    /// The text of `/metrics`.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    /// The page at `/`, if there is one.
    pub graphiql: Option<Graphiql>,
}

/// Turns an async function into an [`Execute`].
pub fn execute_with<F>(execute: impl Fn(Asked, Caller, TraceId) -> F + Send + Sync + 'static) -> Execute
where
    F: Future<Output = Result<Answer, Rejection>> + Send + 'static,
{
    Arc::new(move |asked, caller, trace| Box::pin(execute(asked, caller, trace)))
}

/// Turns a function into a [`Subscribe`].
pub fn subscribe_with(
    subscribe: impl Fn(async_graphql::Request, Caller, TraceId) -> BoxStream<'static, async_graphql::Response>
    + Send
    + Sync
    + 'static,
) -> Subscribe {
    Arc::new(subscribe)
}

/// The routes.
pub fn router(door: Door) -> Router {
    Router::new()
        .route("/graphql", get(endpoint::graphql_or_socket).post(endpoint::graphql))
        .route("/", get(graphiql::page))
        .route("/live", get(health::live))
        .route("/ready", get(health::ready))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(door))
}

async fn metrics(State(door): State<Arc<Door>>) -> Response {
    #[expect(clippy::cast_precision_loss, reason = "there are never so many")]
    gauge!(REQUESTS_IN_FLIGHT).set(door.requests.taken() as f64);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], (door.metrics)()).into_response()
}

#[cfg(test)]
mod tests;

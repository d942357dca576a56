//! `/graphql`: reads, asks the guard, asks the executor, answers; and bounds and observes all of it.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use async_graphql::Response as GraphqlResponse;
use axum::{
    extract::{
        ConnectInfo, Request, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{StatusCode, header},
    response::Response,
};
use futures_util::FutureExt as _;
use metrics::{Counter, Histogram, counter, histogram};
use tracing::Instrument as _;

use super::{
    Door, Visitor,
    answer::{self, Answer, Rejection},
    negotiate::{MediaType, negotiate},
    request,
    serve::Peer,
    socket,
    trace::TraceId,
};
use crate::{
    auth::Caller,
    telemetry::{HTTP_REQUEST_SECONDS, HTTP_REQUESTS_TOTAL},
};

pub(super) async fn graphql(State(door): State<Arc<Door>>, http: Request) -> Response {
    let started = Instant::now();
    let trace = door.trace_ids.of(http.headers());
    // Of the level of errors, so that it is there for them whatever is logged.
    let span = tracing::error_span!("request", %trace);
    async move {
        let media = negotiate(http.headers());
        let response = attend(&door, http, media, trace)
            .await
            .unwrap_or_else(|rejection| answer::reject(rejection, media, trace));
        observe(response.status(), started.elapsed());
        response
    }
    .instrument(span)
    .await
}

/// A GET is a question, or asks for a socket.
pub(super) async fn graphql_or_socket(
    State(door): State<Arc<Door>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    http: Request,
) -> Response {
    let Ok(upgrade) = upgrade else { return graphql(State(door), http).await };
    let trace = door.trace_ids.of(http.headers());
    let response = socket::open(door, &http, upgrade, trace)
        .unwrap_or_else(|rejection| answer::reject(rejection, None, trace));
    answered(response.status()).increment(1);
    response
}

/// Answers within the time that a request may take, whatever happens.
async fn attend(
    door: &Door,
    http: Request,
    media: Option<MediaType>,
    trace: TraceId,
) -> Result<Response, Rejection> {
    let Some(media) = media else {
        let message = "answers are `application/graphql-response+json` or `application/json`";
        return Err(Rejection::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message));
    };
    door.check_router(&http)?;
    let Some(_place) = door.requests.take() else {
        answer::limited("in_flight");
        let message = format!("{} requests are under way, as many as may be", door.requests.max());
        return Err(Rejection::too_busy(message));
    };
    // What a panic leaves behind is dropped with the request: nothing of it is looked at again.
    let work = AssertUnwindSafe(execute(door, http, trace)).catch_unwind();
    match tokio::time::timeout(door.request_timeout, work).await {
        Ok(Ok(response)) => Ok(answer::answer(response?, media, trace)),
        // The panic hook has logged it, in this request's span.
        Ok(Err(_)) => Err(Rejection::internal()),
        Err(_) => {
            tracing::warn!("request stopped: it took too long");
            Err(Rejection::timeout())
        }
    }
}

async fn execute(door: &Door, http: Request, trace: TraceId) -> Result<Answer, Rejection> {
    // A header that is no text is no token either, and must not pass for a missing one.
    let authorization = http.headers().get(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or(""));
    let caller = door.guard.caller(authorization).await;
    if let Some(admit) = &door.admit {
        let address = http.extensions().get::<ConnectInfo<Peer>>().map(|from| from.0.address.ip());
        let principal = caller.as_ref().ok().map(Caller::principal);
        if let Err(wait) = admit(&Visitor { principal, address }).await {
            return Ok(Answer::Response(Box::new(answer::too_fast(wait))));
        }
    }
    let caller = match caller {
        Ok(caller) => caller,
        Err(denied) => {
            let error = answer::error(denied.code(), denied.to_string());
            return Ok(Answer::Response(Box::new(GraphqlResponse::from_errors(vec![error]))));
        }
    };
    let asked = request::read(http, door.body_bytes_max).await?;
    (door.execute)(asked, caller, trace).await
}

fn observe(status: StatusCode, elapsed: Duration) {
    /// Most answers are: looking the counter up by its label each time costs more than to count.
    static OK: LazyLock<Counter> = LazyLock::new(|| answered(StatusCode::OK));
    static SECONDS: LazyLock<Histogram> = LazyLock::new(|| histogram!(HTTP_REQUEST_SECONDS));
    if status == StatusCode::OK {
        OK.increment(1);
    } else {
        answered(status).increment(1);
    }
    SECONDS.record(elapsed.as_secs_f64());
    tracing::debug!(status = status.as_u16(), micros = elapsed.as_micros(), "answered");
}

fn answered(status: StatusCode) -> Counter {
    counter!(HTTP_REQUESTS_TOTAL, "status" => status.as_str().to_owned())
}

//! Whether the process lives, and whether it can do its work.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use futures_util::future::{BoxFuture, join_all};
use serde::Serialize;

use super::Door;

/// A part that does not answer within this is taken for down.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

type Check = Box<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// Something that answers need.
pub struct Part {
    name: &'static str,
    needed: bool,
    check: Check,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ready,
    /// Answers are right but slower.
    Degraded,
    Unavailable,
}

#[derive(Serialize)]
struct Readiness {
    status: Status,
    parts: BTreeMap<&'static str, &'static str>,
}

impl Part {
    /// Without it nothing can be answered.
    pub fn needed<F, E>(name: &'static str, check: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Display,
    {
        Self::new(name, true, check)
    }

    /// Without it answers are slower, and right.
    pub fn helpful<F, E>(name: &'static str, check: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Display,
    {
        Self::new(name, false, check)
    }

    fn new<F, E>(name: &'static str, needed: bool, check: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Display,
    {
        let check: Check = Box::new(move || {
            let answer = check();
            Box::pin(async move { answer.await.map_err(|error| error.to_string()) })
        });
        Self { name, needed, check }
    }

    async fn is_up(&self) -> bool {
        let failure = match tokio::time::timeout(CHECK_TIMEOUT, (self.check)()).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => error,
            Err(_) => "no answer in time".to_owned(),
        };
        tracing::warn!(part = self.name, failure, "not ready");
        false
    }
}

/// The process runs. Asks nothing of anybody: a restart would not bring a database back.
pub(super) async fn live() -> Response {
    Json(serde_json::json!({ "status": "live" })).into_response()
}

/// Whether requests should come here. Why a part is down is in the log: this is open to everybody.
pub(super) async fn ready(State(door): State<Arc<Door>>) -> Response {
    let answers = door.parts.iter().map(|part| async move { (part, part.is_up().await) });
    let parts = join_all(answers).await;
    let (code, status) = if parts.iter().any(|(part, up)| !up && part.needed) {
        (StatusCode::SERVICE_UNAVAILABLE, Status::Unavailable)
    } else if parts.iter().any(|(_, up)| !up) {
        (StatusCode::OK, Status::Degraded)
    } else {
        (StatusCode::OK, Status::Ready)
    };
    let parts = parts.into_iter().map(|(part, up)| (part.name, if up { "up" } else { "down" })).collect();
    (code, Json(Readiness { status, parts })).into_response()
}

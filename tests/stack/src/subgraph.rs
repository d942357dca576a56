//! What the three neighbours have in common: GraphQL over POST, a health address, and an end when they are told.
//!
//! They check nobody: they stand for systems that are not the subject here, and listen on the loopback.

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::{Context, Result};
use async_graphql::{
    EmptyMutation, EmptySubscription, ObjectType, Request, Response, SDLExportOptions, Schema, SchemaBuilder,
};
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// The longest list that one field answers with.
const PAGE_MAX: usize = 100;
/// How many a list holds where nobody said.
const PAGE_DEFAULT: usize = 10;

type Neighbour<Q> = Schema<Q, EmptyMutation, EmptySubscription>;

/// A federated schema over `query`, to which the caller adds its data.
pub(crate) fn schema<Q: ObjectType + 'static>(
    query: Q,
) -> SchemaBuilder<Q, EmptyMutation, EmptySubscription> {
    Schema::build(query, EmptyMutation, EmptySubscription).enable_federation()
}

/// What `_service` answers, with no server.
pub(crate) fn sdl<Q: ObjectType + 'static>(query: Q) -> String {
    schema(query).finish().sdl_with_options(SDLExportOptions::new().federation().compose_directive())
}

/// Serves until SIGTERM or Ctrl-C.
pub(crate) async fn serve<Q: ObjectType + 'static>(
    name: &str,
    schema: Neighbour<Q>,
    port: u16,
) -> Result<()> {
    let router = Router::new()
        .route("/graphql", post(answer::<Q>))
        .route("/health", get(async || "ok"))
        .with_state(Arc::new(schema));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("{name} cannot listen on port {port}"))?;
    println!("{name} listens on http://{}/graphql", listener.local_addr()?);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    axum::serve(listener, router).with_graceful_shutdown(told).await.context("serving")
}

/// How many to answer with: a negative page is an empty one.
pub(crate) fn page(first: Option<i32>) -> usize {
    first.map_or(PAGE_DEFAULT, |first| usize::try_from(first).unwrap_or(0).min(PAGE_MAX))
}

async fn answer<Q: ObjectType + 'static>(
    State(schema): State<Arc<Neighbour<Q>>>,
    Json(request): Json<Request>,
) -> Json<Response> {
    Json(schema.execute(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_bounded_at_both_ends() {
        for (first, expected) in [(None, 10), (Some(-1), 0), (Some(0), 0), (Some(7), 7), (Some(101), 100)] {
            assert_eq!(page(first), expected, "first: {first:?}");
        }
    }
}

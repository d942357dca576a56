//! The door, with the reception behind it.

use std::sync::Arc;

use async_graphql::Response;
use futures_util::{FutureExt as _, StreamExt as _, future::ready, stream::once};

use super::App;
use crate::{
    auth::{Caller, Guard, Principal},
    config::{Config, ConfigError, OperationsConfig, Persisted, RatesConfig},
    graphql::{
        self, Executor, Limits, Operations, TraceId,
        persisted::{Known, Refused, Trusted},
        was_accepted,
    },
    hot::{Hot, Pace, Rate},
    http::{
        self, Admit, Answer, Asked, Door, Graphiql, Part, Places, Rejection, Tab, TraceIds, Trust, Visitor,
        request::hash_of,
    },
    ids::IdSource,
};

/// Puts the door in front of the rooms.
pub fn door(
    config: &Config,
    app: &App,
    guard: Guard,
    ids: &dyn IdSource,
    metrics: impl Fn() -> String + Send + Sync + 'static,
) -> Result<Door, ConfigError> {
    let executor = graphql::schema::build(app.services.clone(), limits(config));
    let operations = operations(&config.operations, &app.services.hot)?;
    let (subscriber, listed) = (executor.clone(), operations.clone());
    let execute = http::execute_with(move |asked: Asked, caller, trace: http::TraceId| {
        answer(executor.clone(), operations.clone(), asked, caller, TraceId(trace.0))
    });
    let subscribe = http::subscribe_with(move |request, caller, trace: http::TraceId| {
        let (subscriber, listed) = (subscriber.clone(), listed.clone());
        let responses = async move {
            match named(&listed, request).await {
                Ok(request) => subscriber.subscribe(request, &caller, TraceId(trace.0)),
                Err(refused) => once(ready(refused)).boxed(),
            }
        };
        responses.flatten_stream().boxed()
    });
    let (pages, hot) = (app.services.pages.clone(), app.services.hot.clone());
    let database = move || {
        let pages = pages.clone();
        async move { pages.ping().await }
    };
    let hot_balances = move || {
        let hot = hot.clone();
        async move { hot.ping().await }
    };
    Ok(Door {
        execute,
        subscribe,
        guard,
        trace_ids: TraceIds::new(ids, app.services.clock.now()),
        trust: Trust::start(&config.router)?,
        needs_certificate: config.router.tls.as_ref().is_some_and(|tls| tls.client_cas.is_some()),
        admit: admit(app.services.hot.pace(), config.limits.rates),
        requests: Places::new(config.limits.requests_in_flight_max),
        sockets: Places::new(config.limits.sockets_max),
        body_bytes_max: config.limits.body_bytes_max,
        request_timeout: config.server.request_timeout,
        parts: vec![Part::needed("database", database), Part::helpful("hot", hot_balances)],
        metrics: Box::new(metrics),
        graphiql: config.server.graphiql.then(graphiql),
    })
}

fn limits(config: &Config) -> Limits {
    let limits = &config.limits;
    Limits {
        representations_max: limits.representations_max,
        tokens_max: limits.query_tokens_max,
        depth_max: limits.query_depth_max,
        complexity_max: limits.query_complexity_max,
        aliases_max: limits.query_aliases_max,
        root_fields_max: limits.query_root_fields_max,
        directives_max: limits.query_directives_max,
        events_max: limits.events_max,
        page_size_max: limits.page_size_max,
        introspection: config.server.introspection,
    }
}

/// Operations that are known by name.
fn operations(config: &OperationsConfig, hot: &Hot) -> Result<Operations, ConfigError> {
    let manifest = config.manifest()?;
    let trusted = manifest.map(|manifest| Trusted::read(&manifest)).transpose();
    let trusted = trusted.map_err(|error| OperationsConfig::invalid_manifest(&error))?.unwrap_or_default();
    let registered = (config.persisted == Persisted::Automatic).then(|| hot.texts(config.ttl));
    tracing::info!(trusted = trusted.count(), mode = ?config.persisted, "persisted operations");
    let pace = (config.per_minute > 0).then(|| (hot.pace(), config.per_minute));
    Ok(Operations::new(trusted, config.persisted == Persisted::Only, registered, pace))
}

/// Answers one request: by the lane if it can, else by the executor.
async fn answer(
    executor: Executor,
    operations: Operations,
    mut asked: Asked,
    caller: Caller,
    trace: TraceId,
) -> Result<Answer, Rejection> {
    let known = match operations.find(asked.query.take(), asked.hash.take()).await {
        Ok(known) => known,
        Err(refused) => return Ok(Answer::Response(Box::new(refused.answer()))),
    };
    if let Err(refused) = operations.may_keep(&known, &caller).await {
        return Ok(Answer::Response(Box::new(refused.answer())));
    }
    let operation = asked.operation_name.as_deref();
    if asked.only_reads && executor.changes(&known.query, operation) {
        return Err(Rejection::only_reads());
    }
    let quick = executor.quick(&known.query, operation, asked.variables(), (&caller, trace)).await;
    if let Some(json) = quick {
        operations.accepted(known, &caller).await;
        return Ok(Answer::Json(json));
    }
    let new = known.is_new().then(|| (known.copy(), caller.clone()));
    let response = executor.execute(asked.into_request(known.query)?, caller, trace).await;
    if let Some((known, caller)) = new.filter(|_| was_accepted(&response)) {
        operations.accepted(known, &caller).await;
    }
    Ok(Answer::Response(Box::new(response)))
}

/// A subscription's request with its document, where that was named.
async fn named(
    operations: &Operations,
    mut request: async_graphql::Request,
) -> Result<async_graphql::Request, Response> {
    // What is no hash is no reason to refuse a document that came with it.
    let hash = hash_of(&request.extensions.0).ok().flatten();
    let query = std::mem::take(&mut request.query);
    let query = Some(query).filter(|query| hash.is_none() || !query.trim().is_empty());
    let found: Result<Known, Refused> = operations.find(query, hash).await;
    request.query = found.map_err(Refused::answer)?.query;
    Ok(request)
}

/// How fast each visitor may ask; None where nobody is counted.
fn admit(pace: Pace, rates: RatesConfig) -> Option<Admit> {
    let rate = |per_minute| (per_minute > 0).then(|| Rate::new(per_minute, rates.burst));
    let (everybody, services) = (rate(rates.per_minute), rate(rates.service_per_minute));
    if everybody.is_none() && services.is_none() {
        return None;
    }
    Some(Arc::new(move |visitor: &Visitor<'_>| {
        let is_service = matches!(visitor.principal, Some(Principal::Service { .. }));
        let Some(rate) = (if is_service { services } else { everybody }) else {
            return Box::pin(ready(Ok(())));
        };
        let (pace, name) = (pace.clone(), name_of(visitor));
        Box::pin(async move { pace.admit(&name, rate).await })
    }))
}

/// What a visitor is counted as. A token that does not hold could be anybody's, and so could none: they count as the address.
fn name_of(visitor: &Visitor<'_>) -> String {
    match visitor.principal {
        // The kind and the id, whatever kinds there are.
        Some(principal) if *principal != Principal::Anonymous => format!("{principal:?}"),
        _ => visitor.address.map_or_else(String::new, |address| address.to_string()),
    }
}

/// The page at `/`: one query that needs no data to be answered.
fn graphiql() -> Graphiql {
    let tab = Tab {
        name: "Programmes".to_owned(),
        query:
            "{\n  loyaltyPrograms {\n    id\n    name\n    tiers { id name threshold multiplier }\n  }\n}\n"
                .to_owned(),
        variables: serde_json::Map::new(),
        headers: [("Authorization".to_owned(), "Bearer <a token: `loyalty token` mints one>".into())]
            .into_iter()
            .collect(),
    };
    Graphiql {
        title: "Loyalty".to_owned(),
        endpoint: "/graphql".to_owned(),
        tabs: vec![tab],
        assets: serde_json::Value::Null,
    }
}

//! The rooms behind the executor, in this process, with a clock that is moved by hand and members of all kinds.

use std::sync::{Arc, Mutex};

use async_graphql::{Request, Variables};
use loyalty::{
    app::{App, Opening},
    auth::{Caller, Guard, MintRequest, PrincipalKind, mint},
    clock::{Clock, Instant, LedgerClock},
    config::{Config, Secret},
    graphql::{Executor, Limits, TraceId, build},
    ids::RandomIds,
    journal::BatchTime,
    program::Program,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{client::SERVICE_SCOPES, server::SECRET};

/// Two currencies, a pending time, two languages, a ladder for life and a zone with summer time.
const DOUBLE: &str = r#"{ "id": "double", "version": 3, "name": { "en": "Double \"D\"", "fr": "Doublé" },
    "timeZone": "Europe/London", "currencies": [
        { "code": "STARS", "name": { "en": "Stars", "fr": "Étoiles" }, "scale": 2, "deficitMax": 500,
          "activation": { "type": "AFTER", "days": 30 }, "expiry": { "type": "AFTER_MONTHS", "months": 6 } },
        { "code": "POINTS", "name": { "en": "Points" }, "scale": 0 }],
    "earning": { "rounding": "DOWN", "rules": [
        { "id": "s", "currency": "STARS", "rates": { "GBP": "2" }, "tierMultiplier": true },
        { "id": "p", "currency": "POINTS", "rates": { "GBP": "1" } }] },
    "tiers": { "window": { "type": "LIFETIME" }, "levels": [
        { "id": "one", "name": { "en": "One", "fr": "Un" }, "threshold": "0", "multiplier": "1" },
        { "id": "two", "name": { "en": "Two" }, "threshold": "99.50", "multiplier": "1.50", "benefits": ["lounge", "a\nb"] }] },
    "rewards": [{ "id": "mug", "name": { "en": "Mug" }, "currency": "POINTS", "points": 3, "stock": 3 }],
    "enrolment": { "onFirstOrder": true } }"#;

/// Small, so that requests pass them.
pub(super) const LIMITS: Limits = Limits {
    representations_max: 30,
    tokens_max: 10_000,
    depth_max: 12,
    complexity_max: 9,
    aliases_max: 200,
    root_fields_max: 100,
    directives_max: 200,
    events_max: 1_000,
    page_size_max: 100,
    introspection: true,
};

pub(super) struct House {
    pub(super) clock: Arc<HandClock>,
    /// The one that records.
    desk: Executor,
    guard: Guard,
    app: App,
    _data: TempDir,
}

pub(super) struct HandClock(Mutex<Instant>);

impl HandClock {
    pub(super) fn set(&self, now: Instant) {
        *self.0.lock().unwrap() = now;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }
}

pub(super) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

impl House {
    pub(super) async fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", data.path().join("loyalty.db").display());
        let config = Config::from_env(|name| match name {
            "DATABASE_URL" => Some(url.clone()),
            "LOYALTY_AUTH_SECRET" => Some(SECRET.to_owned()),
            _ => None,
        })
        .unwrap();
        let mut programs = config.programs.documents().unwrap();
        programs.push(Program::from_json(DOUBLE).unwrap());
        let clock = Arc::new(HandClock(Mutex::new(at("2026-06-15T12:00:00Z"))));
        let opening = Opening {
            programs,
            time: BatchTime::Event,
            clock: Arc::new(LedgerClock::over(clock.clone())),
            ids: Arc::new(RandomIds::default()),
        };
        let guard = Guard::new(&config.auth, clock.clone()).await.unwrap();
        let app = App::start(&config, opening).await.unwrap();
        let desk = build(app.services.clone(), Limits::default());
        let house = Self { clock, desk, guard, app, _data: data };
        house.settle_in().await;
        house
    }

    /// One that has seen nothing yet.
    pub(super) fn executor(&self, limits: Limits) -> Executor {
        build(self.app.services.clone(), limits)
    }

    /// Customers of all kinds: `c-1` is a member everywhere, with points that end, wait and were taken back.
    async fn settle_in(&self) {
        for (customer, program, day, price) in [
            ("c-1", "tiered", "2025-11-20", "700.00"),
            ("c-1", "tiered", "2026-03-02", "120.55"),
            ("c-1", "tiered", "2026-06-02", "10.00"),
            ("c-1", "classic", "2026-01-15", "45.50"),
            ("c-1", "double", "2026-02-01", "60.25"),
            ("c-1", "double", "2026-06-10", "50.00"),
            ("c-2", "tiered", "2024-05-05", "2500.00"),
            ("c-3", "double", "2026-01-31", "200.00"),
            ("c \"4\"\\é", "classic", "2026-04-04", "1.00"),
        ] {
            let id = format!("{program}-{customer}-{day}");
            self.record(program, &id, customer, day, price).await;
        }
        // Expired long before they are taken back, so the wallet goes below zero.
        let input = json!({"program": "double", "idempotencyKey": "r", "return": {"id": "r",
            "orderId": "double-c-3-2026-01-31", "returnedAt": "2026-06-01T10:00:00Z",
            "lines": [{"lineId": "1", "quantity": 1}]}});
        self.mutate(
            "mutation($i: LoyaltyReturnRecordInput!) { it: loyaltyReturnRecord(input: $i) { __typename } }",
            input,
        )
        .await;
        let input = json!({"program": "classic", "idempotencyKey": "e", "customerId": "c-5"});
        self.mutate(
            "mutation($i: LoyaltyMemberEnrollInput!) { it: loyaltyMemberEnroll(input: $i) { __typename } }",
            input,
        )
        .await;
        // Nobody else has.
        let input =
            json!({"program": "double", "idempotencyKey": "l", "customerId": "c-1", "partnerId": "airline"});
        self.mutate(
            "mutation($i: LoyaltyPartnerLinkInput!) { it: loyaltyPartnerLink(input: $i) { __typename } }",
            input,
        )
        .await;
    }

    async fn record(&self, program: &str, id: &str, customer: &str, day: &str, price: &str) {
        let order = json!({"id": id, "customerId": customer, "placedAt": format!("{day}T10:00:00.5Z"),
            "currencyCode": "GBP", "lines": [{"id": "1", "sku": "A", "quantity": 1, "unitPrice": price}]});
        let input = json!({"program": program, "idempotencyKey": id, "order": order});
        self.mutate(
            "mutation($i: LoyaltyOrderRecordInput!) { it: loyaltyOrderRecord(input: $i) { __typename } }",
            input,
        )
        .await;
    }

    async fn mutate(&self, document: &str, input: Value) {
        let caller = self.caller("service", "oms", SERVICE_SCOPES).await;
        let answer = self.slow(&self.desk, document, None, &json!({ "i": input }).to_string(), &caller).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let done = answer["data"]["it"]["__typename"].as_str().is_some_and(|name| !name.contains("Invalid"));
        assert!(done, "{answer:#}");
    }

    /// Somebody with a token for all programmes; with the kind `nobody`, without.
    pub(super) async fn caller(&self, kind: &str, subject: &str, scope: &str) -> Caller {
        self.caller_for(kind, subject, scope, None).await
    }

    /// Somebody with a token for these programmes.
    pub(super) async fn caller_for(
        &self,
        kind: &str,
        subject: &str,
        scope: &str,
        programs: Option<&[&str]>,
    ) -> Caller {
        if kind == "nobody" {
            return Caller::anonymous();
        }
        let request = MintRequest {
            kind: kind.parse::<PrincipalKind>().unwrap(),
            subject: subject.to_owned(),
            scope: scope.split_whitespace().map(str::to_owned).collect(),
            programs: programs.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
            stores: if kind == "staff" { vec!["s-1".to_owned()] } else { Vec::new() },
            ttl: std::time::Duration::from_hours(1),
            ..MintRequest::default()
        };
        let token =
            mint(&Secret::new(SECRET.to_owned()), "loyalty-dev", "loyalty", &request, self.clock.now())
                .unwrap();
        self.guard.caller(Some(&format!("Bearer {token}"))).await.unwrap()
    }

    /// What the executor answers, as text: the order of fields counts.
    pub(super) async fn slow(
        &self,
        executor: &Executor,
        query: &str,
        operation: Option<&str>,
        variables: &str,
        caller: &Caller,
    ) -> String {
        let variables: Variables = serde_json::from_str(variables).unwrap();
        let mut request = Request::new(query).variables(variables);
        request.operation_name = operation.map(str::to_owned);
        let response = executor.execute(request, caller.clone(), TraceId(1)).await;
        serde_json::to_string(&response).unwrap()
    }

    pub(super) async fn close(self) {
        self.app.stop().await.unwrap();
    }
}

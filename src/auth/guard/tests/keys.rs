//! The provider's keys, as they come and go.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use axum::{Router, http::StatusCode, routing::get};
use pretty_assertions::assert_eq;

use super::*;

const NONE: &str = r#"{ "keys": [] }"#;
const HOUR: Duration = Duration::from_hours(1);

/// A provider that can be away and can change its keys; it counts how often it is asked.
#[derive(Default)]
struct Provider {
    asked: AtomicUsize,
    keys: Mutex<Option<String>>,
    /// Whether it takes for ever to answer.
    is_stuck: Mutex<bool>,
}

impl Provider {
    fn serving(keys: &str) -> Arc<Self> {
        let provider = Arc::<Self>::default();
        provider.serve(Some(keys));
        provider
    }

    async fn guard(self: &Arc<Self>, clock: SharedClock, retain: Duration) -> Guard {
        let provider = self.clone();
        let fetch: crate::auth::jwks::Fetch = Box::new(move || {
            provider.asked.fetch_add(1, Ordering::SeqCst);
            let (keys, is_stuck) =
                (provider.keys.lock().unwrap().clone(), *provider.is_stuck.lock().unwrap());
            Box::pin(async move {
                if is_stuck {
                    std::future::pending::<()>().await;
                }
                keys.ok_or_else(|| std::io::Error::other("away").into())
            })
        });
        let config = AuthConfig { jwks_retain: retain, ..config(false, None) };
        let jwks = Jwks::new(fetch, Times::of(&config), clock.clone()).await;
        Guard::with(&config, Some(Arc::new(jwks)), clock).unwrap()
    }

    fn serve(&self, keys: Option<&str>) {
        *self.keys.lock().unwrap() = keys.map(str::to_owned);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn clock() -> Arc<HandClock> {
    Arc::new(HandClock(Mutex::new(now())))
}

/// Good for a day.
fn of_key(algorithm: Algorithm, kid: &str) -> String {
    let key = match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_pem(EC),
        _ => EncodingKey::from_rsa_pem(RSA),
    };
    let lasting = claims(&json!({ "exp": now().timestamp() + 86_400 }));
    sign(algorithm, Some(kid), &key.unwrap(), &lasting)
}

/// The published keys of these names, under other names or with another `alg` where that is said.
fn published(keys: &[(&str, Value)]) -> String {
    let all: Value = serde_json::from_str(JWKS).unwrap();
    let find =
        |kid: &str| all["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).unwrap().clone();
    let key = |(kid, changed): &(&str, Value)| {
        let mut key = find(kid);
        key.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        key.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        key
    };
    json!({ "keys": keys.iter().map(key).collect::<Vec<_>>() }).to_string()
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_at_most_once_a_minute() {
    let (provider, clock) = (Arc::new(Provider::default()), clock());
    let guard = provider.guard(clock.clone(), HOUR).await;
    let token = of_key(Algorithm::RS256, "rsa");
    assert_eq!(provider.asked(), 1, "at the start, which does not fail");

    provider.serve(Some(JWKS));
    clock.forward(59);
    assert_eq!(refused(&guard, &token).await, Some(Refused::UnknownKey));
    assert_eq!(provider.asked(), 1);
    clock.forward(1);
    assert_eq!(refused(&guard, &token).await, None);
    assert_eq!(provider.asked(), 2);

    for _ in 0..5 {
        assert_eq!(refused(&guard, &rs256(Some("made-up"))).await, Some(Refused::UnknownKey));
    }
    assert_eq!(provider.asked(), 2, "made-up names do not reach the provider");
}

/// Keys are rotated, and tokens of the old one hold as long as is configured; a provider that is away changes nothing.
#[tokio::test]
async fn a_key_that_left_the_set_holds_for_a_while() {
    let (rsa, ec) = (of_key(Algorithm::RS256, "rsa"), of_key(Algorithm::ES256, "ec"));
    for retain in [0, 600] {
        let (provider, clock) = (Provider::serving(&published(&[("rsa", json!({}))])), clock());
        let guard = provider.guard(clock.clone(), Duration::from_secs(retain)).await;
        assert_eq!(refused(&guard, &rsa).await, None);
        provider.serve(None);
        clock.forward(3_600);
        assert_eq!(refused(&guard, &ec).await, Some(Refused::UnknownKey));
        assert_eq!(refused(&guard, &rsa).await, None, "away: what was known holds");

        provider.serve(Some(&published(&[("ec", json!({}))])));
        clock.forward(60);
        assert_eq!(refused(&guard, &ec).await, None, "the new one is asked for");
        let forgotten = (retain == 0).then_some(Refused::UnknownKey);
        assert_eq!(refused(&guard, &rsa).await, forgotten);
        clock.forward(i64::try_from(retain).unwrap());
        assert_eq!(refused(&guard, &rsa).await, Some(Refused::UnknownKey), "remembered or not, it is over");
        assert_eq!(refused(&guard, &ec).await, None);
        // It was seen to be gone once and for all, however often others change.
        provider.serve(Some(&published(&[("ec", json!({})), ("ed", json!({}))])));
        clock.forward(60);
        assert_eq!(refused(&guard, &rs256(Some("made-up"))).await, Some(Refused::UnknownKey));
        assert_eq!(refused(&guard, &rsa).await, Some(Refused::UnknownKey));
    }
}

#[tokio::test]
async fn a_name_that_is_given_to_another_key_is_the_other_s_at_once() {
    let (provider, clock) = (Provider::serving(&published(&[("rsa", json!({}))])), clock());
    let guard = provider.guard(clock.clone(), HOUR).await;
    let token = of_key(Algorithm::RS256, "rsa");
    assert_eq!(refused(&guard, &token).await, None);
    provider.serve(Some(&published(&[("ec", json!({ "kid": "rsa" }))])));
    clock.forward(60);
    assert_eq!(refused(&guard, &rs256(Some("made-up"))).await, Some(Refused::UnknownKey));
    assert_eq!(refused(&guard, &token).await, Some(Refused::WrongAlgorithm));
    assert_eq!(refused(&guard, &of_key(Algorithm::ES256, "rsa")).await, None);
}

/// A key is for the algorithm that it states. One that states none, and could be for two, is for both.
#[tokio::test]
async fn a_key_serves_the_algorithm_that_it_states() {
    for (stated, rs256, ps256) in [
        (json!("RS256"), None, Some(Refused::WrongAlgorithm)),
        (json!("PS256"), Some(Refused::WrongAlgorithm), None),
        (Value::Null, None, None),
        (json!("RS512"), Some(Refused::UnknownKey), Some(Refused::UnknownKey)),
        (json!("HS256"), Some(Refused::UnknownKey), Some(Refused::UnknownKey)),
        (json!("RSA-OAEP"), Some(Refused::UnknownKey), Some(Refused::UnknownKey)),
    ] {
        let provider = Provider::serving(&published(&[("rsa", json!({ "alg": stated }))]));
        let guard = provider.guard(clock(), HOUR).await;
        assert_eq!(refused(&guard, &of_key(Algorithm::RS256, "rsa")).await, rs256, "RS256 by {stated}");
        assert_eq!(refused(&guard, &of_key(Algorithm::PS256, "rsa")).await, ps256, "PS256 by {stated}");
        let unknown =
            if rs256.is_none() || ps256.is_none() { Refused::WrongAlgorithm } else { Refused::UnknownKey };
        assert_eq!(refused(&guard, &of_key(Algorithm::RS512, "rsa")).await, Some(Refused::WrongAlgorithm));
        assert_eq!(refused(&guard, &of_key(Algorithm::ES256, "rsa")).await, Some(unknown));
    }
}

#[tokio::test]
async fn a_token_is_remembered_until_the_keys_change() {
    let (provider, clock) = (Provider::serving(JWKS), clock());
    let guard = provider.guard(clock.clone(), Duration::ZERO).await;
    let token = of_key(Algorithm::RS256, "rsa");
    assert_eq!(refused(&guard, &token).await, None);
    let digest: [u8; 32] = Sha256::digest(&token).into();
    let verified = || guard.0.remembered.get(&digest).unwrap().verified;
    let checked = verified();
    clock.forward(60);
    assert_eq!(refused(&guard, &rs256(Some("made-up"))).await, Some(Refused::UnknownKey));
    assert_eq!(provider.asked(), 2);
    assert_eq!(refused(&guard, &token).await, None);
    assert!(Arc::ptr_eq(&checked, &verified()), "the same keys came: it was not checked again");

    provider.serve(Some(NONE));
    clock.forward(60);
    assert_eq!(refused(&guard, &rs256(Some("new"))).await, Some(Refused::UnknownKey));
    assert_eq!(provider.asked(), 3);
    assert_eq!(refused(&guard, &token).await, Some(Refused::UnknownKey), "at once, long before it ends");
}

/// Time as tokio has it, which the tests below let pass by waiting for the next timer.
struct TokioClock(tokio::time::Instant);

impl Clock for TokioClock {
    fn now(&self) -> Instant {
        now() + TimeDelta::from_std(self.0.elapsed()).unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn keys_are_refreshed_by_themselves_and_no_request_waits_for_it() {
    let clock = Arc::new(TokioClock(tokio::time::Instant::now()));
    let provider = Arc::new(Provider::default());
    let guard = provider.guard(clock, Duration::ZERO).await;
    let (rsa, ec) = (of_key(Algorithm::RS256, "rsa"), of_key(Algorithm::ES256, "ec"));
    let pass = |seconds| tokio::time::sleep(Duration::from_secs(seconds));

    pass(30).await;
    provider.serve(Some(&published(&[("rsa", json!({}))])));
    pass(32).await;
    assert_eq!(provider.asked(), 2, "it was away, and is asked again after a minute");
    assert_eq!(refused(&guard, &rsa).await, None);
    provider.serve(Some(&published(&[("ec", json!({}))])));
    pass(890).await;
    assert_eq!((provider.asked(), refused(&guard, &rsa).await), (2, None), "not due yet");
    pass(20).await;
    assert_eq!((provider.asked(), refused(&guard, &ec).await), (3, None));
    assert_eq!(refused(&guard, &rsa).await, Some(Refused::UnknownKey), "a withdrawn key is forgotten");

    *provider.is_stuck.lock().unwrap() = true;
    pass(1_000).await;
    assert_eq!(provider.asked(), 4, "a fetch is under way, and takes for ever");
    assert_eq!(refused(&guard, &ec).await, None);
    let new_to_us = sign(
        Algorithm::ES256,
        Some("ec"),
        &EncodingKey::from_ec_pem(EC).unwrap(),
        &claims(&json!({ "exp": now().timestamp() + 86_400, "sub": "bob" })),
    );
    assert_eq!(refused(&guard, &new_to_us).await, None, "nor does a token that nobody has seen");
    drop(guard);
    pass(5_000).await;
    assert_eq!(provider.asked(), 4, "the task ends with the guard");
}

/// A provider of flesh and blood, which has its own troubles when we start.
#[tokio::test]
async fn keys_come_by_http_once_the_provider_is_there() {
    static STATUS: Mutex<StatusCode> = Mutex::new(StatusCode::SERVICE_UNAVAILABLE);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://reader:hunter2@{}/keys?key=hunter2", listener.local_addr().unwrap());
    let routes = Router::new().route("/keys", get(async || (*STATUS.lock().unwrap(), JWKS)));
    let server = tokio::spawn(async { axum::serve(listener, routes).await });
    let config = AuthConfig { jwks: Some(JwksSource::Url(Secret::new(url.clone()))), ..config(false, None) };
    let error = fetch::from(config.jwks.as_ref().unwrap())().await.unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");

    let clock = clock();
    let guard = Guard::new(&config, clock.clone()).await.unwrap();
    let token = of_key(Algorithm::RS256, "rsa");
    assert_eq!(refused(&guard, &token).await, Some(Refused::UnknownKey));
    *STATUS.lock().unwrap() = StatusCode::OK;
    clock.forward(60);
    assert_eq!(refused(&guard, &token).await, None);
    server.abort();
}

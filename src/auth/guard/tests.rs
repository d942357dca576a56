//! Tokens that are believed and tokens that are not, as tables.

mod keys;
mod noise;
mod speakers;

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use jsonwebtoken::{EncodingKey, Header, encode};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::{
    auth::Principal,
    clock::{Clock, FixedClock, Instant},
    config::{JwksSource, Secret, SecretSource},
};

const SECRET: &str = "a secret for tests, long enough!";
const OTHER_SECRET: &str = "another secret, just as long as it";
const RSA: &[u8] = include_bytes!("../../../tests/fixtures/keys/rsa.pem");
const RSA_PUBLIC: &[u8] = include_bytes!("../../../tests/fixtures/keys/rsa.public.pem");
const EC: &[u8] = include_bytes!("../../../tests/fixtures/keys/ec.pem");
const ED: &[u8] = include_bytes!("../../../tests/fixtures/keys/ed.pem");
const JWKS: &str = include_str!("../../../tests/fixtures/keys/jwks.json");

fn now() -> Instant {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

fn config(secret: bool, jwks: Option<&str>) -> AuthConfig {
    AuthConfig {
        secret: secret.then(|| SecretSource::Given(Secret::new(SECRET))),
        jwks: jwks.map(|path| JwksSource::File(path.into())),
        issuer: "loyalty-dev".to_owned(),
        audience: "loyalty".to_owned(),
        ..AuthConfig::default()
    }
}

async fn guard(secret: bool, jwks: bool) -> Guard {
    let config = config(secret, jwks.then_some("tests/fixtures/keys/jwks.json"));
    Guard::new(&config, Arc::new(FixedClock(now()))).await.unwrap()
}

/// Good claims, with some replaced (null: taken out).
fn claims(replaced: &Value) -> Value {
    let mut claims = json!({
        "iss": "loyalty-dev", "aud": "loyalty", "sub": "ann", "iat": now().timestamp(), "exp": now().timestamp() + 60,
    });
    for (name, value) in replaced.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn sign(algorithm: Algorithm, kid: Option<&str>, key: &EncodingKey, claims: &Value) -> String {
    let mut header = Header::new(algorithm);
    header.kid = kid.map(str::to_owned);
    encode(&header, claims, key).unwrap()
}

fn hs256(secret: &str, replaced: &Value) -> String {
    sign(Algorithm::HS256, None, &EncodingKey::from_secret(secret.as_bytes()), &claims(replaced))
}

fn rs256(kid: Option<&str>) -> String {
    sign(Algorithm::RS256, kid, &EncodingKey::from_rsa_pem(RSA).unwrap(), &claims(&json!({})))
}

/// A token with a header of one's own and whatever signature.
fn forged(header: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(&claims(&json!({}))))
}

async fn refused(guard: &Guard, token: &str) -> Option<Refused> {
    let header = format!("Bearer {token}");
    let reason = guard.0.caller(&header).await.err();
    let denied = guard.caller(Some(&header)).await.err();
    assert_eq!(denied, reason.map(|_| Denied::Unauthenticated), "the caller is told no more");
    reason
}

#[tokio::test]
async fn tokens_that_do_not_hold_are_refused() {
    let guard = guard(true, true).await;
    let at = |seconds: i64| json!(now().timestamp() + seconds);
    let public_as_secret = EncodingKey::from_secret(RSA_PUBLIC);
    let public_modulus =
        serde_json::from_str::<Value>(JWKS).unwrap()["keys"][0]["n"].as_str().unwrap().to_owned();
    let good = hs256(SECRET, &json!({}));
    let ec = EncodingKey::from_ec_pem(EC).unwrap();
    let table = [
        ("another secret", hs256(OTHER_SECRET, &json!({})), Refused::Signature),
        ("another issuer", hs256(SECRET, &json!({ "iss": "evil" })), Refused::Issuer),
        ("no issuer", hs256(SECRET, &json!({ "iss": null })), Refused::Claim("iss")),
        ("another audience", hs256(SECRET, &json!({ "aud": ["crm", "oms"] })), Refused::Audience),
        ("no audience", hs256(SECRET, &json!({ "aud": null })), Refused::Claim("aud")),
        ("expired", hs256(SECRET, &json!({ "exp": at(-30) })), Refused::Expired),
        ("no end", hs256(SECRET, &json!({ "exp": null })), Refused::Claim("exp")),
        ("end that is no number", hs256(SECRET, &json!({ "exp": "never" })), Refused::Claim("exp")),
        ("not yet valid", hs256(SECRET, &json!({ "nbf": at(31) })), Refused::NotYetValid),
        ("oversized", hs256(SECRET, &json!({ "pad": "x".repeat(8 * 1024) })), Refused::Oversized),
        ("alg none", forged(&json!({ "alg": "none" }), ""), Refused::Malformed),
        ("alg None", forged(&json!({ "alg": "None", "typ": "JWT" }), ""), Refused::Malformed),
        ("no signature", forged(&json!({ "alg": "HS256" }), ""), Refused::Signature),
        (
            "critical extension",
            forged(&json!({ "alg": "HS256", "crit": ["b64"] }), "x"),
            Refused::CriticalExtension,
        ),
        (
            "other hash of the same secret",
            {
                let key = EncodingKey::from_secret(SECRET.as_bytes());
                sign(Algorithm::HS512, None, &key, &claims(&json!({})))
            },
            Refused::WrongAlgorithm,
        ),
        (
            "HS256 signed with the public key",
            sign(Algorithm::HS256, Some("rsa"), &public_as_secret, &claims(&json!({}))),
            Refused::Signature,
        ),
        (
            "HS256 signed with the public modulus",
            sign(
                Algorithm::HS256,
                Some("rsa"),
                &EncodingKey::from_secret(public_modulus.as_bytes()),
                &claims(&json!({})),
            ),
            Refused::Signature,
        ),
        ("a key that is not among them", rs256(Some("gone")), Refused::UnknownKey),
        ("a key for another algorithm", rs256(Some("ec")), Refused::WrongAlgorithm),
        ("a key for encryption", rs256(Some("encryption")), Refused::UnknownKey),
        ("a published symmetric key", rs256(Some("symmetric")), Refused::UnknownKey),
        (
            "another signer under a known name",
            forged(&json!({ "alg": "RS256", "kid": "rsa" }), &URL_SAFE_NO_PAD.encode([7; 256])),
            Refused::Signature,
        ),
        ("two parts", good.rsplit_once('.').unwrap().0.to_owned(), Refused::Malformed),
        (
            "changed claims",
            {
                let other = hs256(SECRET, &json!({ "sub": "bob" }));
                let (head, signature) = (good.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1);
                format!("{head}.{signature}")
            },
            Refused::Signature,
        ),
        (
            "EC token on its way through RSA's name",
            sign(Algorithm::ES256, Some("rsa"), &ec, &claims(&json!({}))),
            Refused::WrongAlgorithm,
        ),
    ];
    for (what, token, reason) in table {
        assert_eq!(refused(&guard, &token).await, Some(reason), "{what}");
    }
    assert_eq!(refused(&guard, &good).await, None, "and the good one holds");
}

#[tokio::test]
async fn headers_that_are_not_bearer_tokens_are_refused_and_none_is_anonymous() {
    let guard = guard(true, false).await;
    for header in ["", "Bearer", "Bearer ", "Basic YTpi", "Token x", &hs256(SECRET, &json!({}))] {
        assert_eq!(guard.caller(Some(header)).await.unwrap_err(), Denied::Unauthenticated, "{header:?}");
    }
    assert_eq!(guard.caller(None).await.unwrap().principal(), &Principal::Anonymous);
    let lower_case = format!("bearer  {}", hs256(SECRET, &json!({})));
    assert!(guard.caller(Some(&lower_case)).await.is_ok());
}

#[tokio::test]
async fn without_a_key_every_token_is_refused() {
    let guard = guard(false, false).await;
    assert_eq!(refused(&guard, &hs256(SECRET, &json!({}))).await, Some(Refused::NoKey));
    assert_eq!(refused(&guard, &rs256(Some("rsa"))).await, Some(Refused::NoKey));
    assert!(guard.caller(None).await.is_ok());
}

#[tokio::test]
async fn a_published_key_never_serves_as_the_secret() {
    let guard = guard(false, true).await;
    let token =
        sign(Algorithm::HS256, Some("rsa"), &EncodingKey::from_secret(RSA_PUBLIC), &claims(&json!({})));
    assert_eq!(refused(&guard, &token).await, Some(Refused::NoKey));
}

#[tokio::test]
async fn tokens_hold_by_every_algorithm_and_on_both_edges_of_their_time() {
    let guard = guard(true, true).await;
    let (ec, ed) = (EncodingKey::from_ec_pem(EC).unwrap(), EncodingKey::from_ed_pem(ED).unwrap());
    let at = |seconds: i64| json!(now().timestamp() + seconds);
    for (what, token) in [
        ("our secret", hs256(SECRET, &json!({}))),
        ("one audience of several", hs256(SECRET, &json!({ "aud": ["crm", "loyalty"] }))),
        ("within the leeway", hs256(SECRET, &json!({ "exp": at(-29), "nbf": at(30) }))),
        ("an end with a fraction", hs256(SECRET, &json!({ "exp": 1_900_000_000.5 }))),
        ("RS256", rs256(Some("rsa"))),
        ("RS256 without a name", rs256(None)),
        ("ES256", sign(Algorithm::ES256, Some("ec"), &ec, &claims(&json!({})))),
        ("EdDSA", sign(Algorithm::EdDSA, Some("ed"), &ed, &claims(&json!({})))),
    ] {
        let caller = guard.caller(Some(&format!("Bearer {token}"))).await.unwrap();
        assert_eq!(caller.principal(), &Principal::Customer { customer: "ann".to_owned() }, "{what}");
    }
}

/// A clock that is moved by hand.
struct HandClock(Mutex<Instant>);

impl HandClock {
    fn forward(&self, seconds: i64) {
        *self.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }
}

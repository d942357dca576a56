//! The identity provider's keys: fetched at the start, kept in memory, fetched again when a token names a key that is
//! not among them, and now and then, so that a key that was withdrawn is forgotten.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::jwt::{Key, Refused};
use crate::{
    clock::{Instant, SharedClock},
    config::JwksSource,
};

/// The least time between two fetches, however many unknown keys are named: callers choose what they name.
const FETCH_INTERVAL: TimeDelta = TimeDelta::minutes(1);
/// The age at which the set is fetched anew.
const AGE_MAX: TimeDelta = TimeDelta::minutes(15);
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// RFC 7518, 3.3.
const RSA_MODULUS_BYTES_MIN: usize = 256;

/// Gets the text of a JWKS.
pub(super) type Fetch = Box<dyn Fn() -> BoxFuture<'static, Result<String, FetchError>> + Send + Sync>;

/// Why a JWKS could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("the file cannot be read")]
    File(#[from] std::io::Error),
    #[error("the provider did not answer with keys")]
    Http(#[from] reqwest::Error),
    #[error("the answer is no JWKS")]
    Json(#[from] serde_json::Error),
}

/// Keys by their id.
pub(super) struct Jwks {
    fetch: Fetch,
    clock: SharedClock,
    keys: RwLock<Arc<KeySet>>,
    /// When a fetch was last tried. Held while one is under way, so that there is one at a time.
    tried: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct KeySet {
    keys: Vec<(Option<String>, Arc<Key>)>,
    fetched_at: Option<Instant>,
    /// Which fetch it is from, counted from the first.
    number: u64,
}

impl Jwks {
    /// Fetches the keys. A provider that cannot be reached is logged, and asked again when a token needs it.
    pub(super) async fn new(fetch: Fetch, clock: SharedClock) -> Self {
        let jwks = Self { fetch, clock, keys: RwLock::default(), tried: Mutex::default() };
        let mut tried = jwks.tried.lock().await;
        jwks.fetch(&mut tried).await;
        drop(tried);
        jwks
    }

    /// The key that a token names, and the number of the set that it is from.
    pub(super) async fn find(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<(Arc<Key>, u64), Refused> {
        match self.fresh().await.find(kid, algorithm) {
            Err(Refused::UnknownKey) => {
                let mut tried = self.tried.lock().await;
                self.fetch(&mut tried).await;
                drop(tried);
                self.keys().find(kid, algorithm)
            }
            found => found,
        }
    }

    /// The number of the set that is used now.
    pub(super) async fn current(&self) -> u64 {
        self.fresh().await.number
    }

    /// The set, fetched anew where it is old.
    async fn fresh(&self) -> Arc<KeySet> {
        let keys = self.keys();
        if keys.fetched_at.is_some_and(|at| self.clock.now() - at >= AGE_MAX) {
            // One caller refreshes; the others go on with what there is.
            if let Ok(mut tried) = self.tried.try_lock() {
                self.fetch(&mut tried).await;
                return self.keys();
            }
        }
        keys
    }

    fn keys(&self) -> Arc<KeySet> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fetches the keys, unless that was tried a moment ago. What there was stays where it fails.
    async fn fetch(&self, tried: &mut Option<Instant>) {
        let now = self.clock.now();
        if tried.is_some_and(|at| now - at < FETCH_INTERVAL) {
            return;
        }
        *tried = Some(now);
        match (self.fetch)().await.and_then(|text| KeySet::read(&text, now)) {
            Ok(mut set) => {
                set.number = self.keys().number + 1;
                tracing::info!(keys = set.keys.len(), "keys of the identity provider fetched");
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "keys of the identity provider could not be fetched");
            }
        }
    }
}

impl KeySet {
    fn read(text: &str, now: Instant) -> Result<Self, FetchError> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<serde_json::Value>,
        }
        let document: Document = serde_json::from_str(text)?;
        // A key that we cannot use is passed over: providers publish keys for others, too.
        let jwks = document.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        Ok(Self { keys: jwks.filter_map(|jwk| usable(&jwk)).collect(), fetched_at: Some(now), number: 0 })
    }

    fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<(Arc<Key>, u64), Refused> {
        let found = |key: &Arc<Key>| (Arc::clone(key), self.number);
        if let Some(kid) = kid {
            let mut named = self.keys.iter().filter(|(id, _)| id.as_deref() == Some(kid)).peekable();
            named.peek().ok_or(Refused::UnknownKey)?;
            let mut fitting = named.filter(|(_, key)| key.algorithm == algorithm);
            return fitting.next().map(|(_, key)| found(key)).ok_or(Refused::WrongAlgorithm);
        }
        let mut fitting = self.keys.iter().filter(|(_, key)| key.algorithm == algorithm);
        match (fitting.next(), fitting.next()) {
            (Some((_, key)), None) => Ok(found(key)),
            (Some(_), Some(_)) => Err(Refused::AmbiguousKey),
            (None, _) => Err(Refused::UnknownKey),
        }
    }
}

/// A published key, if it is one that tokens may be signed with. Never a symmetric one: what is published is no secret.
fn usable(jwk: &Jwk) -> Option<(Option<String>, Arc<Key>)> {
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => {
            let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).ok()?;
            (modulus.len() >= RSA_MODULUS_BYTES_MIN).then_some(Algorithm::RS256)?
        }
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    if jwk.common.key_algorithm.is_some_and(|stated| stated != KeyAlgorithm::from(algorithm)) {
        return None;
    }
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some((jwk.common.key_id.clone(), Arc::new(Key { algorithm, key })))
}

/// How keys are fetched from where they are.
pub(super) fn fetch_from(source: &JwksSource) -> Fetch {
    match source.clone() {
        JwksSource::File(path) => Box::new(move || {
            // Small, local, and at most once a minute: not worth a thread of its own.
            let text = std::fs::read_to_string(&path).map_err(FetchError::from);
            Box::pin(std::future::ready(text))
        }),
        JwksSource::Url(url) => {
            let client = reqwest::Client::new();
            Box::new(move || Box::pin(get(client.clone(), url.clone())))
        }
    }
}

async fn get(client: reqwest::Client, url: String) -> Result<String, FetchError> {
    let response = client.get(url).timeout(FETCH_TIMEOUT).send().await?;
    Ok(response.error_for_status()?.text().await?)
}

//! One state of a provider's keys.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;

use super::{Refused, fetch::FetchError};
use crate::{auth::jwt::Key, clock::Instant};

/// RFC 7518, 3.3.
const RSA_MODULUS_BYTES_MIN: usize = 256;

/// Keys that are published, and keys that were.
#[derive(Clone, Default)]
pub(super) struct KeySet {
    keys: Vec<Known>,
    /// How often they have changed.
    pub(super) number: u64,
}

#[derive(Clone)]
struct Known {
    kid: Option<String>,
    key: Arc<Key>,
    /// What was published, to see whether it is another.
    published: Jwk,
    /// From when on it holds no longer; None while it is published.
    until: Option<Instant>,
}

/// A key that tokens are checked with.
pub(in crate::auth) struct Found {
    pub(in crate::auth) key: Arc<Key>,
    pub(in crate::auth) validity: Validity,
}

/// How long what was checked with a key is known to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::auth) struct Validity {
    /// The number of the set that the key is from: until there is another.
    pub(in crate::auth) number: u64,
    /// From when on the key holds no longer, if that is known.
    pub(in crate::auth) until: Option<Instant>,
}

impl KeySet {
    pub(super) fn read(text: &str) -> Result<Self, FetchError> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<serde_json::Value>,
        }
        let document: Document = serde_json::from_str(text)?;
        // A key that we cannot use is passed over: providers publish keys for others, too.
        let jwks = document.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        Ok(Self { keys: jwks.flat_map(|jwk| usable(&jwk)).collect(), number: 0 })
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// What is known once others are published. Those that are gone hold for a while yet, but for those whose name another has
    /// now, or which never had one: no token could mean them.
    pub(super) fn followed_by(&self, published: Self, now: Instant, retain: TimeDelta) -> Self {
        let is_named = |known: &Known| published.keys.iter().any(|key| key.kid == known.kid);
        let gone = self.keys.iter().filter(|known| known.kid.is_some() && !is_named(known));
        let gone = gone.filter_map(|known| {
            let until = known.until.unwrap_or(now + retain);
            (until > now).then(|| Known { until: Some(until), ..known.clone() })
        });
        let gone: Vec<Known> = gone.collect();
        let keys: Vec<Known> = published.keys.into_iter().chain(gone).collect();
        let same =
            |(one, other): (&Known, &Known)| one.published == other.published && one.until == other.until;
        let is_same = keys.len() == self.keys.len() && keys.iter().zip(&self.keys).all(same);
        Self { keys, number: self.number + u64::from(!is_same) }
    }

    pub(super) fn find(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        now: Instant,
    ) -> Result<Found, Refused> {
        let holds = |known: &&Known| known.until.is_none_or(|until| now < until);
        let found = |known: &Known| {
            let validity = Validity { number: self.number, until: known.until };
            Found { key: Arc::clone(&known.key), validity }
        };
        if let Some(kid) = kid {
            let named = self.keys.iter().filter(|known| known.kid.as_deref() == Some(kid));
            let mut named = named.filter(holds).peekable();
            named.peek().ok_or(Refused::UnknownKey)?;
            let mut fitting = named.filter(|known| known.key.algorithm == algorithm);
            return fitting.next().map(found).ok_or(Refused::WrongAlgorithm);
        }
        // Without a name only what is published can be meant.
        let published = self.keys.iter().filter(|known| known.until.is_none());
        let mut fitting = published.filter(|known| known.key.algorithm == algorithm);
        match (fitting.next(), fitting.next()) {
            (Some(known), None) => Ok(found(known)),
            (Some(_), Some(_)) => Err(Refused::AmbiguousKey),
            (None, _) => Err(Refused::UnknownKey),
        }
    }
}

/// A published key, once for each algorithm that tokens may be signed with by it. Never a symmetric one: what is published is
/// no secret.
fn usable(jwk: &Jwk) -> Vec<Known> {
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return Vec::new();
    }
    let Ok(key) = DecodingKey::from_jwk(jwk) else { return Vec::new() };
    let stated = |algorithm: &Algorithm| {
        jwk.common.key_algorithm.is_none_or(|stated| stated == KeyAlgorithm::from(*algorithm))
    };
    let known = |algorithm| Known {
        kid: jwk.common.key_id.clone(),
        key: Arc::new(Key { algorithm, key: key.clone() }),
        published: jwk.clone(),
        until: None,
    };
    algorithms(jwk).iter().copied().filter(stated).map(known).collect()
}

fn algorithms(jwk: &Jwk) -> &'static [Algorithm] {
    match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => {
            let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).unwrap_or_default();
            let is_long = modulus.len() >= RSA_MODULUS_BYTES_MIN;
            // Providers that do not say which of the two a key is for use it for one of them.
            if is_long { &[Algorithm::RS256, Algorithm::PS256] } else { &[] }
        }
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => &[Algorithm::ES256],
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            &[Algorithm::EdDSA]
        }
        _ => &[],
    }
}

//! Turns an `Authorization` header into a caller.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey};
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::{
    jwks::{Found, Jwks, Times, Validity, fetch, refresh::Refreshing},
    jwt::{self, Checks, Key, Refused, Verified},
    principal::{Caller, Denied},
};
use crate::{
    clock::{Instant, SharedClock},
    config::{AuthConfig, ConfigError},
};

/// Tokens that are remembered at most: a few hundred bytes each, those that come least often forgotten first.
const REMEMBERED_MAX: u64 = 10_000;

/// The guard at the door. Cheap to clone.
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

struct Inner {
    clock: SharedClock,
    checks: Checks,
    secret: Option<Arc<Key>>,
    jwks: Option<Arc<Jwks>>,
    /// Ends with the guard.
    _refreshing: Option<Refreshing>,
    /// Tokens whose signatures are right, by their digests: checking a signature takes longer than a warm read. Time is
    /// asked anew for each request.
    remembered: Cache<[u8; 32], Remembered>,
}

/// A token that was checked, and the keys that it was checked with.
#[derive(Clone)]
struct Remembered {
    verified: Arc<Verified>,
    /// How long its key is one that is believed; then the signature is checked again. The secret never changes.
    key: Option<Validity>,
}

impl Guard {
    /// Reads the keys. Fails where the secret's file cannot be read; a JWKS that cannot be had is logged, and asked for
    /// again.
    pub async fn new(config: &AuthConfig, clock: SharedClock) -> Result<Self, ConfigError> {
        let jwks = match config.jwks()? {
            Some(source) => {
                let jwks = Jwks::new(fetch::from(source), Times::of(config), clock.clone());
                Some(Arc::new(jwks.await))
            }
            None => None,
        };
        Self::with(config, jwks, clock)
    }

    fn with(config: &AuthConfig, jwks: Option<Arc<Jwks>>, clock: SharedClock) -> Result<Self, ConfigError> {
        let secret = config.secret()?.map(|secret| {
            let key = DecodingKey::from_secret(secret.expose().as_bytes());
            Arc::new(Key { algorithm: Algorithm::HS256, key })
        });
        if secret.is_none() && jwks.is_none() {
            tracing::warn!("neither a secret nor a JWKS is configured: every token will be refused");
        }
        let remembered = Cache::new(REMEMBERED_MAX);
        let checks = Checks::new(config);
        let refreshing = jwks.as_ref().map(Refreshing::begin);
        Ok(Self(Arc::new(Inner { clock, checks, secret, jwks, _refreshing: refreshing, remembered })))
    }

    /// Who asks. No header is nobody in particular; a header that does not hold is refused, and why is logged.
    pub async fn caller(&self, authorization_header: Option<&str>) -> Result<Caller, Denied> {
        let Some(header) = authorization_header else { return Ok(Caller::anonymous()) };
        self.0.caller(header).await.map_err(|reason| {
            tracing::info!(%reason, "token refused");
            Denied::Unauthenticated
        })
    }
}

impl Inner {
    async fn caller(&self, header: &str) -> Result<Caller, Refused> {
        let token = jwt::bearer(header)?;
        let now = self.clock.now();
        let digest: [u8; 32] = Sha256::digest(token).into();
        if let Some(remembered) = self.remembered.get(&digest)
            && self.still_holds(&remembered, now)
        {
            return remembered.verified.caller_at(now);
        }
        let (signed_with, key) = self.key(token).await?;
        let verified = Arc::new(self.checks.verify(token, &signed_with)?);
        let caller = verified.caller_at(now)?;
        self.remembered.insert(digest, Remembered { verified, key });
        Ok(caller)
    }

    /// Whether the key that a token was checked with is still one that is believed: a token that comes often must not
    /// outlive it.
    fn still_holds(&self, remembered: &Remembered, now: Instant) -> bool {
        let Some(Validity { number, until }) = remembered.key else { return true };
        let is_current = self.jwks.as_ref().is_some_and(|jwks| jwks.current() == number);
        is_current && until.is_none_or(|until| now < until)
    }

    /// The key that a token must be signed with, and how long it holds if it is the provider's. The algorithm decides whose
    /// keys are looked at, so that a published key can never pass for the secret.
    async fn key(&self, token: &str) -> Result<(Arc<Key>, Option<Validity>), Refused> {
        let header = jwt::header(token)?;
        match header.alg {
            Algorithm::HS256 => Ok((self.secret.clone().ok_or(Refused::NoKey)?, None)),
            Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 | Algorithm::EdDSA => {
                let jwks = self.jwks.as_ref().ok_or(Refused::NoKey)?;
                let Found { key, validity } = jwks.find(header.kid.as_deref(), header.alg).await?;
                Ok((key, Some(validity)))
            }
            _ => Err(Refused::WrongAlgorithm),
        }
    }
}

#[cfg(test)]
mod tests;

//! Turns an `Authorization` header into a caller.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey};
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::{
    jwks::{self, Jwks},
    jwt::{self, Checks, Key, Refused, Verified},
    principal::{Caller, Denied},
};
use crate::{
    clock::SharedClock,
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
    jwks: Option<Jwks>,
    /// Tokens whose signatures are right, by their digests: checking a signature takes longer than a warm read. Time is
    /// asked anew for each request.
    remembered: Cache<[u8; 32], Remembered>,
}

/// A token that was checked, and the keys that it was checked with.
#[derive(Clone)]
struct Remembered {
    verified: Arc<Verified>,
    /// Which fetch of the provider's keys: with another the signature is checked again. The secret never changes.
    keys: Option<u64>,
}

impl Guard {
    /// Reads the keys. Fails where the secret's file cannot be read; a JWKS that cannot be had is logged, and asked for
    /// again when a token needs it.
    pub async fn new(config: &AuthConfig, clock: SharedClock) -> Result<Self, ConfigError> {
        let jwks = match config.jwks()? {
            Some(source) => Some(Jwks::new(jwks::fetch_from(source), clock.clone()).await),
            None => None,
        };
        Self::with(config, jwks, clock)
    }

    fn with(config: &AuthConfig, jwks: Option<Jwks>, clock: SharedClock) -> Result<Self, ConfigError> {
        let secret = config.secret()?.map(|secret| {
            let key = DecodingKey::from_secret(secret.expose().as_bytes());
            Arc::new(Key { algorithm: Algorithm::HS256, key })
        });
        if secret.is_none() && jwks.is_none() {
            tracing::warn!("neither a secret nor a JWKS is configured: every token will be refused");
        }
        let remembered = Cache::new(REMEMBERED_MAX);
        let checks = Checks::new(config);
        Ok(Self(Arc::new(Inner { clock, checks, secret, jwks, remembered })))
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
            && self.still_holds(&remembered).await
        {
            return remembered.verified.caller_at(now);
        }
        let (key, keys) = self.key(token).await?;
        let verified = Arc::new(self.checks.verify(token, &key)?);
        let caller = verified.caller_at(now)?;
        self.remembered.insert(digest, Remembered { verified, keys });
        Ok(caller)
    }

    /// Whether the keys are those that a token was checked with. Old ones are fetched anew first: a token that comes often
    /// must not outlive its key.
    async fn still_holds(&self, remembered: &Remembered) -> bool {
        match (&self.jwks, remembered.keys) {
            (Some(jwks), Some(keys)) => jwks.current().await == keys,
            _ => true,
        }
    }

    /// The key that a token must be signed with, and which of the provider's sets it is from. The algorithm decides whose
    /// keys are looked at, so that a published key can never pass for the secret.
    async fn key(&self, token: &str) -> Result<(Arc<Key>, Option<u64>), Refused> {
        let header = jwt::header(token)?;
        match header.alg {
            Algorithm::HS256 => Ok((self.secret.clone().ok_or(Refused::NoKey)?, None)),
            Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA => {
                let jwks = self.jwks.as_ref().ok_or(Refused::NoKey)?;
                let (key, keys) = jwks.find(header.kid.as_deref(), header.alg).await?;
                Ok((key, Some(keys)))
            }
            _ => Err(Refused::WrongAlgorithm),
        }
    }
}

#[cfg(test)]
mod tests;

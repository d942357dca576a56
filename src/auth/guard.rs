//! Turns an `Authorization` header into a caller.

use std::sync::Arc;

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey};
use moka::sync::Cache;

use super::{
    jwks::{self, Jwks},
    jwt::{self, Checks, Key, Refused, Verified},
    principal::{Caller, Denied},
};
use crate::{
    clock::{Instant, SharedClock},
    config::{AuthConfig, ConfigError},
};

/// How long a signature that was checked is remembered. A withdrawn key's tokens live that much longer.
const REMEMBERED: TimeDelta = TimeDelta::minutes(1);
/// How much memory remembered tokens may take.
const REMEMBERED_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// What remembering one takes beside its text.
const REMEMBERED_OVERHEAD_BYTES: usize = 512;

/// The guard at the door. Cheap to clone.
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

struct Inner {
    clock: SharedClock,
    checks: Checks,
    secret: Option<Arc<Key>>,
    jwks: Option<Jwks>,
    /// Tokens whose signatures are right: checking an RS256 signature takes longer than a warm read.
    remembered: Cache<Arc<str>, (Arc<Verified>, Instant)>,
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
        let remembered = Cache::builder()
            .max_capacity(REMEMBERED_BYTES_MAX)
            .weigher(|token: &Arc<str>, _| {
                u32::try_from(token.len() + REMEMBERED_OVERHEAD_BYTES).unwrap_or(u32::MAX)
            })
            .build();
        let checks = Checks::new(&config.issuer, &config.audience);
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
        if let Some((verified, at)) = self.remembered.get(token)
            && now - at < REMEMBERED
        {
            return verified.caller_at(now);
        }
        let key = self.key(token).await?;
        let verified = Arc::new(self.checks.verify(token, &key)?);
        let caller = verified.caller_at(now)?;
        self.remembered.insert(token.into(), (verified, now));
        Ok(caller)
    }

    /// The key that a token must be signed with. The algorithm decides whose keys are looked at, so that a published key
    /// can never pass for the secret.
    async fn key(&self, token: &str) -> Result<Arc<Key>, Refused> {
        let header = jwt::header(token)?;
        match header.alg {
            Algorithm::HS256 => self.secret.clone().ok_or(Refused::NoKey),
            Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA => {
                let jwks = self.jwks.as_ref().ok_or(Refused::NoKey)?;
                jwks.find(header.kid.as_deref(), header.alg).await
            }
            _ => Err(Refused::WrongAlgorithm),
        }
    }
}

#[cfg(test)]
mod tests;

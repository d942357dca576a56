//! Whether a request comes through the router, which shows a secret in a header of its own.
//!
//! Two secrets hold at once, so that router and service need not change theirs at one moment; where they lie in a file, it is
//! looked at again, and nothing has to be started anew.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode},
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Door, answer::Rejection, serve::Peer};
use crate::config::{ConfigError, RouterConfig, RouterSecrets, Secret};

type Digest = [u8; 32];

/// What a request has to show. Cheap to clone.
#[derive(Clone)]
pub struct Trust {
    header: Arc<str>,
    /// Of their digests, which are of one length.
    secrets: Arc<RwLock<Vec<Digest>>>,
}

impl Trust {
    /// None where nothing has to be shown. Secrets of a file are read again as long as the process lives.
    pub fn start(config: &RouterConfig) -> Result<Option<Self>, ConfigError> {
        let Some(secrets) = config.secrets()? else { return Ok(None) };
        let trust = Self::new(&config.header, &secrets);
        if matches!(config.secrets, Some(RouterSecrets::File(_))) {
            tokio::spawn(trust.clone().follow(config.clone(), config.reload_interval));
        }
        Ok(Some(trust))
    }

    fn new(header: &str, secrets: &[Secret]) -> Self {
        Self { header: header.into(), secrets: Arc::new(RwLock::new(digests(secrets))) }
    }

    /// Whether one of the secrets is shown. How long the answer takes says nothing of how much of one was right.
    pub(super) fn holds(&self, headers: &HeaderMap) -> bool {
        let mut shown = headers.get_all(&*self.header).iter();
        let (Some(value), None) = (shown.next(), shown.next()) else { return false };
        let shown: Digest = Sha256::digest(value.as_bytes()).into();
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        let same = secrets.iter().map(|secret| secret.ct_eq(&shown));
        same.fold(subtle::Choice::from(0), |any, one| any | one).into()
    }

    /// Reads the file again and again. What cannot be used changes nothing.
    async fn follow(self, config: RouterConfig, interval: Duration) {
        let mut failed = false;
        loop {
            tokio::time::sleep(interval).await;
            match config.secrets() {
                Ok(secrets) => {
                    failed = false;
                    self.change(&digests(&secrets.unwrap_or_default()));
                }
                // Once, and not at each look.
                Err(error) if !failed => {
                    failed = true;
                    tracing::error!(%error, "the router's secrets stay as they are");
                }
                Err(_) => {}
            }
        }
    }

    fn change(&self, secrets: &[Digest]) {
        let mut held = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        if *held != secrets {
            secrets.clone_into(&mut held);
            tracing::info!(count = secrets.len(), "the router's secrets have changed");
        }
    }
}

impl Door {
    /// Refuses what does not come through the router. Whoever watches the service is not asked.
    pub(super) fn check_router<B>(&self, http: &Request<B>) -> Result<(), Rejection> {
        let has_secret = self.trust.as_ref().is_none_or(|trust| trust.holds(http.headers()));
        let peer = http.extensions().get::<ConnectInfo<Peer>>();
        let has_certificate = !self.needs_certificate || peer.is_some_and(|peer| peer.0.has_certificate);
        if has_secret && has_certificate {
            return Ok(());
        }
        let message = "this service answers its router only";
        Err(Rejection::new(StatusCode::FORBIDDEN, "ROUTER_ONLY", message))
    }
}

fn digests(secrets: &[Secret]) -> Vec<Digest> {
    secrets.iter().map(|secret| Sha256::digest(secret.expose()).into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_two_secrets_is_enough_and_nothing_else_is() {
        let secrets = ["one secret of the router, long enough", "another one of them, as long as that"];
        let trust = Trust::new("x-router-secret", &secrets.map(Secret::new));
        let holds = |trust: &Trust, values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("X-Router-Secret", value.parse().unwrap());
            }
            trust.holds(&headers)
        };
        assert!(holds(&trust, &secrets[..1]) && holds(&trust, &secrets[1..]));
        for wrong in [&[][..], &[""], &["one secret"], &[&secrets[0][1..]], &secrets] {
            assert!(!holds(&trust, wrong), "{wrong:?}");
        }
        trust.change(&digests(&[Secret::new("a third")]));
        assert!(holds(&trust, &["a third"]) && !holds(&trust, &secrets[..1]));
        trust.change(&[]);
        assert!(!holds(&trust, &["a third"]), "without a secret nobody has one");
    }
}

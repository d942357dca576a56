//! The identity provider's keys: fetched at the start, kept in memory and fetched again now and then by a [task of its
//! own](refresh), so that no request waits for it; at once, though not more than once a minute, where a token names a key
//! that is not among them. Keys that the provider publishes no longer hold for a while: tokens outlive rotations.

pub(super) mod fetch;
pub(super) mod refresh;
mod set;

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use jsonwebtoken::Algorithm;
use tokio::sync::Mutex;

pub use self::fetch::FetchError;
use self::set::KeySet;
pub(super) use self::{
    fetch::Fetch,
    set::{Found, Validity},
};
use super::jwt::Refused;
use crate::{
    clock::{Instant, SharedClock},
    config::AuthConfig,
};

/// The least time between two fetches, however many unknown keys are named: callers choose what they name.
const FETCH_INTERVAL: TimeDelta = TimeDelta::minutes(1);
/// A provider that did not answer is asked again after this time, if that is sooner than usual.
const RETRY_INTERVAL: Duration = Duration::from_mins(1);

/// Keys by their id.
pub(super) struct Jwks {
    fetch: Fetch,
    clock: SharedClock,
    times: Times,
    keys: RwLock<Arc<KeySet>>,
    /// The set's number, where it can be had without a lock.
    number: AtomicU64,
    /// Whether the last fetch brought keys.
    answered: AtomicBool,
    /// When a fetch was last tried. Held while one is under way, so that there is one at a time.
    tried: Mutex<Option<Instant>>,
}

/// How keys age.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// The age at which the set is fetched anew.
    pub(super) refresh: Duration,
    /// How long a key holds that the provider publishes no longer.
    pub(super) retain: TimeDelta,
}

impl Times {
    pub(super) fn of(config: &AuthConfig) -> Self {
        // Far beyond what the configuration takes.
        let retain = TimeDelta::from_std(config.jwks_retain).unwrap_or(TimeDelta::MAX);
        Self { refresh: config.jwks_refresh, retain }
    }
}

impl Jwks {
    /// Fetches the keys. A provider that cannot be reached is logged, and asked again later.
    pub(super) async fn new(fetch: Fetch, times: Times, clock: SharedClock) -> Self {
        let (keys, number) = (RwLock::default(), AtomicU64::default());
        let (answered, tried) = (AtomicBool::default(), Mutex::default());
        let jwks = Self { fetch, clock, times, keys, number, answered, tried };
        jwks.fetch().await;
        jwks
    }

    /// The key that a token names. One that is not there is asked for.
    pub(super) async fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<Found, Refused> {
        match self.keys().find(kid, algorithm, self.clock.now()) {
            Err(Refused::UnknownKey) => {
                self.fetch().await;
                self.keys().find(kid, algorithm, self.clock.now())
            }
            found => found,
        }
    }

    /// The number of the set that is used now: it grows with every change.
    pub(super) fn current(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    /// How long from now the keys are fresh enough.
    fn due_in(&self) -> Duration {
        let refresh = self.times.refresh;
        if self.answered.load(Ordering::Relaxed) { refresh } else { refresh.min(RETRY_INTERVAL) }
    }

    fn keys(&self) -> Arc<KeySet> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fetches the keys, unless that was tried a moment ago. What there was stays where it fails.
    async fn fetch(&self) {
        let mut tried = self.tried.lock().await;
        let now = self.clock.now();
        if tried.is_some_and(|at| now - at < FETCH_INTERVAL) {
            return;
        }
        *tried = Some(now);
        let published = (self.fetch)().await.and_then(|text| KeySet::read(&text));
        self.answered.store(published.is_ok(), Ordering::Relaxed);
        match published {
            Ok(published) => self.take(published, now),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "keys of the identity provider could not be fetched");
            }
        }
    }

    fn take(&self, published: KeySet, now: Instant) {
        let before = self.keys();
        let set = before.followed_by(published, now, self.times.retain);
        if set.number == before.number {
            return;
        }
        tracing::info!(keys = set.len(), number = set.number, "keys of the identity provider have changed");
        let number = set.number;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
        self.number.store(number, Ordering::Release);
    }
}

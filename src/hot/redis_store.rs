//! Entries in Redis, shared by all processes.
//!
//! Any error or silence of Redis counts as a failure (see [`Health`]) and ends the link, so during an outage nobody waits
//! for a time limit more than once: without a link a put fails at once. Only [`RedisStore::ping`], which the relay and
//! the readiness probe call, makes a new one.

use std::{
    borrow::Borrow,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt as _;
use redis::{Client, ErrorKind};
use tokio::time::timeout;

use super::{
    ABSENT_TTL, FailureEpoch, HotConfig, HotError, Slot,
    health::Health,
    key::Keys,
    link::{Entry, Link},
};
use crate::commands::{MemberKey, MemberSnapshot};

/// Reaching a server takes longer than asking it: its name is looked up, and it greets.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

pub(super) struct RedisStore {
    client: Client,
    keys: Keys,
    ttl: Duration,
    timeout: Duration,
    health: Health,
    link: RwLock<Option<Arc<Link>>>,
    connecting: tokio::sync::Mutex<()>,
    hears: AtomicBool,
}

/// Says that nothing is heard any more, whatever ends the hearing.
struct Hearing<'a>(&'a AtomicBool);

impl Drop for Hearing<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// A server that says no (an old one, a full one, one that does not allow it) is still there: balances need not be
/// doubted because something beside them cannot be done.
async fn answered<T>(
    command: impl Future<Output = Result<T, redis::RedisError>>,
) -> Result<Option<T>, redis::RedisError> {
    match command.await {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) => {
            tracing::debug!(%error, "Redis said no");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl RedisStore {
    /// Fails on a malformed address only: a server that is away now is an outage like any other.
    pub(super) async fn open(url: &str, config: &HotConfig) -> Result<Self, HotError> {
        let store = Self {
            client: Client::open(url).map_err(HotError::Address)?,
            keys: Keys::new(&config.prefix),
            ttl: config.ttl,
            timeout: config.timeout,
            health: Health::new(),
            link: RwLock::new(None),
            connecting: tokio::sync::Mutex::new(()),
            hears: AtomicBool::new(false),
        };
        // The failure has been logged and counted; the relay's pings go on from here.
        let _ = store.ping().await;
        Ok(store)
    }

    /// None where Redis is not to be asked, or did not answer.
    pub(super) async fn read(&self, keys: &[&MemberKey]) -> Option<Vec<Option<Slot>>> {
        if self.health.is_degraded() {
            return None;
        }
        let keys: Vec<String> = keys.iter().map(|key| self.keys.of(key)).collect();
        let link = self.link().ok()?;
        self.within_time(&link, link.read(&keys)).await.ok()
    }

    /// Whether all of it is in Redis now, or something newer. Tried during an outage too: that is how it is repaired.
    pub(super) async fn put(
        &self,
        members: impl Iterator<Item = (&MemberKey, Option<&MemberSnapshot>)>,
    ) -> bool {
        self.put_entries(&members.map(|(key, member)| self.entry(key, member)).collect::<Vec<_>>(), None)
            .await
    }

    /// The same of members that have changed, in the same round trip with the news of it.
    pub(super) async fn put_and_tell<M: Borrow<MemberSnapshot>>(&self, members: &[M]) -> bool {
        let members = || members.iter().map(M::borrow);
        let entries: Vec<_> = members().map(|member| self.entry(&member.key, Some(member))).collect();
        let keys: Vec<&MemberKey> = members().map(|member| &member.key).collect();
        let news = serde_json::to_vec(&keys).expect("keys are plain data");
        self.put_entries(&entries, Some((&self.keys.channel(), &news))).await
    }

    fn entry<'a>(&self, key: &MemberKey, member: Option<&'a MemberSnapshot>) -> Entry<'a> {
        let ttl = if member.is_some() { self.ttl } else { self.ttl.min(ABSENT_TTL) };
        Entry { key: self.keys.of(key), member, ttl }
    }

    async fn put_entries(&self, entries: &[Entry<'_>], news: Option<(&str, &[u8])>) -> bool {
        if entries.is_empty() {
            return true;
        }
        match self.link() {
            Ok(link) => self.within_time(&link, link.put(entries, news)).await.is_ok(),
            Err(_) => false,
        }
    }

    /// Hears of members that have changed, from when it says that it has begun until the server cannot be heard any more. It has
    /// a connection of its own, whose failure is no failure of reads and puts.
    pub(super) async fn hear(&self, begun: impl FnOnce(), heard: impl Fn(Vec<MemberKey>)) {
        let _hearing = Hearing(&self.hears);
        let connected = timeout(CONNECT_TIMEOUT, async {
            let mut ear = self.client.get_async_pubsub().await?;
            ear.subscribe(self.keys.channel()).await?;
            Ok::<_, redis::RedisError>(ear)
        });
        let Ok(Ok(ear)) = connected.await else { return };
        self.hears.store(true, Ordering::Relaxed);
        begun();
        let mut news = ear.into_on_message();
        while let Some(message) = news.next().await {
            // What is no list of keys comes from another release, or from somebody else.
            if let Ok(keys) = serde_json::from_slice(message.get_payload_bytes()) {
                heard(keys);
            }
        }
    }

    pub(super) fn hears(&self) -> bool {
        self.hears.load(Ordering::Relaxed)
    }

    /// Counts a request of a caller: 0, or how many microseconds it is too early. None where Redis does not say. Without a
    /// link nothing is missed, so that is no failure.
    pub(super) async fn pace(&self, digest: &str, interval: u64, burst: u64) -> Option<u64> {
        let link = self.current()?;
        let key = self.keys.pace(digest);
        self.within_time(&link, answered(link.pace(&key, interval, burst))).await.ok().flatten()
    }

    /// A text, whose time starts again. None where it is not there, or Redis does not say.
    pub(super) async fn text(&self, digest: &str, ttl: Duration) -> Option<String> {
        let link = self.current()?;
        let key = self.keys.text(digest);
        self.within_time(&link, answered(link.text(&key, ttl))).await.ok().flatten().flatten()
    }

    pub(super) async fn keep_text(&self, digest: &str, text: &str, ttl: Duration) {
        let Some(link) = self.current() else { return };
        // Whoever misses it sends it again.
        let key = self.keys.text(digest);
        let _ = self.within_time(&link, answered(link.keep_text(&key, text, ttl))).await;
    }

    pub(super) async fn ping(&self) -> Result<(), HotError> {
        let link = self.link_or_connect().await?;
        self.within_time(&link, link.ping()).await
    }

    pub(super) fn is_degraded(&self) -> bool {
        self.health.is_degraded()
    }

    pub(super) fn failure_epoch(&self) -> FailureEpoch {
        self.health.epoch()
    }

    pub(super) fn recovered(&self, epoch: FailureEpoch) -> bool {
        self.current().is_some() && self.health.recovered(epoch)
    }

    /// A missing link is a failure as well: what was to be put is missed.
    fn link(&self) -> Result<Arc<Link>, HotError> {
        self.current().ok_or(HotError::Away).inspect_err(|error| self.health.failed(error))
    }

    /// However many ask, one connects.
    async fn link_or_connect(&self) -> Result<Arc<Link>, HotError> {
        let _one_at_a_time = self.connecting.lock().await;
        if let Some(link) = self.current() {
            return Ok(link);
        }
        let connected = timeout(CONNECT_TIMEOUT, Link::connect(&self.client)).await;
        let link = connected
            .unwrap_or(Err(HotError::Silent(CONNECT_TIMEOUT)))
            .inspect_err(|error| self.health.failed(error))?;
        let link = Arc::new(link);
        self.replace(|_| Some(Arc::clone(&link)));
        Ok(link)
    }

    async fn within_time<T>(
        &self,
        link: &Arc<Link>,
        command: impl Future<Output = Result<T, redis::RedisError>>,
    ) -> Result<T, HotError> {
        let outcome = match timeout(self.timeout, command).await {
            Ok(outcome) => outcome.map_err(HotError::from),
            Err(_) => Err(HotError::Silent(self.timeout)),
        };
        outcome.inspect_err(|error| {
            // First the failure, then the link: no one may meet a new link and not know of the failure before it.
            self.health.failed(error);
            self.replace(|held| held.filter(|held| !Arc::ptr_eq(held, link)));
        })
    }

    fn current(&self) -> Option<Arc<Link>> {
        self.link.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, with: impl FnOnce(Option<Arc<Link>>) -> Option<Arc<Link>>) {
        let mut link = self.link.write().unwrap_or_else(PoisonError::into_inner);
        *link = with(link.take());
    }
}

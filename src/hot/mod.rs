//! 9. The counter: every member's snapshot, at hand. The only room that names redis.
//!
//! Entries are put after commit by the journal, again by the relay, and by a read that missed; always only if not older than
//! what is held, so their order does not matter. Nothing here decides anything: an empty, stale or dead Redis
//! makes reads slower, and the ledger is never wrong. What keeps reads right as well:
//!
//! - after a failure nothing is read from Redis until the relay has repeated what was missed ([`Hot::recovered`]);
//! - what Redis held before it (re)started is not read at all: changes already relayed would not be repeated.
//!
//! Two smaller things lie in the same Redis, over the same connection: how fast callers ask ([`pace`]), and operations that
//! clients have sent before ([`Texts`]). Neither is a balance, and neither is waited for when Redis is away.

mod form;
mod health;
mod key;
mod link;
mod memory_store;
pub mod pace;
mod redis_store;
#[cfg(test)]
mod sample;
mod slot;
#[cfg(test)]
mod tests;
mod texts;
mod watch;

use std::{
    borrow::Borrow,
    sync::{Arc, LazyLock},
    time::Duration,
};

use futures_util::future::BoxFuture;
use hashbrown::{HashMap, HashSet};
use metrics::Counter;

pub use self::{
    health::FailureEpoch,
    pace::{Pace, Rate},
    texts::Texts,
    watch::Watch,
};
use self::{memory_store::MemoryStore, redis_store::RedisStore, slot::Slot, watch::Watchers};
use crate::{
    auth::ReadMember,
    clock::Instant,
    commands::{MemberKey, MemberSnapshot},
    store::StoreError,
};

/// How long it is remembered that a customer is no member. Short: an enrolment whose put failed in another process is
/// noticed by then.
const ABSENT_TTL: Duration = Duration::from_secs(10);

/// Where members are read that are not at hand.
pub trait LoadMembers: Send + Sync + 'static {
    /// Those of `keys` that are members, right at a moment.
    fn load<'a>(
        &'a self,
        keys: &'a [MemberKey],
        now: Instant,
    ) -> BoxFuture<'a, Result<HashMap<MemberKey, MemberSnapshot>, StoreError>>;
}

/// Where entries are kept.
#[derive(Clone)]
pub enum Kind {
    /// `redis://[user[:password]@]host[:port][/db]`.
    Redis { url: String },
    /// In this process: right where there is one process only.
    Memory,
    /// Nowhere: every read asks the database.
    Off,
}

#[derive(Clone)]
pub struct HotConfig {
    pub kind: Kind,
    /// In front of every key in Redis.
    pub prefix: String,
    /// How long an entry is kept after its last put.
    pub ttl: Duration,
    /// Members kept in memory.
    pub capacity: u64,
    /// How long Redis may take for a read or a put.
    pub timeout: Duration,
}

/// Why Redis is of no use now. Reads and puts never return it: see [`Hot::ping`] and the log.
#[derive(Debug, thiserror::Error)]
pub enum HotError {
    #[error("the address of Redis is not one: {0}")]
    Address(#[source] redis::RedisError),
    #[error("Redis failed: {0}")]
    Redis(#[from] redis::RedisError),
    #[error("Redis did not answer within {0:?}")]
    Silent(Duration),
    #[error("Redis does not tell its run_id: INFO must be allowed")]
    NoRunId,
    #[error("there is no connection to Redis")]
    Away,
}

/// A cheap-clone handle.
#[derive(Clone)]
pub struct Hot {
    backend: Backend,
    members: Arc<dyn LoadMembers>,
    watchers: Watchers,
}

#[derive(Clone)]
enum Backend {
    Redis(Arc<RedisStore>),
    Memory(MemoryStore),
    Off,
}

impl Hot {
    /// Fails on a malformed address only: where Redis is away the handle starts degraded.
    pub async fn connect(config: HotConfig, members: impl LoadMembers) -> Result<Self, HotError> {
        let backend = match &config.kind {
            Kind::Redis { url } => Backend::Redis(Arc::new(RedisStore::open(url, &config).await?)),
            Kind::Memory => Backend::Memory(MemoryStore::new(config.capacity, config.ttl)),
            Kind::Off => Backend::Off,
        };
        Ok(Self { backend, members: Arc::new(members), watchers: Watchers::new() })
    }

    /// One answer for each key, in order, right at a moment; None where the customer is no member. N members are one MGET,
    /// and those that were not at hand, or of whom too little was, one load.
    pub async fn members(
        &self,
        keys: &[ReadMember],
        now: Instant,
    ) -> Result<Vec<Option<Arc<MemberSnapshot>>>, StoreError> {
        let keys: Vec<&MemberKey> = keys.iter().map(ReadMember::key).collect();
        self.read(&keys, now).await
    }

    /// What is at hand and nothing else, for whoever compares it with the ledger.
    pub async fn peek(&self, keys: &[MemberKey]) -> Vec<Option<Arc<MemberSnapshot>>> {
        let keys: Vec<&MemberKey> = keys.iter().collect();
        let held = match &self.backend {
            Backend::Redis(store) => store.read(&keys).await.unwrap_or_default(),
            Backend::Memory(store) => store.read(&keys),
            Backend::Off => Vec::new(),
        };
        let held = held.into_iter().map(|slot| slot.and_then(Slot::into_member));
        held.chain(std::iter::repeat(None)).take(keys.len()).collect()
    }

    /// After commit. Answers whether all are held now, these or newer ones; never fails the caller, who must not drop it
    /// half done: a put that nobody saw fail is one that nobody repairs before the relay comes by. Whoever waits for one of
    /// them is told.
    pub async fn put<M: Borrow<MemberSnapshot>>(&self, snapshots: &[M]) -> bool {
        let held = match &self.backend {
            Backend::Redis(store) => store.put_and_tell(snapshots).await,
            Backend::Memory(store) => {
                for member in snapshots.iter().map(M::borrow) {
                    store.put(&member.key, Slot::Member(Arc::new(member.clone())));
                }
                true
            }
            Backend::Off => true,
        };
        self.watchers.tell(snapshots.iter().map(|member| &member.borrow().key));
        held
    }

    /// Waits for changes of a member: of this process, and of others as far as they are [heard](Self::hear) or
    /// [told](Self::tell).
    pub fn watch(&self, key: &MemberKey) -> Watch {
        self.watchers.watch(key)
    }

    /// Who is waited for.
    pub fn watched(&self) -> Vec<MemberKey> {
        self.watchers.watched()
    }

    /// Tells whoever waits for these that they have changed.
    pub fn tell(&self, keys: &[MemberKey]) {
        self.watchers.tell(keys.iter());
    }

    /// Hears what other processes have put, and tells whoever waits, while anybody does: a process would hear every change of
    /// every other for nobody. Ends when Redis cannot be heard; never where there is no other process to hear.
    pub async fn hear(&self) {
        match &self.backend {
            Backend::Redis(store) => loop {
                self.watchers.somebody().await;
                // What changed before it was heard, nobody has told.
                let begun = || self.tell(&self.watched());
                tokio::select! {
                    () = store.hear(begun, |keys| self.tell(&keys)) => return,
                    () = self.watchers.nobody() => {}
                }
            },
            Backend::Memory(_) | Backend::Off => std::future::pending().await,
        }
    }

    /// Whether [`Self::hear`] hears every change now.
    pub fn hears(&self) -> bool {
        match &self.backend {
            Backend::Redis(store) => store.hears(),
            // There is no other process.
            Backend::Memory(_) => true,
            Backend::Off => false,
        }
    }

    /// Counts requests of callers: for all processes where there is a Redis.
    pub fn pace(&self) -> Pace {
        Pace::new(self.shared())
    }

    /// Keeps texts by their digests: for all processes where there is a Redis.
    pub fn texts(&self, ttl: Duration) -> Texts {
        Texts::new(self.shared(), ttl)
    }

    fn shared(&self) -> Option<Arc<RedisStore>> {
        match &self.backend {
            Backend::Redis(store) => Some(Arc::clone(store)),
            Backend::Memory(_) | Backend::Off => None,
        }
    }

    /// Asks Redis for a sign of life, and connects again where the connection was lost. Nothing else does.
    pub async fn ping(&self) -> Result<(), HotError> {
        match &self.backend {
            Backend::Redis(store) => store.ping().await,
            Backend::Memory(_) | Backend::Off => Ok(()),
        }
    }

    /// Whether reads pass Redis by, because it may have missed changes.
    pub fn is_degraded(&self) -> bool {
        matches!(&self.backend, Backend::Redis(store) if store.is_degraded())
    }

    /// Taken before the outbox is put again, for [`Hot::recovered`].
    pub fn failure_epoch(&self) -> FailureEpoch {
        match &self.backend {
            Backend::Redis(store) => store.failure_epoch(),
            Backend::Memory(_) | Backend::Off => FailureEpoch::default(),
        }
    }

    /// Says that every change committed before `epoch` was taken has been put again, by whichever process. Reads use
    /// Redis from here on, unless something failed in the meantime. Answers whether they do.
    pub fn recovered(&self, epoch: FailureEpoch) -> bool {
        match &self.backend {
            Backend::Redis(store) => store.recovered(epoch),
            Backend::Memory(_) | Backend::Off => true,
        }
    }

    async fn read(
        &self,
        keys: &[&MemberKey],
        now: Instant,
    ) -> Result<Vec<Option<Arc<MemberSnapshot>>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let held = match &self.backend {
            Backend::Redis(store) => store.read(keys).await,
            Backend::Memory(store) => Some(store.read(keys)),
            Backend::Off => None,
        };
        let Some(held) = held else {
            count(&BYPASSES, keys.len());
            let loaded = self.load(keys, now).await?;
            return Ok(keys.iter().map(|key| loaded.get(*key).cloned().flatten()).collect());
        };
        // One whose known changes have all come is as good as none.
        let held: Vec<Option<Slot>> =
            held.into_iter().map(|slot| slot.filter(|slot| slot.reaches(now))).collect();
        let missing: Vec<&MemberKey> =
            held.iter().zip(keys).filter_map(|(slot, key)| slot.is_none().then_some(*key)).collect();
        count(&HITS, keys.len() - missing.len());
        if missing.is_empty() {
            return Ok(held.into_iter().map(|slot| slot.and_then(Slot::into_member)).collect());
        }
        count(&MISSES, missing.len());
        let loaded = self.load(&missing, now).await?;
        self.fill(&loaded).await;
        let answer = |(slot, key): (Option<Slot>, &&MemberKey)| match slot {
            Some(slot) => slot.into_member(),
            None => loaded.get(*key).cloned().flatten(),
        };
        Ok(held.into_iter().zip(keys).map(answer).collect())
    }

    /// Members from the database, and None for those who are none, each once however often they are asked for.
    async fn load(
        &self,
        keys: &[&MemberKey],
        now: Instant,
    ) -> Result<HashMap<MemberKey, Option<Arc<MemberSnapshot>>>, StoreError> {
        let mut seen = HashSet::with_capacity(keys.len());
        let distinct = keys.iter().copied().filter(|key| seen.insert(*key));
        let distinct: Vec<MemberKey> = distinct.cloned().collect();
        let mut loaded = self.members.load(&distinct, now).await?;
        let member = |key: MemberKey| {
            let member = loaded.remove(&key).map(Arc::new);
            (key, member)
        };
        Ok(distinct.into_iter().map(member).collect())
    }

    /// The same put as a writer's: while the database was asked, a newer one may have come.
    async fn fill(&self, members: &HashMap<MemberKey, Option<Arc<MemberSnapshot>>>) {
        match &self.backend {
            Backend::Redis(store) => {
                store.put(members.iter().map(|(key, member)| (key, member.as_deref()))).await;
            }
            Backend::Memory(store) => {
                for (key, member) in members {
                    store.put(key, Slot::of(member.clone()));
                }
            }
            Backend::Off => {}
        }
    }
}

static HITS: LazyLock<Counter> = LazyLock::new(|| reads("hit"));
static MISSES: LazyLock<Counter> = LazyLock::new(|| reads("miss"));
static BYPASSES: LazyLock<Counter> = LazyLock::new(|| reads("bypass"));

fn reads(result: &'static str) -> Counter {
    metrics::counter!("loyalty_hot_reads_total", "result" => result)
}

/// Counts customers, not calls.
fn count(reads: &Counter, customers: usize) {
    reads.increment(customers as u64);
}

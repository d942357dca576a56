//! Entries in this process's memory: for one process on its own.

use std::time::{Duration, Instant};

use moka::{Expiry, ops::compute::Op, sync::Cache};

use super::{ABSENT_TTL, Slot};
use crate::commands::MemberKey;

#[derive(Clone)]
pub(super) struct MemoryStore {
    slots: Cache<MemberKey, Slot>,
}

impl MemoryStore {
    pub(super) fn new(capacity: u64, ttl: Duration) -> Self {
        let slots = Cache::builder().max_capacity(capacity).expire_after(Lifetimes { ttl }).build();
        Self { slots }
    }

    pub(super) fn read(&self, keys: &[&MemberKey]) -> Vec<Option<Slot>> {
        keys.iter().map(|key| self.slots.get(*key)).collect()
    }

    /// Leaves a newer one as it is. One member's puts wait for each other, as in Redis.
    pub(super) fn put(&self, key: &MemberKey, slot: Slot) {
        self.slots.entry_by_ref(key).and_compute_with(|held| match held {
            Some(held) if held.value().version() > slot.version() => Op::Nop,
            _ => Op::Put(slot),
        });
    }
}

struct Lifetimes {
    ttl: Duration,
}

impl Lifetimes {
    fn of(&self, slot: &Slot) -> Duration {
        match slot {
            Slot::Member(_) => self.ttl,
            Slot::Absent => self.ttl.min(ABSENT_TTL),
        }
    }
}

impl Expiry<MemberKey, Slot> for Lifetimes {
    fn expire_after_create(&self, _: &MemberKey, slot: &Slot, _: Instant) -> Option<Duration> {
        Some(self.of(slot))
    }

    fn expire_after_update(
        &self,
        _: &MemberKey,
        slot: &Slot,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(self.of(slot))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::hot::sample::{key, member};

    fn slot(version: i64) -> Slot {
        Slot::of((version > 0).then(|| Arc::new(member("c1", version))))
    }

    proptest! {
        #[test]
        fn puts_in_any_order_end_at_the_highest_version(versions in proptest::collection::vec(0..40_i64, 1..40)) {
            let store = MemoryStore::new(10, Duration::from_mins(1));
            for version in &versions {
                store.put(&key("c1"), slot(*version));
            }
            let highest = versions.iter().copied().max().unwrap();
            prop_assert_eq!(store.read(&[&key("c1")]), [Some(slot(highest))]);
        }
    }

    #[test]
    fn an_absence_is_forgotten_sooner_than_a_member() {
        let lifetimes = Lifetimes { ttl: Duration::from_hours(1) };
        assert_eq!(lifetimes.of(&slot(1)), Duration::from_hours(1));
        assert_eq!(lifetimes.of(&slot(0)), ABSENT_TTL);
    }

    #[test]
    fn a_lifetime_ends() {
        let store = MemoryStore::new(10, Duration::ZERO);
        store.put(&key("c1"), slot(1));
        assert_eq!(store.read(&[&key("c1")]), [None]);
    }
}

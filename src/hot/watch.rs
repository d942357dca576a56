//! Who waits for changes of a member in this process. A change is heard, not carried: whoever hears of it reads.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::commands::MemberKey;

/// Everybody who waits. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Watchers(Arc<Mutex<HashMap<MemberKey, watch::Sender<()>>>>);

/// Waits for changes of one member, until it is dropped.
pub struct Watch {
    key: MemberKey,
    changes: watch::Receiver<()>,
    watchers: Watchers,
}

impl Watchers {
    /// Waits for changes from now on.
    pub(super) fn watch(&self, key: &MemberKey) -> Watch {
        let mut waiting = self.lock();
        let sender = waiting.entry(key.clone()).or_insert_with(|| watch::channel(()).0);
        let changes = sender.subscribe();
        Watch { key: key.clone(), changes, watchers: self.clone() }
    }

    /// Who is waited for.
    pub(super) fn watched(&self) -> Vec<MemberKey> {
        self.lock().keys().cloned().collect()
    }

    /// Tells those who wait for these.
    pub(super) fn tell<'a>(&self, keys: impl Iterator<Item = &'a MemberKey>) {
        let waiting = self.lock();
        if waiting.is_empty() {
            return;
        }
        for sender in keys.filter_map(|key| waiting.get(key)) {
            // As long as it is here, somebody waits.
            let _ = sender.send(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MemberKey, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    pub fn key(&self) -> &MemberKey {
        &self.key
    }

    /// Waits until something has changed since the last time. Several changes may be heard as one.
    pub async fn changed(&mut self) {
        // The sender is kept as long as anybody waits.
        let _ = self.changes.changed().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut waiting = self.watchers.lock();
        // This one is still counted.
        if waiting.get(&self.key).is_some_and(|sender| sender.receiver_count() == 1) {
            waiting.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::hot::sample::key;

    #[test]
    fn a_change_is_heard_by_those_who_wait_for_that_member() {
        let watchers = Watchers::default();
        let (mut one, mut other) = (watchers.watch(&key("c1")), watchers.watch(&key("c2")));
        assert_eq!(one.changed().now_or_never(), None, "nothing has happened");
        watchers.tell([key("c1"), key("c3"), key("c1")].iter());
        assert_eq!(one.changed().now_or_never(), Some(()));
        assert_eq!(one.changed().now_or_never(), None, "both were heard as one");
        assert_eq!(other.changed().now_or_never(), None);
    }

    #[test]
    fn whoever_no_longer_waits_leaves_nothing_behind() {
        let watchers = Watchers::default();
        let (one, other) = (watchers.watch(&key("c1")), watchers.watch(&key("c1")));
        drop(one);
        assert_eq!(watchers.watched(), [key("c1")]);
        drop(other);
        assert_eq!(watchers.watched(), []);
    }
}

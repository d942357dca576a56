//! Who waits for changes of a member in this process. A change is heard, not carried: whoever hears of it reads.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hashbrown::HashMap;
use tokio::{sync::watch, time::timeout};

use crate::commands::MemberKey;

/// How long nobody has to wait before nobody is expected to: screens come and go.
const QUIET_AFTER: Duration = Duration::from_mins(1);

/// Everybody who waits. Cheap to clone.
#[derive(Clone)]
pub(super) struct Watchers {
    waiting: Arc<Mutex<HashMap<MemberKey, watch::Sender<()>>>>,
    /// Whether anybody does.
    any: watch::Sender<bool>,
}

/// Waits for changes of one member, until it is dropped.
pub struct Watch {
    key: MemberKey,
    changes: watch::Receiver<()>,
    watchers: Watchers,
}

impl Watchers {
    pub(super) fn new() -> Self {
        Self { waiting: Arc::default(), any: watch::channel(false).0 }
    }

    /// Waits for changes from now on.
    pub(super) fn watch(&self, key: &MemberKey) -> Watch {
        let mut waiting = self.lock();
        let sender = waiting.entry(key.clone()).or_insert_with(|| watch::channel(()).0);
        let changes = sender.subscribe();
        self.any.send_replace(true);
        Watch { key: key.clone(), changes, watchers: self.clone() }
    }

    /// Who is waited for.
    pub(super) fn watched(&self) -> Vec<MemberKey> {
        self.lock().keys().cloned().collect()
    }

    /// Until somebody waits.
    pub(super) async fn somebody(&self) {
        // The sender is here as long as this is.
        let _ = self.any.subscribe().wait_for(|any| *any).await;
    }

    /// Until nobody has waited for a while.
    pub(super) async fn nobody(&self) {
        let mut any = self.any.subscribe();
        loop {
            let _ = any.wait_for(|any| !*any).await;
            if timeout(QUIET_AFTER, any.wait_for(|any| *any)).await.is_err() {
                return;
            }
        }
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
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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
        if waiting.is_empty() {
            self.watchers.any.send_replace(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::hot::sample::key;

    #[test]
    fn a_change_is_heard_by_those_who_wait_for_that_member() {
        let watchers = Watchers::new();
        let (mut one, mut other) = (watchers.watch(&key("c1")), watchers.watch(&key("c2")));
        assert_eq!(one.changed().now_or_never(), None, "nothing has happened");
        watchers.tell([key("c1"), key("c3"), key("c1")].iter());
        assert_eq!(one.changed().now_or_never(), Some(()));
        assert_eq!(one.changed().now_or_never(), None, "both were heard as one");
        assert_eq!(other.changed().now_or_never(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_quiet_when_nobody_has_waited_for_a_while() {
        let watchers = Watchers::new();
        assert_eq!(watchers.somebody().now_or_never(), None);
        let one = watchers.watch(&key("c1"));
        watchers.somebody().await;
        assert!(timeout(2 * QUIET_AFTER, watchers.nobody()).await.is_err(), "one waits");
        drop(one);
        let (began, screens) = (Instant::now(), async {
            for _ in 0..3 {
                sleep(QUIET_AFTER / 2).await;
                let screen = watchers.watch(&key("c2"));
                sleep(QUIET_AFTER / 4).await;
                drop(screen);
            }
        });
        tokio::join!(watchers.nobody(), screens);
        assert_eq!(began.elapsed(), 3 * (QUIET_AFTER / 2 + QUIET_AFTER / 4) + QUIET_AFTER);
    }

    #[test]
    fn whoever_no_longer_waits_leaves_nothing_behind() {
        let watchers = Watchers::new();
        let (one, other) = (watchers.watch(&key("c1")), watchers.watch(&key("c1")));
        drop(one);
        assert_eq!(watchers.watched(), [key("c1")]);
        drop(other);
        assert_eq!(watchers.watched(), []);
    }
}

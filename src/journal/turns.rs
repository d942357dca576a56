//! Turns at shared counters: of two batches of this process that take from the same counter, the second looks at everything
//! else while the first is saved, and at the counter when that is done.
//!
//! A turn decides nothing, the counter's version does: what another process takes meanwhile is found out when the batch is
//! saved. It only spares batches of one process from racing each other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex as Lock, PoisonError},
};

use tokio::sync::{Mutex, OwnedMutexGuard};

/// (program, name) of a counter.
type Place = (String, String);

/// Whose turn it is at each counter that somebody waits for.
#[derive(Debug, Default)]
pub struct Turns(Lock<HashMap<Place, Arc<Mutex<()>>>>);

/// One's turn at some counters, until it is dropped.
pub(super) struct Turn {
    _at: Vec<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits for one's turn at all of them: in the order of their names, so that nobody waits in a circle.
    pub(super) async fn take(&self, counters: &[Place]) -> Turn {
        let mut places: Vec<&Place> = counters.iter().collect();
        places.sort_unstable();
        places.dedup();
        let mut at = Vec::with_capacity(places.len());
        for place in places {
            at.push(self.queue(place).lock_owned().await);
        }
        Turn { _at: at }
    }

    /// The queue at a counter. Queues that nobody stands in are forgotten, once there are many.
    fn queue(&self, place: &Place) -> Arc<Mutex<()>> {
        const QUEUES_MAX: usize = 1_000;
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(place) {
            return queue.clone();
        }
        if queues.len() >= QUEUES_MAX {
            queues.retain(|_, queue| Arc::strong_count(queue) > 1);
        }
        queues.entry(place.clone()).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, poll};

    use super::*;

    fn places(names: &[&str]) -> Vec<Place> {
        names.iter().map(|name| ("p".to_owned(), (*name).to_owned())).collect()
    }

    #[tokio::test]
    async fn who_wants_the_same_waits_and_who_wants_another_does_not() {
        let turns = Turns::default();
        let first = turns.take(&places(&["mug", "bag", "mug"])).await;
        let other = turns.take(&places(&["cup"])).now_or_never();
        assert!(other.is_some());
        let wanted = places(&["cap", "bag"]);
        let second = turns.take(&wanted);
        tokio::pin!(second);
        assert!(poll!(&mut second).is_pending());
        drop(first);
        assert!(poll!(&mut second).is_ready());
        assert!(turns.take(&places(&[])).now_or_never().is_some());
    }
}

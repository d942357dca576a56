//! Turns at shared counters: of two batches of this process that take from the same counter, the second looks at everything
//! else while the first is saved, and at the counter when that is done.
//!
//! A turn decides nothing, the counter's version does: what another process takes meanwhile is found out when the batch is
//! saved. It only spares batches of one process from racing each other. And who ends a turn says how the counter was left,
//! so that the next need not ask; for a moment only, after which others may have been there.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex as Lock, PoisonError},
    time::{Duration, Instant as Stopwatch},
};

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::ledger::Counter;

/// For how long it is believed how a counter was left.
const LEFT_FOR: Duration = Duration::from_secs(1);

/// (program, name) of a counter.
type Place = (String, String);
/// Counters by their places.
type Counters = HashMap<Place, Counter>;

/// How a counter was left, and when.
#[derive(Debug)]
struct Left {
    counter: Counter,
    since: Stopwatch,
}

/// One stands at it, the others wait.
type Queue = Arc<Mutex<Option<Left>>>;

/// Whose turn it is at each counter that somebody waits for.
#[derive(Debug, Default)]
pub struct Turns(Lock<HashMap<Place, Queue>>);

/// One's turn at some counters, until it is dropped.
pub(super) struct Turn {
    at: Vec<(Place, OwnedMutexGuard<Option<Left>>)>,
}

impl Turns {
    /// Waits for one's turn at all of them: in the order of their names, so that nobody waits in a circle.
    pub(super) async fn take(&self, counters: &[Place]) -> Turn {
        let mut places: Vec<&Place> = counters.iter().collect();
        places.sort_unstable();
        places.dedup();
        let mut at = Vec::with_capacity(places.len());
        for place in places {
            at.push((place.clone(), self.queue(place).lock_owned().await));
        }
        Turn { at }
    }

    /// How these were left is in doubt: they have been changed by whoever took no turn. Whose turn it is finds that out.
    pub(super) fn doubt<'a>(&self, counters: impl Iterator<Item = &'a Place>) {
        let queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for queue in counters.filter_map(|place| queues.get(place)) {
            if let Ok(mut left) = queue.try_lock() {
                *left = None;
            }
        }
    }

    /// The queue at a counter. Queues that nobody stands in are forgotten, once there are many.
    fn queue(&self, place: &Place) -> Queue {
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

impl Turn {
    /// How the counters were left, if that is known of all of them. It is known once: whoever does not say it again leaves
    /// them in doubt.
    pub(super) fn left(&mut self) -> Option<Counters> {
        let left = self.at.iter_mut().map(|(place, left)| (place.clone(), left.take()));
        let left: Vec<(Place, Option<Left>)> = left.collect();
        let fresh = |(place, left): (Place, Option<Left>)| {
            Some((place, left.filter(|left| left.since.elapsed() < LEFT_FOR)?.counter))
        };
        left.into_iter().map(fresh).collect()
    }

    /// Ends it, and says how the counters are left. Nothing is said of one that has leases: their time may end meanwhile.
    pub(super) fn leave(mut self, counters: &Counters) {
        for (place, left) in &mut self.at {
            let counter = counters.get(place).filter(|counter| counter.held == 0);
            let counter = counter.map(|counter| Counter { leases: Vec::new(), ..*counter });
            **left = counter.map(|counter| Left { counter, since: Stopwatch::now() });
        }
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

    #[tokio::test]
    async fn how_a_counter_was_left_is_known_once_and_only_where_nothing_is_held() {
        let turns = Turns::default();
        let (mug, bag) = (places(&["mug"]), places(&["bag"]));
        let taken = Counter { version: 3, taken: 2, ..Counter::default() };
        let held = Counter { held: 1, ..taken.clone() };
        let both = places(&["mug", "bag"]);
        let counters: Counters = both.iter().cloned().zip([taken.clone(), held]).collect();

        let mut turn = turns.take(&both).await;
        assert_eq!(turn.left(), None, "nobody has been there");
        turn.leave(&counters);
        let mut turn = turns.take(&mug).await;
        assert_eq!(turn.left(), Some([(mug[0].clone(), taken)].into()));
        drop(turn);
        assert_eq!(turns.take(&mug).await.left(), None, "the last one did not say");
        assert_eq!(turns.take(&bag).await.left(), None, "a lease may end");
        turns.take(&mug).await.leave(&counters);
        turns.doubt(both.iter());
        assert_eq!(turns.take(&mug).await.left(), None, "somebody took no turn");
        assert_eq!(turns.take(&[]).await.left(), Some(HashMap::new()));
    }
}

//! Turns at shared counters: of two batches of this process that take from the same counter, the second decides while the first
//! is saved, by how that will leave the counter, and is saved when that is done.
//!
//! A turn decides nothing, the counter itself does, by its version and by what is gone of it: what another process takes
//! meanwhile, and what was foretold and did not come, is found out when the batch is saved. It only spares batches of one
//! process from racing each other. How a counter was left is believed for a moment only, after which others may have been there.

use std::{
    sync::{Arc, Mutex as Lock, PoisonError},
    time::{Duration, Instant as Stopwatch},
};

use hashbrown::HashMap;
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

/// Two places at a counter, one behind the other: one batch stands at each, the others wait.
#[derive(Clone, Debug, Default)]
struct Queue {
    /// Who decides here finds how the counter is left by those before, and says how it will be.
    deciding: Arc<Mutex<Option<Left>>>,
    /// Who is saved here says which version of the counter that was.
    saving: Arc<Mutex<Option<i64>>>,
}

/// Whose turn it is at each counter that somebody waits for.
#[derive(Debug, Default)]
pub struct Turns(Lock<HashMap<Place, Queue>>);

/// One's turn at some counters, until it is dropped.
pub(super) struct Turn {
    at: Vec<Stand>,
}

/// A batch's stand at a counter.
struct Stand {
    place: Place,
    queue: Queue,
    /// Until it is said how the counter will be left.
    deciding: Option<OwnedMutexGuard<Option<Left>>>,
    /// Once those before have been saved.
    saving: Option<OwnedMutexGuard<Option<i64>>>,
    /// The version by which it was decided, if it is only foretold.
    foretold: Option<i64>,
}

impl Turns {
    /// Waits for one's turn to decide at all of them: in the order of their names, so that nobody waits in a circle.
    pub(super) async fn take(&self, counters: &[Place]) -> Turn {
        let mut places: Vec<&Place> = counters.iter().collect();
        places.sort_unstable();
        places.dedup();
        let mut at = Vec::with_capacity(places.len());
        for place in places {
            let queue = self.queue(place);
            let deciding = Some(queue.deciding.clone().lock_owned().await);
            at.push(Stand { place: place.clone(), queue, deciding, saving: None, foretold: None });
        }
        Turn { at }
    }

    /// How these were left is in doubt: they have been changed by whoever took no turn. Whose turn it is finds that out.
    pub(super) fn doubt<'a>(&self, counters: impl Iterator<Item = &'a Place>) {
        let queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counters.filter_map(|place| queues.get(place)).for_each(Queue::doubt);
    }

    /// Nobody knows how any was left: who knows what is on the other side of a way that broke.
    pub(super) fn forget_all(&self) {
        let queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.values().for_each(Queue::doubt);
    }

    /// The queue at a counter. Queues that nobody stands in are forgotten, once there are many.
    fn queue(&self, place: &Place) -> Queue {
        const QUEUES_MAX: usize = 1_000;
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(place) {
            return queue.clone();
        }
        if queues.len() >= QUEUES_MAX {
            let is_left = |queue: &Queue| {
                Arc::strong_count(&queue.deciding) == 1 && Arc::strong_count(&queue.saving) == 1
            };
            queues.retain(|_, queue| !is_left(queue));
        }
        queues.entry(place.clone()).or_default().clone()
    }
}

impl Queue {
    /// Forgets how the counter was left, unless somebody stands there who decides by it already.
    fn doubt(&self) {
        if let Ok(mut left) = self.deciding.try_lock() {
            *left = None;
        }
    }
}

impl Turn {
    /// How the counters are left by those before, if that is known of all of them. It is known once: whoever does not say it
    /// again leaves them in doubt.
    pub(super) fn left(&mut self) -> Option<Counters> {
        let one = |stand: &mut Stand| {
            let left = stand.deciding.as_mut()?.take().filter(|left| left.since.elapsed() < LEFT_FOR)?;
            // Whoever foretold it is still being saved, or was saved so.
            let saved = stand.queue.saving.try_lock();
            if saved.is_ok_and(|saved| *saved != Some(left.counter.version)) {
                return None;
            }
            stand.foretold = Some(left.counter.version);
            Some((stand.place.clone(), left.counter))
        };
        let left: Vec<Option<(Place, Counter)>> = self.at.iter_mut().map(one).collect();
        left.into_iter().collect()
    }

    /// Does not want to know how they were left.
    pub(super) fn forget(&mut self) {
        for left in self.at.iter_mut().filter_map(|stand| stand.deciding.as_mut()) {
            **left = None;
        }
    }

    /// Waits until those before have been saved. False where one has not left a counter as it was foretold.
    pub(super) async fn follow(&mut self) -> bool {
        let mut is_so = true;
        for stand in &mut self.at {
            if stand.saving.is_none() {
                let mut saving = stand.queue.saving.clone().lock_owned().await;
                // Whoever does not say it again leaves it in doubt.
                let saved = saving.take();
                is_so &= stand.foretold.is_none_or(|version| saved == Some(version));
                stand.saving = Some(saving);
            }
        }
        is_so
    }

    /// Says how the counters will be left, so that the next may decide. Nothing is said of one that has leases: their time may
    /// end meanwhile.
    pub(super) fn foretell(&mut self, counters: &Counters) {
        for stand in &mut self.at {
            if let Some(mut left) = stand.deciding.take() {
                let counter = counters.get(&stand.place).filter(|counter| counter.held == 0);
                let counter = counter.map(|counter| Counter { leases: Vec::new(), ..*counter });
                *left = counter.map(|counter| Left { counter, since: Stopwatch::now() });
            }
        }
    }

    /// Ends it: the counters are left as they are now.
    pub(super) fn leave(mut self, counters: &Counters) {
        self.foretell(counters);
        for stand in &mut self.at {
            if let Some(saving) = &mut stand.saving {
                **saving = counters.get(&stand.place).map(|counter| counter.version);
            }
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
        assert!(turn.follow().await);
        turn.leave(&counters);
        let mut turn = turns.take(&mug).await;
        assert_eq!(turn.left(), Some([(mug[0].clone(), taken)].into()));
        assert!(turn.follow().await);
        drop(turn);
        assert_eq!(turns.take(&mug).await.left(), None, "the last one did not say");
        assert_eq!(turns.take(&bag).await.left(), None, "a lease may end");
        turns.take(&mug).await.leave(&counters);
        turns.doubt(both.iter());
        assert_eq!(turns.take(&mug).await.left(), None, "somebody took no turn");
        assert_eq!(turns.take(&[]).await.left(), Some(HashMap::new()));
    }

    #[tokio::test]
    async fn the_next_decides_by_what_is_foretold_and_follows_when_it_has_come() {
        let turns = Turns::default();
        let mug = places(&["mug"]);
        let at = |version| Counters::from([(mug[0].clone(), Counter { version, ..Counter::default() })]);
        for is_saved in [true, false] {
            let mut first = turns.take(&mug).await;
            assert!(first.follow().await);
            assert!(turns.take(&mug).now_or_never().is_none(), "nothing is foretold yet");
            first.foretell(&at(4));
            let mut second = turns.take(&mug).now_or_never().expect("the first has decided");
            assert_eq!(second.left(), Some(at(4)));
            {
                let follows = second.follow();
                tokio::pin!(follows);
                assert!(poll!(&mut follows).is_pending(), "the first is being saved");
                if is_saved {
                    first.leave(&at(4));
                } else {
                    drop(first);
                }
                assert_eq!(poll!(&mut follows), std::task::Poll::Ready(is_saved));
            }
            drop(second);
            assert_eq!(turns.take(&mug).await.left(), None, "the second did not say");
        }
        for fails in [true, false] {
            let mut first = turns.take(&mug).await;
            first.follow().await;
            first.foretell(&at(4));
            if fails {
                drop(first);
            } else {
                first.leave(&at(4));
                turns.forget_all();
            }
            assert_eq!(turns.take(&mug).await.left(), None, "it did not come, or nobody knows");
        }
    }
}

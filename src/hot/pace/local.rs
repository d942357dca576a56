//! The numbers of callers in this process.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use moka::sync::Cache;

use super::{Digest, Rate};

/// Callers that are remembered at most, those that came last.
const CALLERS_MAX: u64 = 100_000;
/// Longer than any burst reaches: who has been away so long has used nothing.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(10);

pub(super) struct Local {
    began: Instant,
    callers: Cache<Digest, Arc<AtomicU64>>,
    /// Who has to wait, and until when.
    shut: Cache<Digest, u64>,
}

impl Local {
    pub(super) fn new() -> Self {
        let callers = Cache::builder().max_capacity(CALLERS_MAX).time_to_idle(FORGOTTEN_AFTER).build();
        let shut = Cache::builder().max_capacity(CALLERS_MAX).time_to_live(FORGOTTEN_AFTER).build();
        Self { began: Instant::now(), callers, shut }
    }

    pub(super) fn admit(&self, caller: Digest, rate: Rate) -> Result<(), Duration> {
        let used = self.callers.get_with(caller, Arc::default);
        let now = self.now();
        let mut wait = 0;
        let moved = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            rate.decide(used, now).inspect_err(|micros| wait = *micros).ok()
        });
        moved.map(drop).map_err(|_| Duration::from_micros(wait))
    }

    pub(super) fn still_shut(&self, caller: &Digest) -> Result<(), Duration> {
        let Some(until) = self.shut.get(caller) else { return Ok(()) };
        match until.checked_sub(self.now()) {
            None | Some(0) => Ok(()),
            Some(micros) => Err(Duration::from_micros(micros)),
        }
    }

    pub(super) fn shut(&self, caller: Digest, wait: Duration) {
        let micros = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        self.shut.insert(caller, self.now().saturating_add(micros));
    }

    /// Microseconds since a moment of this process.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_counted_apart_and_those_who_wait_are_not_counted() {
        let local = Local::new();
        let rate = Rate::new(2, Duration::from_mins(1));
        assert_eq!(local.admit([1; 16], rate), Ok(()));
        assert_eq!(local.admit([1; 16], rate), Ok(()));
        let wait = local.admit([1; 16], rate).unwrap_err();
        assert!(wait > Duration::from_secs(29) && wait <= Duration::from_secs(30), "{wait:?}");
        let again = local.admit([1; 16], rate).unwrap_err();
        assert!(again <= wait, "asking does not make it longer");
        assert_eq!(local.admit([2; 16], rate), Ok(()));

        assert_eq!(local.still_shut(&[1; 16]), Ok(()), "nobody has said so");
        local.shut([1; 16], wait);
        assert!(local.still_shut(&[1; 16]).is_err());
        local.shut([1; 16], Duration::ZERO);
        assert_eq!(local.still_shut(&[1; 16]), Ok(()));
    }

    /// However many threads, no more than the burst.
    #[test]
    fn a_burst_is_counted_once_for_all_threads() {
        let local = Local::new();
        let rate = Rate::new(40, Duration::from_mins(1));
        let passed: usize = std::thread::scope(|scope| {
            let count = || (0..40).filter(|_| local.admit([3; 16], rate).is_ok()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        // A slow machine may have earned another in the meantime.
        assert!((40..=42).contains(&passed), "{passed}");
    }
}

//! Whether Redis may be read.
//!
//! A put that failed is a change Redis may not have. From the first failure on the handle is *degraded*: reads go to the
//! database, until the relay has repeated what was missed and says so. Failures are counted, so that one that came while the
//! relay was at work is not forgiven with the earlier ones:
//!
//! ```text
//! ping (reconnects) -> epoch = failure_epoch() -> put everything in the outbox -> recovered(epoch)
//! ```
//!
//! A change committed before the epoch was taken is in the outbox, and so is put again; one committed later either reaches
//! Redis by itself, or fails, and then the epoch has passed.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use super::HotError;

/// How many failures there have been, as taken from [`Hot::failure_epoch`](super::Hot::failure_epoch).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailureEpoch(u64);

/// Counts failures and remembers whether the last ones are repaired.
pub(super) struct Health {
    /// Read by every read, changed only under the lock.
    degraded: AtomicBool,
    failures: Mutex<u64>,
}

impl Health {
    pub(super) fn new() -> Self {
        show(false);
        Self { degraded: AtomicBool::new(false), failures: Mutex::new(0) }
    }

    pub(super) fn is_degraded(&self) -> bool {
        self.degraded.load(Ordering::Acquire)
    }

    /// Logs the first failure of an outage and counts all.
    pub(super) fn failed(&self, error: &HotError) {
        let mut failures = self.lock();
        *failures += 1;
        metrics::counter!("loyalty_hot_errors_total").increment(1);
        if !self.degraded.swap(true, Ordering::AcqRel) {
            show(true);
            tracing::warn!(%error, "Redis is away: balances are read from the database");
        }
    }

    pub(super) fn epoch(&self) -> FailureEpoch {
        FailureEpoch(*self.lock())
    }

    /// Ends the outage if nothing has failed since `epoch`. Answers whether there is none now.
    pub(super) fn recovered(&self, epoch: FailureEpoch) -> bool {
        let failures = self.lock();
        if *failures != epoch.0 {
            return !self.is_degraded();
        }
        if self.degraded.swap(false, Ordering::AcqRel) {
            show(false);
            tracing::info!("Redis is back and repaired: balances are read from it again");
        }
        true
    }

    /// Changes of the gauge are under the lock too, or the last one shown might not be the last one made.
    fn lock(&self) -> MutexGuard<'_, u64> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn show(degraded: bool) {
    metrics::gauge!("loyalty_hot_degraded").set(if degraded { 1.0 } else { 0.0 });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_ends_only_when_nothing_failed_since_the_repair_began() {
        let health = Health::new();
        assert!(health.recovered(health.epoch()) && !health.is_degraded());

        health.failed(&HotError::Away);
        let early = health.epoch();
        health.failed(&HotError::Away);
        assert!(!health.recovered(early));
        assert!(health.is_degraded());

        let late = health.epoch();
        assert!(health.recovered(late));
        assert!(!health.is_degraded());
        assert!(health.recovered(late), "said twice, true twice");

        health.failed(&HotError::Away);
        assert!(!health.recovered(late), "an epoch of the last outage says nothing of this one");
        assert!(health.is_degraded());
    }
}

//! Time is a parameter. This is the one place that asks the machine what time it is.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};

/// A moment in UTC, kept to the microsecond (what PostgreSQL keeps).
pub type Instant = DateTime<Utc>;

/// Where the time of live work comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present moment, cut to the microsecond.
    fn now(&self) -> Instant;
}

/// A cheap-clone handle on a clock.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask")]
    fn now(&self) -> Instant {
        to_micros(Utc::now())
    }
}

/// A clock that stands still: for tests and for work as of a given moment.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Instant);

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        self.0
    }
}

/// Cuts an instant to the microsecond, so that what is stored and what is in memory are the same.
pub fn to_micros(at: Instant) -> Instant {
    at.trunc_subsecs(6)
}

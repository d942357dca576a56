//! Time is a parameter. This is the one place that asks the machine what time it is.
//!
//! Live work goes by one [`LedgerClock`]: its batches, its reads, its tokens. Processes that share a database share the
//! database's time too, so it does not matter what their machines' clocks say.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant as Stopwatch,
};

use chrono::{DateTime, SubsecRound as _, Utc};
use metrics::gauge;

use crate::telemetry::CLOCK_AHEAD_SECONDS;

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

/// The clock of the ledger: this machine's until it has been [set](Self::set) by the database's, which several machines may
/// share. From then on the process's monotonic clock carries it from one setting to the next, so that no move of the
/// machine's clock reaches it, and no time is told that is before one that was told.
pub struct LedgerClock {
    machine: SharedClock,
    database: OnceLock<Carried>,
}

/// One look at another clock: what it said at some moment between the asking and the answer.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub asked: Stopwatch,
    pub said: Instant,
    pub answered: Stopwatch,
}

impl Default for LedgerClock {
    fn default() -> Self {
        Self::over(Arc::new(SystemClock))
    }
}

impl LedgerClock {
    /// With another clock for the machine's.
    pub fn over(machine: SharedClock) -> Self {
        Self { machine, database: OnceLock::new() }
    }

    /// Sets it by a look at the database's clock. A look says no more than that the moment lay between asking and answer:
    /// what was known before stands if it agrees with that, so that a slow answer spoils nothing; otherwise the middle is
    /// taken.
    pub fn set(&self, look: Look) {
        self.database.get_or_init(|| Carried::by(look)).set(look);
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        let ahead = (self.machine.now() - self.now()).num_milliseconds() as f64;
        gauge!(CLOCK_AHEAD_SECONDS).set(ahead / 1_000.0);
    }
}

impl Clock for LedgerClock {
    fn now(&self) -> Instant {
        self.database.get().map_or_else(|| self.machine.now(), |carried| carried.at(Stopwatch::now()))
    }
}

/// Another clock's time, carried on by the process's own stopwatch. Times are in microseconds since 1970.
#[derive(Debug)]
struct Carried {
    start: Stopwatch,
    /// The other clock's time at `start`, as far as is known.
    at_start: AtomicI64,
    /// The latest time that was told.
    told: AtomicI64,
}

impl Carried {
    fn by(look: Look) -> Self {
        let carried =
            Self { start: look.asked, at_start: AtomicI64::new(i64::MIN), told: AtomicI64::new(i64::MIN) };
        carried.set(look);
        carried
    }

    fn set(&self, look: Look) {
        let said = look.said.timestamp_micros();
        let (earliest, latest) = (said - self.elapsed(look.answered), said - self.elapsed(look.asked));
        if !(earliest..=latest).contains(&self.at_start.load(Ordering::Relaxed)) {
            self.at_start.store(i64::midpoint(earliest, latest), Ordering::Relaxed);
        }
    }

    fn at(&self, moment: Stopwatch) -> Instant {
        let micros = self.at_start.load(Ordering::Relaxed) + self.elapsed(moment);
        let told = self.told.fetch_max(micros, Ordering::Relaxed).max(micros);
        Instant::from_timestamp_micros(told).expect("a database tells times that a date can have")
    }

    fn elapsed(&self, moment: Stopwatch) -> i64 {
        let micros = moment.saturating_duration_since(self.start).as_micros();
        i64::try_from(micros).expect("a process does not run for 292,000 years")
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn moment(text: &str) -> Instant {
        text.parse().unwrap()
    }

    /// A look that was asked and answered so many milliseconds after a beginning.
    fn look(start: Stopwatch, (asked, answered): (u64, u64), said: &str) -> Look {
        let after = |millis| start + Duration::from_millis(millis);
        Look { asked: after(asked), said: moment(said), answered: after(answered) }
    }

    #[test]
    fn a_look_is_corrected_for_half_its_round_trip() {
        let start = Stopwatch::now();
        let carried = Carried::by(look(start, (0, 100), "2030-01-01T12:00:00Z"));
        assert_eq!(carried.at(start + Duration::from_millis(50)), moment("2030-01-01T12:00:00Z"));
        assert_eq!(carried.at(start + Duration::from_millis(1_050)), moment("2030-01-01T12:00:01Z"));
    }

    #[test]
    fn a_slow_look_spoils_nothing_and_a_quick_one_corrects() {
        let start = Stopwatch::now();
        let carried = Carried::by(look(start, (0, 100), "2030-01-01T12:00:00.050Z"));
        // The same time by the database, and its answer took four seconds.
        carried.set(look(start, (1_000, 5_000), "2030-01-01T12:00:01.001Z"));
        assert_eq!(carried.at(start + Duration::from_secs(6)), moment("2030-01-01T12:00:06Z"));
        // 40 ms more than thought, known to one.
        carried.set(look(start, (7_000, 7_002), "2030-01-01T12:00:07.041Z"));
        assert_eq!(carried.at(start + Duration::from_secs(8)), moment("2030-01-01T12:00:08.040Z"));
    }

    #[test]
    fn time_stands_still_rather_than_go_back() {
        let start = Stopwatch::now();
        let carried = Carried::by(look(start, (0, 0), "2030-01-01T12:00:00Z"));
        let told = carried.at(start + Duration::from_secs(10));
        carried.set(look(start, (11_000, 11_000), "2030-01-01T12:00:01Z"));
        assert_eq!(carried.at(start + Duration::from_secs(12)), told);
        assert_eq!(carried.at(start + Duration::from_secs(19)), told);
        assert_eq!(carried.at(start + Duration::from_secs(21)), moment("2030-01-01T12:00:11Z"));
    }

    #[test]
    fn it_is_the_machine_s_clock_until_it_is_set() {
        let clock = LedgerClock::over(Arc::new(FixedClock(moment("2030-01-01T00:00:00Z"))));
        assert_eq!(clock.now(), moment("2030-01-01T00:00:00Z"));
        clock.set(look(Stopwatch::now(), (0, 0), "2999-01-01T00:00:00Z"));
        assert!(clock.now() >= moment("2999-01-01T00:00:00Z"));
    }
}

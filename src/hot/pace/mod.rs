//! How fast one caller may ask, by the generic cell rate algorithm (GCRA).
//!
//! Of a caller one number is kept: the moment up to which it has used what it may. Each request moves that on by what one
//! request is worth; one that would move it further ahead of now than a burst reaches is turned away, and told when to come
//! again. There is no window at whose edge twice as much is let through.
//!
//! The number lies in Redis, where all processes find it: one script, one round trip, on the connection that everything
//! else goes over as well. Without Redis, and while it is away, each process counts by itself.

mod local;

use std::{sync::Arc, time::Duration};

use metrics::counter;
use sha2::{Digest as _, Sha256};

use self::local::Local;
use super::redis_store::RedisStore;
use crate::telemetry::PACED_ALONE_TOTAL;

/// So many requests a minute, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    interval_micros: u64,
    burst_micros: u64,
}

/// Counts the requests of callers. Cheap to clone.
#[derive(Clone)]
pub struct Pace {
    shared: Option<Arc<RedisStore>>,
    local: Arc<Local>,
}

/// A caller by the digest of its name.
type Digest = [u8; 16];

impl Rate {
    /// `per_minute` must not be zero. What comes at once is worth `burst` of it, and never less than one request.
    pub fn new(per_minute: u32, burst: Duration) -> Self {
        let interval_micros = 60_000_000 / u64::from(per_minute.max(1));
        let interval_micros = interval_micros.max(1);
        let burst_micros = u64::try_from(burst.as_micros()).unwrap_or(u64::MAX);
        Self { interval_micros, burst_micros: burst_micros.max(interval_micros) }
    }

    /// Where a request moves a caller's number to; or how long it is too early, in microseconds.
    fn decide(self, used_up_to: u64, now: u64) -> Result<u64, u64> {
        let next = used_up_to.max(now).saturating_add(self.interval_micros);
        let earliest = next.saturating_sub(self.burst_micros);
        if earliest > now { Err(earliest - now) } else { Ok(next) }
    }
}

impl Pace {
    pub(super) fn new(shared: Option<Arc<RedisStore>>) -> Self {
        Self { shared, local: Arc::new(Local::new()) }
    }

    /// Counts a request of a caller; or says how long it has to wait. Its name shows nowhere: what Redis holds is a digest.
    pub async fn admit(&self, name: &str, rate: Rate) -> Result<(), Duration> {
        let digest = digest(name);
        // Whoever has been told to wait need not be looked up again before.
        self.local.still_shut(&digest)?;
        let outcome = match &self.shared {
            None => self.local.admit(digest, rate),
            Some(shared) => match shared.pace(&hex(&digest), rate.interval_micros, rate.burst_micros).await {
                Some(0) => Ok(()),
                Some(micros) => Err(Duration::from_micros(micros)),
                None => {
                    counter!(PACED_ALONE_TOTAL).increment(1);
                    self.local.admit(digest, rate)
                }
            },
        };
        outcome.inspect_err(|wait| self.local.shut(digest, *wait))
    }
}

fn digest(name: &str) -> Digest {
    let whole: [u8; 32] = Sha256::digest(name).into();
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}

fn hex(digest: &Digest) -> String {
    format!("{:032x}", u128::from_be_bytes(*digest))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// Requests at these milliseconds, and how long each has to wait (0: not at all).
    #[test]
    fn a_burst_passes_and_then_one_at_each_interval() {
        // 60 a minute: one a second, three at once.
        let rate = Rate::new(60, Duration::from_secs(3));
        let mut used = 0;
        for (at, wait) in [
            (10_000, 0),
            (10_000, 0),
            (10_000, 0),
            (10_000, 1_000),
            (10_400, 600),
            (11_000, 0),
            (11_000, 1_000),
            (12_999, 0),
            (13_000, 0),
            (13_000, 1_000),
            (60_000, 0),
            (60_000, 0),
            (60_000, 0),
            (60_000, 1_000),
        ] {
            let waits = match rate.decide(used, at * 1_000) {
                Ok(next) => {
                    used = next;
                    0
                }
                Err(micros) => micros / 1_000,
            };
            assert_eq!(waits, wait, "at {at}");
        }
    }

    #[test]
    fn even_the_smallest_rate_lets_one_through() {
        let rate = Rate::new(1, Duration::ZERO);
        let used = rate.decide(0, 5).unwrap();
        assert_eq!(rate.decide(used, 5), Err(60_000_000));
        assert!(rate.decide(used, 60_000_005).is_ok());
    }

    proptest! {
        /// However requests come, over any span no more pass than a burst and what the span is worth.
        #[test]
        fn no_more_pass_than_the_rate_allows(gaps in vec(0..3_000_u64, 1..200), per_minute in 1..600_u32, burst in 0..20_u64) {
            let rate = Rate::new(per_minute, Duration::from_secs(burst));
            let (mut now, mut used, mut passed) = (1_000_000, 0, Vec::new());
            for gap in gaps {
                now += gap * 1_000;
                match rate.decide(used, now) {
                    Ok(next) => {
                        used = next;
                        passed.push(now);
                    }
                    Err(wait) => prop_assert!(rate.decide(used, now + wait).is_ok(), "told the truth"),
                }
            }
            for (i, from) in passed.iter().enumerate() {
                for (j, to) in passed.iter().enumerate().skip(i) {
                    let worth = (rate.burst_micros + to - from) / rate.interval_micros;
                    prop_assert!((j - i + 1) as u64 <= worth, "{} in {} us", j - i + 1, to - from);
                }
            }
        }
    }
}

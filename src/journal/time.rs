//! Which time a batch has: it comes from one place, and everything in the batch goes by it.

use super::Envelope;
use crate::{
    clock::{Instant, SharedClock},
    commands::Command,
};

/// Which time a batch has.
#[derive(Clone)]
pub enum BatchTime {
    /// Live: the clock's, once a batch, so that all its commands have one time.
    Clock(SharedClock),
    /// A replay: each event's own. What has no time of its own takes the given clock's.
    Event(SharedClock),
}

impl BatchTime {
    /// The time of a batch, taken before it is loaded: what is due by then is loaded.
    pub(super) fn of_batch(&self, envelopes: &[&Envelope]) -> Instant {
        match self {
            Self::Clock(clock) => clock.now(),
            Self::Event(clock) => {
                let told = envelopes.iter().filter_map(|envelope| envelope.command.command().occurred_at());
                told.max().unwrap_or_else(|| clock.now())
            }
        }
    }

    /// The same, once it is known when the batch's members were last changed: never before that, so that a clock that goes
    /// back, or another process's that is ahead, does not make a ledger go back. A replay tells of what was.
    pub(super) fn not_before(&self, now: Instant, updated_at: Option<Instant>) -> Instant {
        match self {
            Self::Clock(_) => updated_at.map_or(now, |at| at.max(now)),
            Self::Event(_) => now,
        }
    }

    /// When something is written down, also in a replay: the audit log tells what was done, and a replay is done now.
    pub(super) fn of_record(&self) -> Instant {
        let (Self::Clock(clock) | Self::Event(clock)) = self;
        clock.now()
    }

    pub(super) fn of_command(&self, command: &Command, of_batch: Instant) -> Instant {
        match self {
            Self::Clock(_) => of_batch,
            Self::Event(_) => command.occurred_at().unwrap_or(of_batch),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;
    use crate::clock::FixedClock;

    #[test]
    fn a_clock_that_goes_back_does_not_take_members_with_it() {
        let now = Instant::UNIX_EPOCH + Duration::from_hours(1);
        let (earlier, later) = (now - Duration::from_secs(1), now + Duration::from_secs(1));
        let live = BatchTime::Clock(Arc::new(FixedClock(now)));
        assert_eq!(live.of_batch(&[]), now);
        assert_eq!(live.not_before(now, None), now);
        assert_eq!(live.not_before(now, Some(earlier)), now);
        assert_eq!(live.not_before(now, Some(later)), later);
        let replay = BatchTime::Event(Arc::new(FixedClock(now)));
        assert_eq!(replay.not_before(now, Some(later)), now);
    }
}

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
    pub(super) fn of_batch(&self, envelopes: &[&Envelope]) -> Instant {
        match self {
            Self::Clock(clock) => clock.now(),
            Self::Event(clock) => {
                let told = envelopes.iter().filter_map(|envelope| envelope.command.command().occurred_at());
                told.max().unwrap_or_else(|| clock.now())
            }
        }
    }

    pub(super) fn of_command(&self, command: &Command, of_batch: Instant) -> Instant {
        match self {
            Self::Clock(_) => of_batch,
            Self::Event(_) => command.occurred_at().unwrap_or(of_batch),
        }
    }
}

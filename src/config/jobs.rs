//! Work that is done at intervals.

use std::time::Duration;

use super::{ConfigError, reader::Reader, variables::SWEEP_INTERVAL};

/// When work is done that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobsConfig {
    /// Between two sweeps of a server; none where it leaves them to others.
    pub sweep_interval: Option<Duration>,
}

impl JobsConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let interval = reader.millis(&SWEEP_INTERVAL, 0..=86_400_000)?;
        Ok(Self { sweep_interval: (!interval.is_zero()).then_some(interval) })
    }
}

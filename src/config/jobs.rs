//! Work that is done at intervals.

use std::time::Duration;

use super::{
    ConfigError,
    reader::Reader,
    variables::{AUDIT_INTERVAL, AUDIT_RETENTION, SWEEP_INTERVAL},
};

/// When work is done that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobsConfig {
    /// Between two sweeps of a server; none where it leaves them to others.
    pub sweep_interval: Option<Duration>,
    /// Between two rounds of sealing the audit log.
    pub audit_interval: Duration,
    /// How long its records are kept; for ever where there is none.
    pub audit_retention: Option<Duration>,
}

impl JobsConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let interval = reader.millis(&SWEEP_INTERVAL, 0..=86_400_000)?;
        let days = reader.number(&AUDIT_RETENTION, 0..=36_500)?;
        let retention = Duration::from_secs(days * 86_400);
        Ok(Self {
            sweep_interval: (!interval.is_zero()).then_some(interval),
            audit_interval: reader.millis(&AUDIT_INTERVAL, 10..=3_600_000)?,
            audit_retention: (!retention.is_zero()).then_some(retention),
        })
    }
}

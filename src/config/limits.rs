//! How much is taken at once.

use std::time::Duration;

use super::{
    ConfigError,
    reader::Reader,
    variables::{
        BATCH_COMMANDS_MAX, BATCH_TIMEOUT, BODY_BYTES_MAX, EVENTS_MAX, PAGE_SIZE_MAX, QUERY_ALIASES_MAX,
        QUERY_COMPLEXITY_MAX, QUERY_DEPTH_MAX, QUERY_DIRECTIVES_MAX, QUERY_ROOT_FIELDS_MAX, QUERY_TOKENS_MAX,
        QUEUE_COMMANDS_MAX, RATE_BURST, RATE_PER_MINUTE, RATE_SERVICE_PER_MINUTE, REPRESENTATIONS_MAX,
        REQUESTS_IN_FLIGHT_MAX, SOCKETS_MAX,
    },
};

/// Bounds, so that no caller can take the machine from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitsConfig {
    pub body_bytes_max: usize,
    pub requests_in_flight_max: usize,
    pub sockets_max: usize,
    pub rates: RatesConfig,
    pub queue_commands_max: usize,
    pub batch_commands_max: usize,
    pub batch_timeout: Duration,
    pub representations_max: usize,
    pub query_tokens_max: usize,
    pub query_depth_max: usize,
    pub query_complexity_max: usize,
    pub query_aliases_max: usize,
    pub query_root_fields_max: usize,
    pub query_directives_max: usize,
    pub events_max: usize,
    pub page_size_max: usize,
}

/// How fast one caller may ask. Zero is as fast as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatesConfig {
    pub per_minute: u32,
    pub service_per_minute: u32,
    /// So much of it may come at once.
    pub burst: Duration,
}

impl LimitsConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            body_bytes_max: reader.number(&BODY_BYTES_MAX, 1_024..=1_073_741_824)?,
            requests_in_flight_max: reader.number(&REQUESTS_IN_FLIGHT_MAX, 1..=1_000_000)?,
            sockets_max: reader.number(&SOCKETS_MAX, 0..=1_000_000)?,
            rates: RatesConfig {
                per_minute: reader.number(&RATE_PER_MINUTE, 0..=10_000_000)?,
                service_per_minute: reader.number(&RATE_SERVICE_PER_MINUTE, 0..=10_000_000)?,
                burst: Duration::from_secs(reader.number(&RATE_BURST, 0..=600)?),
            },
            queue_commands_max: reader.number(&QUEUE_COMMANDS_MAX, 1_000..=10_000_000)?,
            batch_commands_max: reader.number(&BATCH_COMMANDS_MAX, 1..=5_000)?,
            batch_timeout: reader.millis(&BATCH_TIMEOUT, 1..=600_000)?,
            representations_max: reader.number(&REPRESENTATIONS_MAX, 1..=10_000)?,
            query_tokens_max: reader.number(&QUERY_TOKENS_MAX, 10..=1_000_000)?,
            query_depth_max: reader.number(&QUERY_DEPTH_MAX, 1..=1_000)?,
            query_complexity_max: reader.number(&QUERY_COMPLEXITY_MAX, 1..=10_000_000)?,
            query_aliases_max: reader.number(&QUERY_ALIASES_MAX, 0..=100_000)?,
            query_root_fields_max: reader.number(&QUERY_ROOT_FIELDS_MAX, 1..=100_000)?,
            query_directives_max: reader.number(&QUERY_DIRECTIVES_MAX, 0..=100_000)?,
            events_max: reader.number(&EVENTS_MAX, 1..=1_000)?,
            page_size_max: reader.number(&PAGE_SIZE_MAX, 1..=10_000)?,
        })
    }
}

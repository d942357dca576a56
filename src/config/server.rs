//! The door: where it listens, how long it waits, what it logs.

use std::{net::SocketAddr, time::Duration};

use super::{
    ConfigError,
    reader::Reader,
    variables::{GRAPHIQL, INTROSPECTION, LISTEN, LOG_FILTER, LOG_FORMAT, MODE, REQUEST_TIMEOUT},
};

/// How the process serves and speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    pub listen: SocketAddr,
    pub graphiql: bool,
    /// Whether the schema may be asked for itself.
    pub introspection: bool,
    pub request_timeout: Duration,
    pub log_format: LogFormat,
    /// In the syntax of `RUST_LOG`.
    pub log_filter: String,
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For eyes.
    #[default]
    Text,
    /// For machines: one object a line.
    Json,
}

impl ServerConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let modes = [("development", true), ("production", false)];
        // In production nothing is shown that nobody has asked to be shown.
        let open = reader.choice(&MODE, &modes)?.unwrap_or(true);
        let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        Ok(Self {
            listen: reader.parse(&LISTEN, "an address and a port such as 0.0.0.0:4001")?,
            graphiql: reader.flag(&GRAPHIQL)?.unwrap_or(open),
            introspection: reader.flag(&INTROSPECTION)?.unwrap_or(open),
            request_timeout: reader.millis(&REQUEST_TIMEOUT, 1..=600_000)?,
            log_format: reader.choice(&LOG_FORMAT, &formats)?.unwrap_or_default(),
            log_filter: reader.text(&LOG_FILTER),
        })
    }
}

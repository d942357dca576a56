//! What the process says of itself: logs, and metrics in the text form of Prometheus.
//!
//! Names of metrics are constants, so that a room that counts and a dashboard that shows cannot drift apart. Labels have
//! few values, all of them ours: never an id, never a text of a caller.

use std::{panic::PanicHookInfo, time::Duration};

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{LogFormat, ServerConfig};

/// Requests answered, by HTTP `status`.
pub const HTTP_REQUESTS_TOTAL: &str = "loyalty_http_requests_total";
/// How long an answer took.
pub const HTTP_REQUEST_SECONDS: &str = "loyalty_http_request_seconds";
/// Commands decided, by `command` and `outcome`.
pub const COMMANDS_TOTAL: &str = "loyalty_commands_total";
/// Transactions of the journal.
pub const BATCHES_TOTAL: &str = "loyalty_batches_total";
/// Commands of one transaction.
pub const BATCH_COMMANDS: &str = "loyalty_batch_commands";
/// Commands that wait.
pub const QUEUE_COMMANDS: &str = "loyalty_queue_commands";
/// Statements sent to the database.
pub const SQL_STATEMENTS_TOTAL: &str = "loyalty_sql_statements_total";
/// Members that batches began with, by `result`: hit where the process remembered them, miss where it had to look.
pub const RECALLS_TOTAL: &str = "loyalty_recalls_total";
/// Members read from the hot balances, by `result`: hit, miss or bypass.
pub const HOT_READS_TOTAL: &str = "loyalty_hot_reads_total";
/// Failures of the hot balances.
pub const HOT_ERRORS_TOTAL: &str = "loyalty_hot_errors_total";
/// 1 while the hot balances are away and reads go to the database.
pub const HOT_DEGRADED: &str = "loyalty_hot_degraded";
/// Changes that the relay has not looked at.
pub const OUTBOX_BACKLOG: &str = "loyalty_outbox_backlog";
/// Hot balances that the relay found behind and repaired.
pub const RELAY_REPAIRED_TOTAL: &str = "loyalty_relay_repaired_total";
/// Records that were sealed into the audit log's chain.
pub const AUDIT_SEALED_TOTAL: &str = "loyalty_audit_sealed_total";
/// Members that sweeps have settled.
pub const SWEPT_TOTAL: &str = "loyalty_swept_total";
/// How far the machine's clock is ahead of the database's, in seconds.
pub const CLOCK_AHEAD_SECONDS: &str = "loyalty_clock_ahead_seconds";
/// Requests under way.
pub const REQUESTS_IN_FLIGHT: &str = "loyalty_requests_in_flight";
/// Requests that this process paced by itself because Redis was away.
pub const PACED_ALONE_TOTAL: &str = "loyalty_paced_alone_total";
/// Operations that were named instead of sent, by `result`: hit, miss or refused.
pub const PERSISTED_TOTAL: &str = "loyalty_persisted_operations_total";
/// Requests that a limit refused, by `limit`.
pub const LIMITED_TOTAL: &str = "loyalty_limited_total";
/// Errors in GraphQL answers, by `code`.
pub const GRAPHQL_ERRORS_TOTAL: &str = "loyalty_graphql_errors_total";

const SECONDS_BUCKETS: [f64; 12] = [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
const COMMANDS_BUCKETS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 1_000.0];
/// How often what was measured is put into buckets, so that memory stays bounded where nobody scrapes.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Why logs or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("`RUST_LOG` is not a log filter")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("logs or metrics were set up twice")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
    #[error("the metrics could not be set up")]
    Metrics(#[from] BuildError),
}

/// Sends logs to standard error, and panics into the log. Once a process.
pub fn start_logs(config: &ServerConfig) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&config.log_filter)?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    match config.log_format {
        LogFormat::Text => {
            use std::io::IsTerminal as _;
            registry.with(lines.with_ansi(std::io::stderr().is_terminal())).try_init()?;
        }
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init()?,
    }
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// A panic is a fault: one line, in the span of the request that hit it.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    tracing::error!(location, message = panic.payload_as_str().unwrap_or("no message"), "panic");
}

/// Collects metrics from here on. Once a process.
pub fn start_metrics() -> Result<PrometheusHandle, TelemetryError> {
    let handle = prometheus()?.install_recorder()?;
    describe();
    Ok(handle)
}

/// Keeps the memory of the metrics bounded. Runs for as long as the process.
pub async fn keep_metrics_small(handle: PrometheusHandle) {
    let mut interval = tokio::time::interval(UPKEEP_INTERVAL);
    loop {
        interval.tick().await;
        handle.run_upkeep();
    }
}

fn prometheus() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(HTTP_REQUEST_SECONDS.to_owned()), &SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full(BATCH_COMMANDS.to_owned()), &COMMANDS_BUCKETS)
}

fn describe() {
    describe_counter!(HTTP_REQUESTS_TOTAL, "Requests answered, by HTTP status.");
    describe_histogram!(HTTP_REQUEST_SECONDS, Unit::Seconds, "How long an answer took.");
    describe_counter!(COMMANDS_TOTAL, "Commands decided, by command and outcome.");
    describe_counter!(BATCHES_TOTAL, "Transactions of the journal.");
    describe_histogram!(BATCH_COMMANDS, Unit::Count, "Commands of one transaction.");
    describe_gauge!(QUEUE_COMMANDS, "Commands that wait.");
    describe_counter!(SQL_STATEMENTS_TOTAL, "Statements sent to the database.");
    describe_counter!(RECALLS_TOTAL, "Members that batches began with, by result: hit or miss.");
    describe_counter!(HOT_READS_TOTAL, "Members read from the hot balances, by result: hit, miss or bypass.");
    describe_counter!(HOT_ERRORS_TOTAL, "Failures of the hot balances.");
    describe_gauge!(HOT_DEGRADED, "1 while the hot balances are away and reads go to the database.");
    describe_gauge!(OUTBOX_BACKLOG, "Changes that the relay has not looked at.");
    describe_counter!(RELAY_REPAIRED_TOTAL, "Hot balances that the relay found behind and repaired.");
    describe_counter!(AUDIT_SEALED_TOTAL, "Records that were sealed into the audit log's chain.");
    describe_counter!(SWEPT_TOTAL, "Members that sweeps have settled.");
    describe_gauge!(
        CLOCK_AHEAD_SECONDS,
        Unit::Seconds,
        "How far the machine's clock is ahead of the database's, by which the ledger goes."
    );
    describe_gauge!(REQUESTS_IN_FLIGHT, "Requests under way.");
    describe_counter!(
        PACED_ALONE_TOTAL,
        "Requests that this process paced by itself because Redis was away."
    );
    describe_counter!(
        PERSISTED_TOTAL,
        "Operations that were named instead of sent, by result: hit, miss or refused."
    );
    describe_counter!(LIMITED_TOTAL, "Requests that a limit refused, by limit.");
    describe_counter!(GRAPHQL_ERRORS_TOTAL, "Errors in GraphQL answers, by code.");
}

#[cfg(test)]
mod tests {
    use metrics::{counter, histogram, with_local_recorder};

    use super::*;

    #[test]
    fn metrics_are_shown_with_what_they_mean() {
        let recorder = prometheus().unwrap().build_recorder();
        let handle = recorder.handle();
        with_local_recorder(&recorder, || {
            describe();
            counter!(HTTP_REQUESTS_TOTAL, "status" => "200").increment(2);
            histogram!(HTTP_REQUEST_SECONDS).record(0.004);
        });
        let text = handle.render();
        for line in [
            "# HELP loyalty_http_requests_total Requests answered, by HTTP status.",
            "loyalty_http_requests_total{status=\"200\"} 2",
            "loyalty_http_request_seconds_bucket{le=\"0.002\"} 0",
            "loyalty_http_request_seconds_bucket{le=\"0.005\"} 1",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line} in:\n{text}");
        }
    }
}

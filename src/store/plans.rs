//! How long PostgreSQL keeps to a plan.
//!
//! A connection plans a statement once, by what the tables hold then. A join with a table of a few rows reads all of it,
//! and would go on to when they are many: the orders of a new programme would take longer with each that came before. So
//! statements that join say in their texts in which stretch of time they were planned, and are planned again in the next.
//! What is no longer sent leaves the connection's cache by itself.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

/// How long a plan is kept: in that time a table does not grow so far that reading all of it is felt.
const STRETCH: Duration = Duration::from_secs(10);

static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The stretch of time that runs now.
pub(super) fn epoch() -> u64 {
    STARTED.elapsed().as_secs() / STRETCH.as_secs()
}

//! The night round, at all hours: lets the ledger say what time has done to members whom nobody touched.
//!
//! No balance waits for it: reads are as of now, and a command settles what it touches. It writes the entries, so that
//! histories, sums and those who are told of changes do not wait for the member's next visit.

use std::time::Duration;

use metrics::counter;
use tokio::sync::watch;

use crate::{
    journal::{Sweeper, Swept},
    store::StoreError,
    telemetry::SWEPT_TOTAL,
};

/// Members of one batch: as long as they are settled, who touches one of them waits.
const BATCH_MEMBERS_MAX: u64 = 200;

/// Sweeps until nothing is due that nobody else has taken. What was done before an error stays done.
pub async fn sweep(sweeper: &Sweeper) -> Result<Swept, StoreError> {
    let mut swept = Swept::default();
    loop {
        let batch = sweeper.batch(BATCH_MEMBERS_MAX).await?;
        counter!(SWEPT_TOTAL).increment(batch.members as u64);
        swept.members += batch.members;
        swept.entries += batch.entries;
        if batch.members == 0 {
            return Ok(swept);
        }
    }
}

/// Sweeps at intervals, until `stop` turns true.
pub async fn sweep_regularly(sweeper: Sweeper, interval: Duration, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        match sweep(&sweeper).await {
            Ok(Swept { members: 0, .. }) => {}
            Ok(swept) => tracing::info!(members = swept.members, entries = swept.entries, "swept"),
            // What is due stays due: the next round finds it.
            Err(error) => tracing::warn!(%error, "a sweep was cut short"),
        }
    }
}

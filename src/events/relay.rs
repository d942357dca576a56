//! The relay: what the journal could not tell the hot balances (a writer that died, a Redis that was away) is told again
//! from the outbox, by whichever process comes first.

use std::{sync::Arc, time::Duration};

use metrics::{counter, gauge};
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use crate::{
    clock::{Clock as _, Instant, LedgerClock},
    hot::Hot,
    store::{OutboxRow, Store, StoreError},
    telemetry::{OUTBOX_BACKLOG, RELAY_REPAIRED_TOTAL},
};

/// How the relay works.
#[derive(Clone, Copy, Debug)]
pub struct RelayOptions {
    /// Between two rounds.
    pub interval: Duration,
    /// How long a row is left to the writer that made it. Hot entries take only what is newer, so telling twice is harmless;
    /// this only saves the work.
    pub grace: Duration,
}

/// Takes the outbox rows of batches that have been told. Cheap to clone.
#[derive(Clone)]
pub struct Told(mpsc::UnboundedSender<Uuid>);

impl Told {
    /// This has been told.
    pub fn told(&self, id: Uuid) {
        // Without a relay the row stays and is told again by the next process: right, if late.
        let _ = self.0.send(id);
    }
}

/// One a process.
pub struct Relay {
    store: Store,
    hot: Hot,
    clock: Arc<LedgerClock>,
    options: RelayOptions,
    told: mpsc::UnboundedReceiver<Uuid>,
}

impl Relay {
    pub fn new(store: Store, hot: Hot, clock: Arc<LedgerClock>, options: RelayOptions) -> (Told, Self) {
        let (sender, told) = mpsc::unbounded_channel();
        (Told(sender), Self { store, hot, clock, options, told })
    }

    /// Works until `stop` turns true, and once more then, so that an orderly end leaves nothing untold.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(self.options.interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            let stopped = tokio::select! {
                _ = ticks.tick() => false,
                _ = stop.wait_for(|stop| *stop) => true,
            };
            match self.round().await {
                Ok(()) if failing => {
                    tracing::info!("the relay works again");
                    failing = false;
                }
                Err(error) if !failing => {
                    tracing::warn!(%error, "the relay cannot reach the database");
                    failing = true;
                }
                _ => {}
            }
            if stopped {
                return;
            }
        }
    }

    /// One round: sets the clock, strikes off what has been told, and tells what has not.
    pub async fn round(&mut self) -> Result<(), StoreError> {
        self.store.set_clock(&self.clock).await?;
        let mut ids = Vec::new();
        while let Ok(id) = self.told.try_recv() {
            ids.push(id);
        }
        for some in ids.chunks(1_000) {
            self.store.told(some).await?;
        }
        self.repeat(Some(self.options.grace)).await?;
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        gauge!(OUTBOX_BACKLOG).set(self.store.untold_count().await? as f64);
        Ok(())
    }

    /// Tells what has been untold for some time; everything, where the hot balances missed something.
    async fn repeat(&self, grace: Option<Duration>) -> Result<(), StoreError> {
        let in_doubt = self.hot.is_degraded();
        // Only a ping connects again.
        if in_doubt && self.hot.ping().await.is_err() {
            return Ok(());
        }
        // Taken before the outbox is drained: a failure on the way leaves the hot balances in doubt.
        let epoch = self.hot.failure_epoch();
        // Waiting for an empty outbox would be waiting for everybody to stop: what is committed from here on is its writer's
        // to tell. Where the hot balances are in doubt it is the rows that say until when, not a clock that may have been moved.
        let until = match (self.store.last_untold().await?, grace.filter(|_| !in_doubt)) {
            (Some(last), Some(grace)) => Some(last.min(self.clock.now() - grace)),
            (last, _) => last,
        };
        let drained = match until {
            Some(until) => self.drain(until).await?,
            None => true,
        };
        if drained && in_doubt && self.hot.recovered(epoch) {
            tracing::info!("the hot balances are whole again");
        }
        Ok(())
    }

    /// Tells whatever a process that died has left, before this one answers anybody.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        self.repeat(None).await
    }

    /// Tells everything that was changed until an instant; answers whether it could.
    async fn drain(&self, until: Instant) -> Result<bool, StoreError> {
        loop {
            let rows = self.store.untold(until).await?;
            if rows.is_empty() {
                return Ok(true);
            }
            if !self.tell(&rows).await? {
                return Ok(false);
            }
        }
    }

    async fn tell(&self, rows: &[OutboxRow]) -> Result<bool, StoreError> {
        let mut keys: Vec<_> = rows.iter().flat_map(|row| row.members.iter().cloned()).collect();
        keys.sort_unstable();
        keys.dedup();
        let members = self.store.pages().members(&keys).await?;
        let snapshots: Vec<_> = members.into_values().collect();
        if !self.hot.put(&snapshots).await {
            return Ok(false);
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        self.store.told(&ids).await?;
        counter!(RELAY_REPAIRED_TOTAL).increment(snapshots.len() as u64);
        Ok(true)
    }
}

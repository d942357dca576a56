//! The clerk: takes what waits, runs it as one batch, answers.

use std::sync::Arc;

use metrics::{counter, histogram};
use tokio::sync::{mpsc, watch};

use super::{
    BatchTime, CommandError, Envelope, Journal, JournalLimits, Receipt, batch,
    batch::{Bench, Committed},
    queue::Waiting,
};
use crate::{
    events::Told,
    hot::Hot,
    ids::SharedIds,
    program::Programs,
    store::{Store, StoreError},
    telemetry::{BATCH_COMMANDS, BATCHES_TOTAL, COMMANDS_TOTAL},
};

/// What the clerk works with.
pub struct ClerkParts {
    pub store: Store,
    pub programs: Arc<Programs>,
    pub hot: Hot,
    pub ids: SharedIds,
    pub time: BatchTime,
    /// Where outbox rows go that have been told already.
    pub told: Told,
    pub limits: JournalLimits,
}

/// The one writer of a process. Several processes may share a database.
pub struct Clerk {
    parts: ClerkParts,
    waiting: mpsc::UnboundedReceiver<Waiting>,
}

/// How often a single command is tried again after somebody else's process got in between. Each time the other has
/// committed, so each try knows more; a command has no more than three keys to lose a race for (its idempotency key, its
/// member, its order or return).
const RACES_MAX: usize = 4;

impl Clerk {
    /// A clerk and the handle that hands it work.
    pub fn new(parts: ClerkParts) -> (Journal, Self) {
        let (journal, waiting) = Journal::new(parts.limits);
        (journal, Self { parts, waiting })
    }

    /// Works until `stop` turns true (or the last [`Journal`] handle is gone) and everything that waited is answered.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let batch_max = self.parts.limits.batch_commands_max;
        let mut batch = Vec::new();
        loop {
            let taken = tokio::select! {
                taken = self.waiting.recv_many(&mut batch, batch_max) => taken,
                _ = stop.wait_for(|stop| *stop), if !self.waiting.is_closed() => {
                    // Takes nothing more in; what waits is still there to be received.
                    self.waiting.close();
                    continue;
                }
            };
            if taken == 0 {
                return;
            }
            self.work_off(std::mem::take(&mut batch)).await;
        }
    }

    async fn work_off(&self, waiting: Vec<Waiting>) {
        let envelopes: Vec<&Envelope> = waiting.iter().map(|waiting| &waiting.envelope).collect();
        let answers = self.commit(&envelopes).await;
        for (waiting, answer) in waiting.into_iter().zip(answers) {
            count(&waiting.envelope, &answer);
            // A caller that went away does not undo what was done.
            let _ = waiting.answer.send(answer);
        }
    }

    async fn commit(&self, envelopes: &[&Envelope]) -> Vec<Result<Receipt, CommandError>> {
        match self.attempt(envelopes).await {
            Ok(receipts) => receipts,
            Err(error) if error.is_connection() => self.commit_again(envelopes, &error).await,
            Err(error) if envelopes.len() == 1 => vec![self.commit_one(envelopes[0], error).await],
            Err(error) => {
                tracing::debug!(commands = envelopes.len(), %error, "a batch failed; its commands go one by one");
                self.commit_singly(envelopes).await
            }
        }
    }

    /// After a lost connection one more attempt is made over a new one: every command has a key of some kind, so what
    /// was committed although the answer was lost is found, not done twice.
    async fn commit_again(
        &self,
        envelopes: &[&Envelope],
        error: &StoreError,
    ) -> Vec<Result<Receipt, CommandError>> {
        tracing::warn!(%error, commands = envelopes.len(), "lost the database; trying the batch once more");
        match self.attempt(envelopes).await {
            Ok(receipts) => receipts,
            Err(error) if error.is_connection() => {
                tracing::error!(%error, commands = envelopes.len(), "the database is away; a batch was given up");
                vec![Err(CommandError::Fault(Arc::new(error))); envelopes.len()]
            }
            Err(_) => self.commit_singly(envelopes).await,
        }
    }

    /// What had been done before has changed nothing now, and whoever did it may have died, or lost the answer, before the hot
    /// balances were told: who hears now that it is done reads it, too.
    async fn tell_again(&self, receipts: &[Result<Receipt, CommandError>]) {
        let replayed = receipts.iter().flatten().filter(|receipt| receipt.replayed);
        let keys: Vec<_> = replayed.filter_map(|receipt| receipt.outcome.member()).cloned().collect();
        if keys.is_empty() {
            return;
        }
        match self.parts.store.pages().members(&keys).await {
            Ok(members) => {
                self.parts.hot.put(&members.into_values().collect::<Vec<_>>()).await;
            }
            Err(error) => tracing::warn!(%error, "the relay will tell the hot balances of a batch"),
        }
    }

    async fn commit_singly(&self, envelopes: &[&Envelope]) -> Vec<Result<Receipt, CommandError>> {
        let mut answers = Vec::with_capacity(envelopes.len());
        for envelope in envelopes {
            let answer = match self.attempt(&[envelope]).await {
                Ok(mut receipts) => receipts.pop().unwrap_or(Err(CommandError::Overloaded)),
                Err(error) => self.commit_one(envelope, error).await,
            };
            answers.push(answer);
        }
        answers
    }

    async fn commit_one(&self, envelope: &Envelope, first: StoreError) -> Result<Receipt, CommandError> {
        let mut error = first;
        for _ in 0..RACES_MAX {
            if !error.is_conflict() {
                break;
            }
            match self.attempt(&[envelope]).await {
                Ok(mut receipts) => return receipts.pop().unwrap_or(Err(CommandError::Overloaded)),
                Err(again) => error = again,
            }
        }
        tracing::error!(%error, command = envelope.command.command().name(), "a command failed");
        Err(CommandError::Fault(Arc::new(error)))
    }

    async fn attempt(
        &self,
        envelopes: &[&Envelope],
    ) -> Result<Vec<Result<Receipt, CommandError>>, StoreError> {
        let bench = Bench {
            store: &self.parts.store,
            programs: &self.parts.programs,
            ids: &*self.parts.ids,
            time: &self.parts.time,
        };
        let limit = self.parts.limits.batch_timeout;
        let run = tokio::time::timeout(limit, batch::run(&bench, envelopes));
        let committed = run.await.unwrap_or(Err(StoreError::Silent(limit)))?;
        let Committed { receipts, snapshots, outbox_id } = committed;
        counter!(BATCHES_TOTAL).increment(1);
        #[expect(clippy::cast_precision_loss, reason = "a batch has few commands")]
        histogram!(BATCH_COMMANDS).record(envelopes.len() as f64);
        if self.parts.hot.put(&snapshots).await
            && let Some(id) = outbox_id
        {
            self.parts.told.told(id);
        }
        self.tell_again(&receipts).await;
        Ok(receipts)
    }
}

fn count(envelope: &Envelope, answer: &Result<Receipt, CommandError>) {
    let outcome = match answer {
        Ok(receipt) if receipt.replayed => "replayed",
        Ok(_) => "done",
        Err(CommandError::Refused(_)) => "refused",
        Err(CommandError::KeyConflict { .. }) => "key_conflict",
        Err(CommandError::Overloaded) => "overloaded",
        Err(CommandError::Fault(_)) => "fault",
    };
    counter!(COMMANDS_TOTAL, "command" => envelope.command.command().name(), "outcome" => outcome)
        .increment(1);
}

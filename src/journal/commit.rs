//! Sees a batch through: tries it again where that helps, answers, and tells the hot balances.

use std::sync::Arc;

use metrics::{counter, histogram};

use super::{
    ClerkParts, CommandError, Envelope,
    backlog::{Batch, Extent},
    batch::{self, Bench, Committed},
    queue::Answer,
};
use crate::{
    store::StoreError,
    telemetry::{BATCH_COMMANDS, BATCHES_TOTAL, COMMANDS_TOTAL},
};

/// How often a batch is tried again after somebody else's process got in between. Each time the other has committed, so
/// each try knows more; a command has no more than three keys to lose a race for (its idempotency key, its member, its
/// order or return).
const RACES_MAX: usize = 4;

impl ClerkParts {
    /// Runs a batch to its end and answers its calls. A call that is too large for one transaction is several, one after
    /// the other.
    pub(super) async fn work_off(&self, batch: Batch) -> Extent {
        let envelopes: Vec<&Envelope> = batch.calls.iter().flat_map(|call| &call.envelopes).collect();
        let mut answers = Vec::with_capacity(envelopes.len());
        for some in envelopes.chunks(self.limits.batch_commands_max) {
            answers.extend(self.commit(some).await);
        }
        for (envelope, answer) in envelopes.iter().zip(&answers) {
            count(envelope, answer);
        }
        let mut answers = answers.into_iter();
        for call in batch.calls {
            let of_call = answers.by_ref().take(call.envelopes.len()).collect();
            // A caller that went away does not undo what was done.
            let _ = call.answers.send(of_call);
        }
        batch.extent
    }

    async fn commit(&self, envelopes: &[&Envelope]) -> Vec<Answer> {
        match self.attempt_against_others(envelopes).await {
            Ok(receipts) => receipts,
            Err(error) if error.is_connection() => self.commit_again(envelopes, &error).await,
            Err(error) if envelopes.len() == 1 => vec![failed(envelopes[0], error)],
            Err(error) => {
                tracing::debug!(commands = envelopes.len(), %error, "a batch failed; its commands go one by one");
                self.commit_singly(envelopes).await
            }
        }
    }

    /// After a lost connection one more attempt is made over a new one: every command has a key of some kind, so what
    /// was committed although the answer was lost is found, not done twice.
    async fn commit_again(&self, envelopes: &[&Envelope], error: &StoreError) -> Vec<Answer> {
        tracing::warn!(%error, commands = envelopes.len(), "lost the database; trying the batch once more");
        match self.attempt_against_others(envelopes).await {
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
    async fn tell_again(&self, receipts: &[Answer]) {
        let replayed = receipts.iter().flatten().filter(|receipt| receipt.replayed);
        let keys: Vec<_> = replayed.filter_map(|receipt| receipt.outcome.member()).cloned().collect();
        if keys.is_empty() {
            return;
        }
        match self.store.pages().members(&keys).await {
            Ok(members) => {
                self.hot.put(&members.into_values().collect::<Vec<_>>()).await;
            }
            Err(error) => tracing::warn!(%error, "the relay will tell the hot balances of a batch"),
        }
    }

    /// One by one, so that only the guilty one fails.
    async fn commit_singly(&self, envelopes: &[&Envelope]) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(envelopes.len());
        for envelope in envelopes {
            answers.push(match self.attempt_against_others(&[envelope]).await {
                Ok(mut receipts) => receipts.pop().unwrap_or(Err(CommandError::Overloaded)),
                Err(error) => failed(envelope, error),
            });
        }
        answers
    }

    /// Tries until no other process gets in between.
    async fn attempt_against_others(&self, envelopes: &[&Envelope]) -> Result<Vec<Answer>, StoreError> {
        let mut races = 0;
        loop {
            match self.attempt(envelopes).await {
                Err(error) if error.is_conflict() && races < RACES_MAX => races += 1,
                attempted => return attempted,
            }
        }
    }

    async fn attempt(&self, envelopes: &[&Envelope]) -> Result<Vec<Answer>, StoreError> {
        let bench = Bench { store: &self.store, programs: &self.programs, ids: &*self.ids, time: &self.time };
        let limit = self.limits.batch_timeout;
        let run = tokio::time::timeout(limit, batch::run(&bench, envelopes));
        let committed = run.await.unwrap_or(Err(StoreError::Silent(limit)))?;
        let Committed { receipts, snapshots, outbox_id } = committed;
        counter!(BATCHES_TOTAL).increment(1);
        #[expect(clippy::cast_precision_loss, reason = "a batch has few commands")]
        histogram!(BATCH_COMMANDS).record(envelopes.len() as f64);
        if self.hot.put(&snapshots).await
            && let Some(id) = outbox_id
        {
            self.told.told(id);
        }
        self.tell_again(&receipts).await;
        Ok(receipts)
    }
}

fn failed(envelope: &Envelope, error: StoreError) -> Answer {
    tracing::error!(%error, command = envelope.command.command().name(), "a command failed");
    Err(CommandError::Fault(Arc::new(error)))
}

fn count(envelope: &Envelope, answer: &Answer) {
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

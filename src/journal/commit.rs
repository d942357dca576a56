//! Sees a batch through: tries it again where that helps, tells the hot balances, and answers.

use std::sync::Arc;

use hashbrown::HashMap;
use metrics::{counter, histogram};

use super::{
    ClerkParts, CommandError, Envelope,
    backlog::{Batch, Extent},
    batch::{self, Beginning, Bench, Committed, News},
    queue::{Answer, Call},
};
use crate::{
    store::StoreError,
    telemetry::{BATCH_COMMANDS, BATCHES_TOTAL, COMMANDS_TOTAL},
};

/// How often a batch is tried again after somebody else's process got in between. Each time the other has committed, so
/// each try knows more; a command has no more than three keys to lose a race for (its idempotency key, its member, its
/// order or return), and one more by what was remembered.
const RACES_MAX: usize = 5;

/// How many connections a batch may lose, one after the other, before it is given up.
const LOST_MAX: usize = 2;

/// A batch that has been committed, or given up: nobody has heard of it yet.
pub(super) struct Done {
    pub extent: Extent,
    calls: Vec<Call>,
    outcome: Outcome,
}

/// What came of some commands.
#[derive(Default)]
struct Outcome {
    /// One a command, in their order.
    answers: Vec<Answer>,
    /// One a transaction.
    news: Vec<News>,
}

impl ClerkParts {
    /// Runs a batch to its end. A call that is too large for one transaction is several, one after the other.
    pub(super) async fn work_off(&self, batch: Batch) -> Done {
        let Batch { calls, extent } = batch;
        let envelopes: Vec<&Envelope> = calls.iter().flat_map(|call| &call.envelopes).collect();
        let mut outcome = Outcome::default();
        for some in envelopes.chunks(self.limits.batch_commands_max) {
            self.commit(some, &mut outcome).await;
        }
        count(envelopes.iter().copied().zip(&outcome.answers));
        Done { extent, calls, outcome }
    }

    /// Tells the hot balances, and then the callers, so that they read what they wrote.
    pub(super) async fn answer(&self, done: Done) {
        for News { snapshots, outbox_id } in done.outcome.news {
            if self.hot.put(&snapshots).await
                && let Some(id) = outbox_id
            {
                self.told.told(id);
            }
        }
        self.tell_again(&done.outcome.answers).await;
        let mut answers = done.outcome.answers.into_iter();
        for call in done.calls {
            let of_call = answers.by_ref().take(call.envelopes.len()).collect();
            // A caller that went away does not undo what was done.
            let _ = call.answers.send(of_call);
        }
    }

    /// Tries again over another connection where one is lost: every command has a key of some kind, so what was committed
    /// although the answer was lost is found, not done twice.
    async fn commit(&self, envelopes: &[&Envelope], outcome: &mut Outcome) {
        for _ in 0..LOST_MAX {
            match self.attempt_against_others(envelopes).await {
                Err(error) if error.is_connection() => {
                    tracing::warn!(%error, commands = envelopes.len(), "lost the database; trying the batch again");
                    self.store.forget_all();
                    self.turns.forget_all();
                }
                attempted => return self.conclude(envelopes, attempted, outcome).await,
            }
        }
        let attempted = self.attempt_against_others(envelopes).await;
        self.conclude(envelopes, attempted, outcome).await;
    }

    async fn conclude(
        &self,
        envelopes: &[&Envelope],
        attempted: Result<Committed, StoreError>,
        outcome: &mut Outcome,
    ) {
        match attempted {
            Ok(committed) => outcome.add(committed),
            Err(error) if error.is_connection() => {
                tracing::error!(%error, commands = envelopes.len(), "the database is away; a batch was given up");
                let fault = CommandError::Fault(Arc::new(error));
                outcome.answers.extend(envelopes.iter().map(|_| Err(fault.clone())));
            }
            Err(error) if envelopes.len() == 1 => outcome.fail(envelopes[0], error),
            Err(error) => {
                tracing::debug!(commands = envelopes.len(), %error, "a batch failed; its commands go one by one");
                self.commit_singly(envelopes, outcome).await;
            }
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
        // Seldom, and its future is large.
        match Box::pin(self.store.pages().members(&keys)).await {
            Ok(members) => {
                self.hot.put(&members.into_values().collect::<Vec<_>>()).await;
            }
            Err(error) => tracing::warn!(%error, "the relay will tell the hot balances of a batch"),
        }
    }

    /// One by one, so that only the guilty one fails.
    async fn commit_singly(&self, envelopes: &[&Envelope], outcome: &mut Outcome) {
        for envelope in envelopes {
            match self.attempt_against_others(&[envelope]).await {
                Ok(committed) => outcome.add(committed),
                Err(error) => outcome.fail(envelope, error),
            }
        }
    }

    /// Tries until no other process gets in between.
    async fn attempt_against_others(&self, envelopes: &[&Envelope]) -> Result<Committed, StoreError> {
        let mut races = 0;
        let mut beginning = self.rivalry.beginning();
        loop {
            match self.attempt(envelopes, &mut beginning).await {
                Err(StoreError::Unproven) => beginning = self.rivalry.unproven(),
                // What was remembered was so: the one before has said already that others are about.
                Err(StoreError::Forestalled) => beginning = Beginning::Look,
                Err(error) if error.is_conflict() && races < RACES_MAX => {
                    races += 1;
                    beginning = self.rivalry.raced(beginning);
                }
                Ok(committed) => {
                    self.rivalry.held(beginning);
                    return Ok(committed);
                }
                failed => return failed,
            }
        }
    }

    /// `beginning` becomes how it really began.
    async fn attempt(
        &self,
        envelopes: &[&Envelope],
        beginning: &mut Beginning,
    ) -> Result<Committed, StoreError> {
        let Self { store, programs, time, turns, .. } = self;
        let bench = Bench { store, programs, ids: &*self.ids, time, turns };
        let limit = self.limits.batch_timeout;
        // Its future is large, and would be moved again by each that holds it, down to the task.
        let run = tokio::time::timeout(limit, Box::pin(batch::run(&bench, envelopes, beginning)));
        let committed = run.await.unwrap_or(Err(StoreError::Silent(limit)))?;
        counter!(BATCHES_TOTAL).increment(1);
        #[expect(clippy::cast_precision_loss, reason = "a batch has few commands")]
        histogram!(BATCH_COMMANDS).record(envelopes.len() as f64);
        Ok(committed)
    }
}

impl Outcome {
    fn add(&mut self, committed: Committed) {
        self.answers.extend(committed.receipts);
        self.news.push(committed.news);
    }

    fn fail(&mut self, envelope: &Envelope, error: StoreError) {
        tracing::error!(%error, command = envelope.command.command().name(), "a command failed");
        self.answers.push(Err(CommandError::Fault(Arc::new(error))));
    }
}

/// Counts commands by what came of them. Most of a batch are alike, and to look a counter up costs more than to count.
fn count<'a>(answered: impl Iterator<Item = (&'a Envelope, &'a Answer)>) {
    let mut counts: HashMap<_, u64> = HashMap::new();
    for (envelope, answer) in answered {
        let outcome = match answer {
            Ok(receipt) if receipt.replayed => "replayed",
            Ok(_) => "done",
            Err(CommandError::Refused(_)) => "refused",
            Err(CommandError::KeyConflict { .. }) => "key_conflict",
            Err(CommandError::Overloaded) => "overloaded",
            Err(CommandError::Fault(_)) => "fault",
        };
        *counts.entry((envelope.command.command().name(), outcome)).or_default() += 1;
    }
    for ((command, outcome), count) in counts {
        counter!(COMMANDS_TOTAL, "command" => command, "outcome" => outcome).increment(count);
    }
}

//! What became of each event of a batch.

use std::sync::Arc;

use async_graphql::{ID, SimpleObject};

use crate::{
    graphql::{
        directives::list_size,
        problem::Problem,
        refusal::{LoyaltyEventFailed, LoyaltyRefusal},
        visit::Visit,
    },
    journal::{CommandError, Receipt},
    store::StoreError,
};

/// What became of a batch. `accepted`, `replayed` and `refused` sum to the number of events.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyEventsIngestPayload {
    /// Events that were recorded now.
    accepted: usize,
    /// Events that had been recorded before with the same content: nothing was done again.
    replayed: usize,
    /// Events for which nothing was written; each says why.
    refused: usize,
    /// One for each event, in the order in which they were sent.
    #[graphql(directive = list_size::apply(100, None, None, None))]
    outcomes: Vec<LoyaltyEventOutcome>,
}

/// What became of one event.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyEventOutcome {
    /// The event's place in the batch, from 0.
    index: usize,
    /// The order's, the return's or the fulfilment's id.
    id: ID,
    /// True where it had been recorded before with the same content.
    replayed: bool,
    /// Why nothing was written for it; null where it is recorded.
    refusal: Option<LoyaltyRefusal>,
}

impl LoyaltyEventsIngestPayload {
    /// Puts answers beside the ids that they belong to. Where the service was too busy, or failed, for every one of them, it is
    /// an error as a whole.
    pub(super) fn of(
        visit: &Visit,
        ids: Vec<String>,
        answers: Vec<Result<Receipt, CommandError>>,
    ) -> Result<Self, Problem> {
        let unanswered = |answer: &Result<_, CommandError>| matches!(answer, Err(error) if !matches!(error, CommandError::Refused(_)));
        if answers.iter().all(unanswered) {
            let first = answers.into_iter().find_map(Result::err);
            return Err(first.map_or(Problem::Overloaded, |error| Problem::of_command(&visit.trace, error)));
        }
        let mut failures = Failures { visit, logged: Vec::new() };
        let outcome = |(index, (id, answer))| {
            let (replayed, refusal) = match answer {
                Ok(Receipt { replayed, .. }) => (replayed, None),
                Err(error) => (false, Some(failures.refusal(error))),
            };
            LoyaltyEventOutcome { index, id: ID(id), replayed, refusal }
        };
        let outcomes: Vec<_> = ids.into_iter().zip(answers).enumerate().map(outcome).collect();
        let replayed = outcomes.iter().filter(|outcome| outcome.replayed).count();
        let refused = outcomes.iter().filter(|outcome| outcome.refusal.is_some()).count();
        Ok(Self { accepted: outcomes.len() - replayed - refused, replayed, refused, outcomes })
    }
}

/// Makes refusals of errors. A fault that many events share is logged once.
struct Failures<'a> {
    visit: &'a Visit,
    logged: Vec<(Arc<StoreError>, Problem)>,
}

impl Failures<'_> {
    fn refusal(&mut self, error: CommandError) -> LoyaltyRefusal {
        let problem = match error {
            CommandError::Refused(refusal) => return refusal.into(),
            CommandError::Fault(cause) => self.fault(cause),
            other => Problem::of_command(&self.visit.trace, other),
        };
        let code = problem.code().to_owned();
        LoyaltyRefusal::EventFailed(LoyaltyEventFailed { message: problem.message(), code })
    }

    fn fault(&mut self, cause: Arc<StoreError>) -> Problem {
        if let Some((_, problem)) = self.logged.iter().find(|(logged, _)| Arc::ptr_eq(logged, &cause)) {
            return problem.clone();
        }
        let problem = Problem::of_command(&self.visit.trace, CommandError::Fault(cause.clone()));
        self.logged.push((cause, problem.clone()));
        problem
    }
}

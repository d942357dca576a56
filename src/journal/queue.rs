//! The bounded queue in front of the clerk.

use std::{sync::Arc, time::Duration};

use metrics::{Gauge, gauge};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::{
    CommandError, Envelope, Receipt,
    backlog::{Name, names},
};
use crate::telemetry::QUEUE_COMMANDS;

/// How much may wait, and how much goes into one batch.
#[derive(Clone, Copy, Debug)]
pub struct JournalLimits {
    /// Commands that may wait; more are answered with [`CommandError::Overloaded`] at once.
    pub queue_commands_max: usize,
    /// Commands of one batch. A single call of more commands than that is cut into several batches.
    pub batch_commands_max: usize,
    /// How long a batch may take. After that the way to the database counts as lost: everybody waits behind this batch.
    pub batch_timeout: Duration,
}

/// What came of one command.
pub(super) type Answer = Result<Receipt, CommandError>;

/// Commands that were handed over together.
pub(super) struct Call {
    pub envelopes: Vec<Envelope>,
    pub names: Vec<Name>,
    /// One answer a command, in their order.
    pub answers: oneshot::Sender<Vec<Answer>>,
    /// Its places in the queue: given back when it has been answered.
    pub _places: Places,
}

/// Places taken by one call.
pub(super) struct Places {
    _permit: OwnedSemaphorePermit,
    taken: u32,
    waiting: Gauge,
}

impl Drop for Places {
    fn drop(&mut self) {
        self.waiting.decrement(f64::from(self.taken));
    }
}

/// Hands commands to the clerk. Cheap to clone; when the last one is dropped, the clerk finishes what waits and ends.
#[derive(Clone)]
pub struct Journal {
    queue: mpsc::UnboundedSender<Call>,
    places: Arc<Semaphore>,
    /// To look it up by its name each time costs more than to count.
    waiting: Gauge,
}

impl Journal {
    /// A queue and its far end.
    pub(super) fn new(limits: JournalLimits) -> (Self, mpsc::UnboundedReceiver<Call>) {
        // The channel itself knows no bound: the places do, and they count commands, not calls.
        let (queue, calls) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(limits.queue_commands_max));
        (Self { queue, places, waiting: gauge!(QUEUE_COMMANDS) }, calls)
    }

    /// Hands commands over and waits until each is done, refused or failed: one answer each, in their order.
    ///
    /// Commands of one call keep their order. Of two calls, the second keeps behind the first if it was made after the
    /// first was answered, or if both name the same member, order, return or key and reached the same process.
    pub async fn submit(&self, envelopes: Vec<Envelope>) -> Vec<Result<Receipt, CommandError>> {
        let count = envelopes.len();
        let overloaded = || vec![Err(CommandError::Overloaded); count];
        let Some(places) = self.take_places(count) else { return overloaded() };
        let (answers, coming) = oneshot::channel();
        let names = names(&envelopes);
        // A closed queue drops the sender, which is what the receiver below hears.
        let _ = self.queue.send(Call { envelopes, names, answers, _places: places });
        coming.await.unwrap_or_else(|_| overloaded())
    }

    /// Hands over one command.
    pub async fn submit_one(&self, envelope: Envelope) -> Result<Receipt, CommandError> {
        self.submit(vec![envelope]).await.pop().unwrap_or(Err(CommandError::Overloaded))
    }

    fn take_places(&self, count: usize) -> Option<Places> {
        let taken = u32::try_from(count).ok()?;
        let permit = self.places.clone().try_acquire_many_owned(taken).ok()?;
        self.waiting.increment(f64::from(taken));
        Some(Places { _permit: permit, taken, waiting: self.waiting.clone() })
    }
}

//! The clerk: puts what waits into batches, and has them run.

use std::{iter::from_fn, panic::resume_unwind, sync::Arc};

use tokio::{
    sync::{mpsc, watch},
    task::{JoinError, JoinSet, yield_now},
};

use super::{BatchTime, Journal, JournalLimits, Rivalry, Turns, backlog::Backlog, queue::Call};
use crate::{events::Told, hot::Hot, ids::SharedIds, program::Programs, store::Store};

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
    pub rivalry: Rivalry,
    pub turns: Turns,
}

/// The one writer of a process. Several processes may share a database.
pub struct Clerk {
    parts: Arc<ClerkParts>,
    calls: mpsc::UnboundedReceiver<Call>,
}

impl Clerk {
    /// A clerk and the handle that hands it work.
    pub fn new(parts: ClerkParts) -> (Journal, Self) {
        let (journal, calls) = Journal::new(parts.limits);
        (journal, Self { parts: Arc::new(parts), calls })
    }

    /// Works until `stop` turns true (or the last [`Journal`] handle is gone) and everything that waited is answered.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let batches_max = self.parts.store.batches_at_once();
        let mut backlog = Backlog::new(batches_max);
        let (mut under_way, mut answering) = (JoinSet::new(), JoinSet::new());
        let mut coming = Vec::new();
        let mut open = true;
        loop {
            if under_way.len() < batches_max && backlog.has_fresh() {
                // A batch costs the same again, whatever its size, and who hands something in wakes the clerk at once: it lets
                // those go first who are about to do so. Where nobody is, that takes no time.
                yield_now().await;
                backlog.add(from_fn(|| self.calls.try_recv().ok()));
            }
            while under_way.len() < batches_max
                && let Some(batch) = backlog.take(self.parts.limits.batch_commands_max)
            {
                let parts = self.parts.clone();
                under_way.spawn(async move { parts.work_off(batch).await });
            }
            tokio::select! {
                taken = self.calls.recv_many(&mut coming, usize::MAX), if open => {
                    open = taken > 0;
                    backlog.add(coming.drain(..));
                }
                Some(done) = under_way.join_next() => {
                    let done = finished(done);
                    backlog.done(&done.extent);
                    // The next batch does not wait until everybody has heard of this one.
                    let parts = self.parts.clone();
                    answering.spawn(async move { parts.answer(done).await });
                }
                Some(answered) = answering.join_next() => finished(answered),
                // Takes nothing more in; what waits is still there to be received.
                _ = stop.wait_for(|stop| *stop), if !self.calls.is_closed() => self.calls.close(),
                else => return,
            }
        }
    }
}

/// What a task came to. Where it panicked, so does who waited for it.
fn finished<T>(task: Result<T, JoinError>) -> T {
    task.unwrap_or_else(|failed| resume_unwind(failed.into_panic()))
}

//! 7. The clerk: every change of the ledger goes through here, in batches that share one commit.
//!
//! Callers put commands into a bounded queue ([`queue`]). The clerk takes whatever waits as soon as it may: there is no
//! timer, so one request alone waits for nobody, and a crowd shares one commit ([`clerk`]). One batch is one transaction:
//! claim keys, load the world, decide each command in memory, save, commit ([`batch`]). On PostgreSQL it begins with what
//! the process remembers of the members that it changed last, or with a look, and saves only what is still as it was
//! remembered or seen; where other processes want the same ([`rivalry`]), with locks. Then the hot balances are brought up to date, and only then do the callers hear of it, so that they read what they wrote.
//!
//! On PostgreSQL a few batches are under way at once. Calls that share a member, an order, a return or a key never are, and
//! keep their order ([`backlog`]); at shared counters they take turns ([`turns`]).
//!
//! What a batch did, and who did it, goes into the audit log with the same commit ([`trail`]).
//!
//! A refused command has changed nothing and costs the others nothing. A fault of the database fails the batch; its
//! commands are then tried one by one, so that only the guilty one fails ([`commit`]).

mod backlog;
mod batch;
mod clerk;
mod commit;
mod queue;
mod rivalry;
mod sweep;
mod time;
mod trail;
mod turns;

use std::sync::Arc;

pub use self::{
    clerk::{Clerk, ClerkParts},
    queue::{Journal, JournalLimits},
    rivalry::Rivalry,
    sweep::{Sweeper, Swept},
    time::BatchTime,
    turns::Turns,
};
use crate::{
    auth::Allowed,
    commands::{Entry, MemberSnapshot, Order, Outcome, OwnedHold, Redemption, Refusal},
    store::StoreError,
};

/// A command on its way.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The caller's idempotency key, unique in the programme; none where the command's own id is key enough.
    pub key: Option<String>,
    pub command: Allowed,
    pub answer_with: AnswerWith,
}

/// What the answer to a command should carry of what it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerWith {
    Nothing,
    /// Its member alone, which is what most who are asked by name show.
    Member,
    Everything,
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub outcome: Outcome,
    /// Whether it had been done before and this changed nothing.
    pub replayed: bool,
    /// What it was to be answered with of what it changed, as of then; only of a command that was done now.
    pub effect: Option<Effect>,
}

/// What a command changed, as it stood right after it.
#[derive(Clone, Debug, Default)]
pub struct Effect {
    pub member: Option<Arc<MemberSnapshot>>,
    pub order: Option<Order>,
    pub hold: Option<OwnedHold>,
    pub redemption: Option<Redemption>,
    /// The entries that the outcome names.
    pub entries: Vec<Entry>,
}

/// Why a command was not done.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the key `{key}` was used before for something else")]
    KeyConflict { key: String },
    #[error("too many commands are waiting; nothing was done")]
    Overloaded,
    /// The same key finds out whether it was done.
    #[error("{0}")]
    Fault(Arc<StoreError>),
}

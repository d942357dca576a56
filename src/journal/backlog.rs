//! What waits, and which of it may go beside what is under way.
//!
//! Batches that run at once share no name: not a member, an order, a return, a hold, a counter or a key. So they do not wait for one
//! another's locks, two of them never record the same new thing, and calls that share a name run in the order in which
//! they came. A name is kept as its hash: two that collide wait for one another, and nothing worse.

use std::{
    collections::{HashSet, VecDeque},
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hash},
};

use super::{Envelope, queue::Call};
use crate::commands::Touches;

/// The hash of what a command names.
pub(super) type Name = u64;

/// Calls that wait for a batch of theirs.
#[derive(Default)]
pub(super) struct Backlog {
    /// Passed over: they name what is under way, or what another that was passed over names.
    held: VecDeque<Call>,
    held_names: HashSet<Name>,
    /// Not looked at yet; all of them came after those that are held.
    fresh: VecDeque<Call>,
    /// Of the batches under way.
    busy_names: HashSet<Name>,
    busy_commands: usize,
}

/// Calls that go together.
#[derive(Default)]
pub(super) struct Batch {
    pub calls: Vec<Call>,
    pub extent: Extent,
}

/// What a batch keeps from others while it is under way.
#[derive(Default)]
pub(super) struct Extent {
    names: Vec<Name>,
    commands: usize,
}

impl Backlog {
    pub(super) fn add(&mut self, calls: impl Iterator<Item = Call>) {
        self.fresh.extend(calls);
    }

    /// Calls that share no name with what is under way, in their order: up to so many commands, but at least one call.
    /// None where none may go now.
    ///
    /// Beside others a batch has to be worth its commit, and has at least half as many commands as are under way: so a few
    /// callers do not wait for one another, and a crowd is not scattered over small batches.
    pub(super) fn take(&mut self, commands_max: usize) -> Option<Batch> {
        if !self.is_worth_a_batch() {
            return None;
        }
        let Batch { mut calls, mut extent } = Batch::default();
        while let Some(call) = self.fresh.pop_front() {
            if call.names.iter().any(|name| self.busy_names.contains(name) || self.held_names.contains(name))
            {
                self.held_names.extend(&call.names);
                self.held.push_back(call);
                continue;
            }
            let commands = extent.commands + call.envelopes.len();
            if commands > commands_max && !calls.is_empty() {
                self.fresh.push_front(call);
                break;
            }
            extent.commands = commands;
            extent.names.extend(&call.names);
            calls.push(call);
        }
        self.busy_names.extend(&extent.names);
        self.busy_commands += extent.commands;
        (!calls.is_empty()).then_some(Batch { calls, extent })
    }

    fn is_worth_a_batch(&self) -> bool {
        let mut commands = 0;
        self.fresh.iter().any(|call| {
            commands += call.envelopes.len();
            commands * 2 >= self.busy_commands
        })
    }

    /// A batch has been committed: what waited for it may go.
    pub(super) fn done(&mut self, batch: &Extent) {
        for name in &batch.names {
            self.busy_names.remove(name);
        }
        self.busy_commands -= batch.commands;
        self.held_names.clear();
        self.held.append(&mut self.fresh);
        std::mem::swap(&mut self.held, &mut self.fresh);
    }
}

/// What commands name.
pub(super) fn names(envelopes: &[Envelope]) -> Vec<Name> {
    let mut touches = Touches::default();
    let mut names = Vec::new();
    for envelope in envelopes {
        let command = envelope.command.command();
        command.touch(&mut touches);
        names.extend(envelope.key.iter().map(|key| name("key", command.program(), key)));
    }
    let Touches { members, orders, members_of_orders: _, returns, holds, redemptions, counters } = &touches;
    names.extend(members.keys().map(|key| name("member", &key.program, &key.customer)));
    let places = [("order", orders), ("return", returns), ("counter", counters)];
    names.extend(
        places.iter().flat_map(|(kind, places)| places.iter().map(|(program, id)| name(kind, program, id))),
    );
    names.extend(holds.iter().map(|id| hash(("hold", id.0))));
    names.extend(redemptions.iter().map(|id| hash(("redemption", id.0))));
    names
}

fn name(kind: &str, program: &str, id: &str) -> Name {
    hash((kind, program, id))
}

fn hash(name: impl Hash) -> Name {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(name)
}

#[cfg(test)]
mod tests;

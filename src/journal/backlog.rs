//! What waits, and which of it may go beside what is under way.
//!
//! Batches that run at once share no name: not a member, an order, a return, a hold or a key. So they do not wait for one
//! another's locks, two of them never record the same new thing, and calls that share a name run in the order in which
//! they came. Counters are no names: batches take turns at them ([`super::turns`]). A name is kept as its hash: two that collide wait for one another, and nothing worse.

use std::{
    collections::VecDeque,
    hash::{BuildHasher as _, Hash},
    sync::LazyLock,
};

use hashbrown::{DefaultHashBuilder, HashSet};

use super::{Envelope, queue::Call};
use crate::commands::Touches;

/// The hash of what a command names.
pub(super) type Name = u64;

/// Calls that wait for a batch of theirs.
pub(super) struct Backlog {
    /// Batches that may be under way at once.
    batches_max: usize,
    /// Passed over: they name what is under way, or what another that was passed over names.
    held: VecDeque<Call>,
    held_names: HashSet<Name>,
    /// Not taken yet: those that share a name with one that is held came after it.
    fresh: VecDeque<Call>,
    /// Of the batches under way.
    busy_names: HashSet<Name>,
    busy_commands: usize,
    busy_batches: usize,
}

/// Calls that go together.
pub(super) struct Batch {
    pub calls: Vec<Call>,
    pub extent: Extent,
}

/// What a batch keeps from others while it is under way.
pub(super) struct Extent {
    names: HashSet<Name>,
    commands: usize,
}

impl Backlog {
    pub(super) fn new(batches_max: usize) -> Self {
        let (held, held_names) = (VecDeque::new(), HashSet::new());
        let (fresh, busy_names) = (VecDeque::new(), HashSet::new());
        Self { batches_max, held, held_names, fresh, busy_names, busy_commands: 0, busy_batches: 0 }
    }

    /// Whether there are calls that nobody has looked at yet.
    pub(super) fn has_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    pub(super) fn add(&mut self, calls: impl Iterator<Item = Call>) {
        self.fresh.extend(calls);
    }

    /// Calls that share no name with what is under way, in their order: up to so many commands, but at least one call.
    /// None where none may go now.
    ///
    /// Batches are as large as their number allows, because each costs the same again, whatever its size. So beside others
    /// a batch has at least as many commands as one of them, and takes no more than its share of all that there is; more it
    /// takes only of what would have to wait for it.
    pub(super) fn take(&mut self, commands_max: usize) -> Option<Batch> {
        let waiting: usize = self.fresh.iter().map(|call| call.envelopes.len()).sum();
        if waiting * self.busy_batches < self.busy_commands {
            return None;
        }
        let share = (waiting + self.busy_commands).div_ceil(self.batches_max);
        let (mut calls, mut commands, mut names) = (Vec::new(), 0, HashSet::new());
        let (mut left, mut left_names) = (VecDeque::new(), HashSet::new());
        while commands < commands_max
            && let Some(call) = self.fresh.pop_front()
        {
            let is_among = |names: &HashSet<Name>| call.names.iter().any(|name| names.contains(name));
            let with = commands + call.envelopes.len();
            let fits = calls.is_empty() || with <= commands_max && (with <= share || is_among(&names));
            let is_held = is_among(&self.busy_names) || is_among(&self.held_names);
            // What is left goes before what is held: whoever shares a name with it stays behind it.
            if is_among(&left_names) || !(is_held || fits) {
                left_names.extend(call.names.iter().copied());
                left.push_back(call);
                continue;
            }
            if is_held {
                self.held_names.extend(&call.names);
                self.held.push_back(call);
                continue;
            }
            commands = with;
            names.extend(call.names.iter().copied());
            calls.push(call);
        }
        left.append(&mut self.fresh);
        self.fresh = left;
        if calls.is_empty() {
            return None;
        }
        self.busy_names.extend(&names);
        self.busy_commands += commands;
        self.busy_batches += 1;
        Some(Batch { calls, extent: Extent { names, commands } })
    }

    /// A batch has been committed: what waited for it may go.
    pub(super) fn done(&mut self, batch: &Extent) {
        for name in &batch.names {
            self.busy_names.remove(name);
        }
        self.busy_commands -= batch.commands;
        self.busy_batches -= 1;
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
    let Touches {
        members,
        partings: _,
        orders,
        members_of_orders: _,
        returns,
        holds,
        redemptions,
        counters: _,
    } = &touches;
    names.extend(members.keys().map(|key| name("member", &key.program, &key.customer)));
    let places = [("order", orders), ("return", returns)];
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
    /// Nobody outside knows which names collide.
    static HASHER: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);
    HASHER.hash_one(name)
}

#[cfg(test)]
mod tests;

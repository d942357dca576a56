//! Members as this process left them, so that a batch need not ask what it knows.
//!
//! What is remembered decides nothing by itself: it is as good as a look that was taken a while ago, and a batch that begins
//! with it saves only what is still as it was remembered ([`super::write`]), by the member's version and by the instant of
//! its last change. The instant tells apart two changes that have the same number, where a database has lost the one: a
//! standby that took over, a backup that was brought back.
//!
//! Whoever is worked on is not remembered: a member that is named is taken out when a batch begins, and put in again when it
//! has been saved. So a batch that was given up, in whatever way, leaves nothing behind that never was.

mod form;
#[cfg(test)]
mod tests;

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use metrics::counter;
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use super::work::Known;
use crate::{
    clock::Instant,
    commands::{Member, MemberKey, touches::Depth},
    telemetry::RECALLS_TOTAL,
};

/// What a member costs beside its bytes, as measured: its place in the cache, and what the allocator adds.
const OVERHEAD: u64 = 250;
/// What most members take with it.
const MEMBER_BYTES: u64 = 380;
/// The cache would keep what is read again. Here everybody is taken out and put in again, so the last to come are the last
/// to go, but for this small part, which the cache must have.
const READ_AGAIN: f64 = 0.02;

/// What is remembered, up to so many bytes. Cheap to clone.
#[derive(Clone)]
pub(super) struct Recall {
    /// By the hash of their key: what is kept names it whole.
    members: Arc<Cache<u64, Box<[u8]>, Weight>>,
    hasher: RandomState,
}

#[derive(Clone)]
struct Weight;

impl Weighter<u64, Box<[u8]>> for Weight {
    fn weight(&self, _: &u64, bytes: &Box<[u8]>) -> u64 {
        bytes.len() as u64 + OVERHEAD
    }
}

impl Recall {
    pub(super) fn new(bytes_max: u64) -> Self {
        let members_max = usize::try_from(bytes_max / MEMBER_BYTES).unwrap_or(usize::MAX);
        let mut options = OptionsBuilder::new();
        options.estimated_items_capacity(members_max).weight_capacity(bytes_max).hot_allocation(READ_AGAIN);
        // Who was forgotten is not known again when it comes back.
        options.ghost_allocation(0.0);
        let options = options.build().expect("all that it needs is given");
        let (hashes, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
        Self {
            members: Arc::new(Cache::with_options(options, Weight, hashes, lifecycle)),
            hasher: RandomState::new(),
        }
    }

    /// Takes out a member of whom enough is remembered: all that time has changed by `now`, and all lots where the depth
    /// asks for them.
    pub(super) fn take(&self, key: &MemberKey, depth: Depth, now: Instant) -> Option<Known> {
        let (_, bytes) = self.members.remove(&self.name(key))?;
        let known = form::read(&bytes, key)?;
        known.is_enough(depth, now).then_some(known)
    }

    /// Remembers a member as it was saved.
    pub(super) fn keep(&self, member: &Member, updated_at: Instant) {
        let name = self.name(&member.key);
        match form::write(member, updated_at) {
            // A copy is as long as it needs to be.
            Some(bytes) => self.members.insert(name, Box::from(&*bytes)),
            None => drop(self.members.remove(&name)),
        }
    }

    pub(super) fn forget(&self, key: &MemberKey) {
        self.members.remove(&self.name(key));
    }

    pub(super) fn forget_all(&self) {
        self.members.clear();
    }

    fn name(&self, key: &MemberKey) -> u64 {
        self.hasher.hash_one(key)
    }
}

impl Known {
    /// Whether it is all that a command needs by then: the lots that time has changed, or every lot.
    pub(super) fn is_enough(&self, depth: Depth, now: Instant) -> bool {
        let now = now.max(self.updated_at);
        self.member.wallets.iter().all(|wallet| {
            let rest = wallet.rest();
            let is_whole = rest.active.is_zero() && rest.pending.is_zero() && rest.due_at.is_none();
            is_whole || depth == Depth::Front && rest.due_at.is_none_or(|due| now < due)
        })
    }
}

impl std::fmt::Debug for Recall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recall").field("members", &self.members.len()).finish_non_exhaustive()
    }
}

/// Counts members, not batches.
pub(super) fn count(known: usize, asked: usize) {
    counter!(RECALLS_TOTAL, "result" => "hit").increment(known as u64);
    counter!(RECALLS_TOTAL, "result" => "miss").increment((asked - known) as u64);
}

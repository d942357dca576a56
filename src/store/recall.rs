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
mod records;
#[cfg(test)]
mod tests;

use std::{
    hash::BuildHasher as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hashbrown::DefaultHashBuilder;
use metrics::counter;

use self::records::Records;
use super::{place::Places, work::Known};
use crate::{
    clock::Instant,
    commands::{Member, MemberKey, touches::Depth},
    telemetry::RECALLS_TOTAL,
};

/// What is remembered, up to so many bytes. Cheap to clone.
#[derive(Clone)]
pub(super) struct Recall {
    /// By the hash of their key: what is kept names it whole. None where nobody is remembered.
    members: Option<Arc<Mutex<Records>>>,
    hasher: DefaultHashBuilder,
}

impl Recall {
    pub(super) fn new(bytes_max: u64) -> Self {
        let members = Records::new(bytes_max).map(|records| Arc::new(Mutex::new(records)));
        Self { members, hasher: DefaultHashBuilder::default() }
    }

    /// Takes out a member; answers who it is where enough is remembered: all that time has changed by `now`, and all lots where
    /// the depth asks for them.
    pub(super) fn take(&self, key: &MemberKey, depth: Depth, now: Instant) -> Option<Known> {
        let known = form::read(self.members()?.take(self.name(key))?, key)?;
        known.is_enough(depth, now).then_some(known)
    }

    /// Remembers a member as it was saved, and where.
    pub(super) fn keep(&self, member: &Member, updated_at: Instant, places: &Places) {
        if self.members.is_none() {
            return;
        }
        let (name, bytes) = (self.name(&member.key), form::write(member, updated_at, places));
        let Some(mut members) = self.members() else { return };
        match bytes {
            Some(bytes) => members.put(name, &bytes),
            None => drop(members.take(name)),
        }
    }

    pub(super) fn forget(&self, key: &MemberKey) {
        if let Some(mut members) = self.members() {
            members.take(self.name(key));
        }
    }

    pub(super) fn forget_all(&self) {
        if let Some(mut members) = self.members() {
            members.clear();
        }
    }

    /// None where nobody is remembered.
    fn members(&self) -> Option<MutexGuard<'_, Records>> {
        Some(self.members.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
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
        f.debug_struct("Recall")
            .field("members", &self.members().map(|members| members.len()))
            .finish_non_exhaustive()
    }
}

/// Counts members, not batches.
pub(super) fn count(known: usize, asked: usize) {
    counter!(RECALLS_TOTAL, "result" => "hit").increment(known as u64);
    counter!(RECALLS_TOTAL, "result" => "miss").increment((asked - known) as u64);
}

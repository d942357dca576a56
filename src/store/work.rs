//! One batch's transaction, from begin to commit.

use std::sync::Arc;

use hashbrown::HashMap;
use uuid::Uuid;

use super::{
    Store, StoreError, glimpse,
    load::{self, Asked},
    place::{MemberPlaces, Places},
    recall, save,
    tx::{Tx, begin_writing},
};
use crate::{
    audit::Record,
    clock::Instant,
    commands::{Member, MemberKey, Outcome, Touches, World},
    ids::MemberId,
    ledger::{Counter, Wallet},
    program::Programs,
};

/// A batch under way. Nothing that it did is there before [`UnitOfWork::commit`], which consumes it; dropped, it leaves
/// no trace.
pub struct UnitOfWork {
    pub(super) tx: Tx,
}

/// A batch that was begun by a look: it has locked nothing, and saves in one statement, which holds only if all that it
/// changes is still as it was seen.
pub struct Glimpse {
    tx: Tx,
}

/// What was loaded for a batch.
pub struct Loaded {
    pub world: World,
    /// The keys of the batch that were used before.
    pub keys: HashMap<(String, String), KeyUse>,
    /// When the members that were found were last changed.
    pub updated_at: Option<Instant>,
    /// The members and counters that were found, so that only what changed is written.
    pub(super) members_before: HashMap<MemberId, Known>,
    pub(super) counters_before: HashMap<(String, String), Counter>,
    /// Of the members those that are only remembered.
    pub(super) recalled: Vec<MemberKey>,
}

/// What came of remembering.
pub enum Recalled {
    /// What is needed: some of it remembered, the rest looked at.
    Found(Glimpse, Box<Loaded>),
    /// Nothing of it, or not enough: a look tells.
    Nothing,
    /// There is more to it than a look would tell.
    Unusual,
}

/// A member as it was found, when it was last changed, and where it was then.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    pub member: Member,
    pub updated_at: Instant,
    pub places: Places,
}

/// What a key was used for.
#[derive(Clone, Debug)]
pub struct KeyUse {
    pub content_hash: String,
    pub outcome: Outcome,
}

/// What a batch adds beside the world's changes.
pub struct Additions<'a> {
    /// (program, key) and what it was used for.
    pub keys: &'a HashMap<(String, String), KeyUse>,
    /// The id of the outbox row that tells of the changed members; none where no member changed.
    pub outbox_id: Option<Uuid>,
    /// Who did what.
    pub records: Vec<Record>,
    pub now: Instant,
}

impl Store {
    /// Begins a batch. With SQLite the write lock is taken at once, so that what is loaded stays true.
    pub async fn begin(&self) -> Result<UnitOfWork, StoreError> {
        let tx = if let Some(lanes) = &self.lanes {
            Tx::Postgres(lanes.take().await?.begin().await?)
        } else {
            Tx::Sqlite(begin_writing(&self.write).await?)
        };
        Ok(UnitOfWork { tx })
    }

    /// What is remembered of what commands touch but for counters, and what a look tells of the other members. Keys and orders
    /// are not asked for: that they are new shows when they are saved.
    pub async fn recall(
        &self,
        touches: &Touches,
        now: Instant,
        programs: Arc<Programs>,
    ) -> Result<Recalled, StoreError> {
        let Some(lanes) = self.lanes.as_ref().filter(|_| touches.is_direct()) else {
            return Ok(Recalled::Unusual);
        };
        let (mut known, mut unknown) = (Vec::new(), Touches::default());
        for (key, depth) in &touches.members {
            match lanes.recall.take(key, *depth, now) {
                Some(member) => known.push((member, *depth)),
                None => unknown.members.extend([(key.clone(), *depth)]),
            }
        }
        if known.is_empty() {
            recall::count(0, touches.members.len());
            return Ok(Recalled::Nothing);
        }
        // The latest of them is the time of all.
        let latest = known.iter().map(|(known, _)| known.updated_at).max();
        let now = latest.map_or(now, |at| at.max(now));
        let lane = lanes.take().await?;
        let looked = if unknown.members.is_empty() {
            Some(Loaded::nothing(programs))
        } else {
            glimpse::world(&lane, &Asked { touches: &unknown, keys: &[], now }, programs).await?
        };
        let glimpse = Glimpse { tx: Tx::Postgres(lane) };
        let Some(mut loaded) = looked else {
            glimpse.leave();
            return Ok(Recalled::Unusual);
        };
        loaded.make_room(touches);
        let now = loaded.updated_at.map_or(now, |at| at.max(now));
        if !known.iter().all(|(known, depth)| known.is_enough(*depth, now)) {
            glimpse.leave();
            return Ok(Recalled::Nothing);
        }
        recall::count(known.len(), touches.members.len());
        for (known, _) in known {
            loaded.add(known);
        }
        Ok(Recalled::Found(glimpse, Box::new(loaded)))
    }

    /// Remembers members as a batch has saved them, and where, or as it has found them.
    pub fn remember(&self, loaded: &Loaded, saved_at: Instant, places: &MemberPlaces) {
        let Some(lanes) = &self.lanes else { return };
        let nowhere = Places::default();
        for member in loaded.world.members.values() {
            if member.changed {
                lanes.recall.keep(member, saved_at, places.0.get(&member.id).unwrap_or(&nowhere));
            } else if let Some(found) = loaded.members_before.get(&member.id) {
                // As it was found: what a command did to it before it was refused is not there.
                lanes.recall.keep(&found.member, found.updated_at, &found.places);
            }
        }
    }

    /// Forgets members whom a batch works on by other means.
    pub fn forget<'a>(&self, members: impl Iterator<Item = &'a MemberKey>) {
        if let Some(lanes) = &self.lanes {
            members.for_each(|key| lanes.recall.forget(key));
        }
    }

    /// Forgets everybody: who knows what is on the other side of a way that broke.
    pub fn forget_all(&self) {
        if let Some(lanes) = &self.lanes {
            lanes.recall.forget_all();
        }
    }

    /// Looks at what commands touch but for counters, with what is due of it by `now`, and at the uses of their keys: one
    /// question, and no lock. None where that is not enough: a batch that has to look things up before it knows what it touches, or of which
    /// there is more than usual, is [begun](Self::begin).
    pub async fn glimpse(
        &self,
        touches: &Touches,
        keys: &[(String, String)],
        now: Instant,
        programs: Arc<Programs>,
    ) -> Result<Option<(Glimpse, Loaded)>, StoreError> {
        let Some(lanes) = self.lanes.as_ref().filter(|_| touches.is_direct()) else { return Ok(None) };
        let lane = lanes.take().await?;
        let loaded = glimpse::world(&lane, &Asked { touches, keys, now }, programs).await?;
        let Some(loaded) = loaded else {
            lane.keep();
            return Ok(None);
        };
        Ok(Some((Glimpse { tx: Tx::Postgres(lane) }, loaded)))
    }
}

impl Glimpse {
    /// Looks at counters too, with their leases whose time is over: later than at the rest, where others take from them. And
    /// once more at the keys: what another process did meanwhile under one of them is known then, before its part of a
    /// counter is missing.
    pub async fn look_at_counters(
        &self,
        counters: &[(String, String)],
        keys: &[(String, String)],
        now: Instant,
        loaded: &mut Loaded,
    ) -> Result<(), StoreError> {
        if let Tx::Postgres(lane) = &self.tx
            && !counters.is_empty()
        {
            let now = loaded.updated_at.map_or(now, |at| at.max(now));
            let (found, used) = glimpse::counters(lane, (counters, keys), now).await?;
            loaded.keys.extend(used);
            loaded.found_counters(found);
        }
        Ok(())
    }

    /// Saves what the batch changed and makes it last, both or nothing: when it may follow others, by whom it was decided, and
    /// not at all where they did not do as was foretold. Answers where the members are then.
    pub async fn save(
        self,
        loaded: &Loaded,
        additions: &Additions<'_>,
        follows: impl Future<Output = bool>,
    ) -> Result<MemberPlaces, StoreError> {
        let changes = save::changes(&self.tx, loaded, additions)?;
        let saved = if follows.await { changes.finish(loaded).await } else { Err(StoreError::Forestalled) };
        // Raced or not, the statement is over, and the connection as good as before.
        if saved.as_ref().err().is_none_or(StoreError::is_conflict) {
            self.leave();
        }
        saved
    }

    /// Ends a batch that changed nothing.
    pub fn leave(self) {
        if let Tx::Postgres(lane) = self.tx {
            lane.keep();
        }
    }
}

impl UnitOfWork {
    /// Locks and loads what commands touch, with what is due of it by `now`, and the uses of their keys.
    pub async fn load(
        &self,
        touches: &Touches,
        keys: &[(String, String)],
        now: Instant,
        programs: Arc<Programs>,
    ) -> Result<Loaded, StoreError> {
        load::world_in_tx(&self.tx, &Asked { touches, keys, now }, programs).await
    }

    /// Saves what the batch changed. Answers where the members are then.
    pub async fn save(&self, loaded: &Loaded, additions: &Additions<'_>) -> Result<MemberPlaces, StoreError> {
        save::changes(&self.tx, loaded, additions)?.finish(loaded).await
    }

    /// Makes it last.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }

    /// Gives it up.
    pub async fn abandon(self) -> Result<(), StoreError> {
        Ok(self.tx.rollback().await?)
    }
}

impl Loaded {
    fn nothing(programs: Arc<Programs>) -> Self {
        Self {
            world: World::new(programs),
            keys: HashMap::new(),
            updated_at: None,
            members_before: HashMap::new(),
            counters_before: HashMap::new(),
            recalled: Vec::new(),
        }
    }

    /// Makes room for what commands touch, at once.
    fn make_room(&mut self, touches: &Touches) {
        self.world.make_room(touches);
        self.members_before.reserve(touches.members.len());
        self.recalled.reserve(touches.members.len());
    }

    /// Counters as they are known.
    pub fn found_counters(&mut self, counters: HashMap<(String, String), Counter>) {
        self.counters_before.clone_from(&counters);
        self.world.counters = counters;
    }

    /// Whether saving shows that what was only remembered was so: each such member and counter is changed, and each order is
    /// new.
    pub fn proves(&self, touches: &Touches) -> bool {
        let is_changed = |key| self.world.members.get(key).is_some_and(|member| member.changed);
        let is_new = |place| self.world.orders.get(place).is_some_and(|order| order.new && order.changed);
        let counter_is_changed = |(place, before)| self.world.counters.get(place) != Some(before);
        self.recalled.iter().all(is_changed)
            && touches.orders.iter().all(is_new)
            && self.counters_before.iter().all(counter_is_changed)
    }

    fn add(&mut self, known: Known) {
        self.updated_at = self.updated_at.max(Some(known.updated_at));
        self.recalled.push(known.member.key.clone());
        self.world.add_member(known.member.clone());
        self.members_before.insert(known.member.id, known);
    }

    /// Whether the member was there before the batch.
    pub(super) fn knew(&self, member: MemberId) -> bool {
        self.members_before.contains_key(&member)
    }

    /// The wallet as it was before the batch.
    pub(super) fn before(&self, member: MemberId, currency: &str) -> Option<&Wallet> {
        self.members_before.get(&member)?.member.wallet(currency)
    }
}

//! What time has done to members whom nobody touched, written down in batches of their own.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use hashbrown::HashMap;

use super::BatchTime;
use crate::{
    audit::{Action, Actor, Record},
    clock::Instant,
    commands::{Command, Context, Expire, MemberSnapshot, Touches, World, touches::Depth},
    events::Told,
    hot::Hot,
    ids::{MemberId, SharedIds},
    program::Programs,
    store::{Additions, Store, StoreError},
};

/// Writes down what time has done. Any number of processes may do so at once: each takes members that no other has, so
/// that nothing is done twice, and what one leaves undone the next finds.
#[derive(Clone)]
pub struct Sweeper {
    pub store: Store,
    pub programs: Arc<Programs>,
    pub hot: Hot,
    pub ids: SharedIds,
    pub time: BatchTime,
    pub told: Told,
}

/// What one batch of a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub members: usize,
    pub entries: usize,
}

impl Sweeper {
    /// Settles up to so many members. None are settled where nothing is due, or where others have taken all that is.
    pub async fn batch(&self, members_max: u64) -> Result<Swept, StoreError> {
        let now = self.time.of_batch(&[]);
        let served: Vec<&str> = self.programs.all().map(|program| program.id()).collect();
        let work = self.store.begin().await?;
        let due = work.take_due(&served, now, members_max).await?;
        if due.is_empty() {
            work.abandon().await?;
            return Ok(Swept::default());
        }
        self.store.forget(due.iter());
        let mut touches = Touches::default();
        for key in &due {
            touches.member(&key.program, &key.customer, Depth::Front);
        }
        let mut loaded = work.load(&touches, &[], now, self.programs.clone()).await?;
        let now = self.time.not_before(now, loaded.updated_at);
        let context = Context { now, ids: &*self.ids, partner: None };
        for key in due {
            let command = Expire { program: key.program.clone(), customer: key.customer.clone() };
            if let Err(refusal) = Command::Expire(command).decide(&mut loaded.world, &context) {
                tracing::warn!(%refusal, "a member that is due cannot be settled");
            }
            // Whether or not anything was due: the row then says when something is.
            loaded.world.rewrite(&key);
        }
        let snapshots: Vec<_> = loaded.world.changed_members().map(MemberSnapshot::of).collect();
        let outbox_id = self.ids.new_uuid(now);
        let keys = HashMap::new();
        let records = self.records(&loaded.world, now);
        work.save(&loaded, &Additions { keys: &keys, outbox_id: Some(outbox_id), records, now }).await?;
        work.commit().await?;
        if self.hot.put(&snapshots).await {
            self.told.told(outbox_id);
        }
        Ok(Swept { members: snapshots.len(), entries: loaded.world.entries.len() })
    }

    /// What the batch wrote into ledgers, as the audit log keeps it.
    fn records(&self, world: &World, now: Instant) -> Vec<Record> {
        let mut written: BTreeMap<MemberId, Vec<i64>> = BTreeMap::new();
        for entry in &world.entries {
            written.entry(entry.member).or_default().push(entry.movement.seq);
        }
        let mut by_program: BTreeMap<&str, Vec<Action<'_>>> = BTreeMap::new();
        for (member, entries) in written {
            let Some(key) = world.key_of(member) else { continue };
            by_program.entry(&key.program).or_default().push(Action {
                operation: "expire".into(),
                customer: Some(Cow::Borrowed(&key.customer)),
                member: Some(member),
                entries: entries.into(),
                ..Action::default()
            });
        }
        let record = |(program, actions): (&str, Vec<_>)| {
            Record::new(self.ids.new_uuid(now), now, (Actor::operator("sweep"), program), &actions)
        };
        by_program.into_iter().map(record).collect()
    }
}

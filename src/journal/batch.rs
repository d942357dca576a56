//! One batch: claim keys, load, decide, save, commit. A batch of one is the same code.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use hashbrown::{HashMap, HashSet};
use uuid::Uuid;

use super::{AnswerWith, BatchTime, CommandError, Effect, Envelope, Receipt, Turns, trail, turns::Turn};
use crate::{
    clock::Instant,
    commands::{Context, Entry, Member, MemberSnapshot, Outcome, Touches, World},
    ids::IdSource,
    program::Programs,
    store::{Additions, Glimpse, KeyUse, Loaded, MemberPlaces, Recalled, Store, StoreError, UnitOfWork},
};

/// What came of a batch.
pub(super) struct Committed {
    /// One a command, in their order.
    pub receipts: Vec<Result<Receipt, CommandError>>,
    pub news: News,
}

/// What the hot balances have to be told of a batch.
pub(super) struct News {
    /// Every member that changed, as of the end of the batch.
    pub snapshots: Vec<Arc<MemberSnapshot>>,
    /// The outbox row that tells of them.
    pub outbox_id: Option<Uuid>,
}

/// What a batch needs beside its commands.
pub(super) struct Bench<'a> {
    pub store: &'a Store,
    pub programs: &'a Arc<Programs>,
    pub ids: &'a dyn IdSource,
    pub time: &'a BatchTime,
    pub turns: &'a Turns,
}

/// How a batch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// With what is remembered, where that is enough, and a look at the rest. It fails as a conflict like a look, and as
    /// [unproven](StoreError::Unproven) where saving would not show whether it holds.
    Recall,
    /// With a look, where that is enough: it fails as a conflict where another process changes what it changes.
    Look,
    /// With locks: another process waits.
    Locks,
}

/// What a batch saves by.
enum Saving {
    Glimpse(Glimpse),
    Work(UnitOfWork),
}

/// How a batch has begun.
struct Begun {
    saving: Saving,
    turn: Turn,
    loaded: Loaded,
    asked_at: Instant,
}

/// Runs one batch, and says how it really began. An error means that nothing of it was done, or (where the commit's answer
/// was lost) that only the keys can tell.
pub(super) async fn run(
    bench: &Bench<'_>,
    envelopes: &[&Envelope],
    beginning: &mut Beginning,
) -> Result<Committed, StoreError> {
    let mut touches = Touches::default();
    let mut keys = Vec::new();
    for envelope in envelopes {
        let command = envelope.command.command();
        command.touch(&mut touches);
        keys.extend(envelope.key.iter().map(|key| (command.program().to_owned(), key.clone())));
    }
    let begun = begin(bench, (envelopes, &touches, &keys), beginning).await?;
    let Begun { saving, mut turn, mut loaded, asked_at } = begun;
    let now = bench.time.not_before(asked_at, loaded.updated_at);

    let mut new_keys = HashMap::with_capacity(keys.len());
    let decided = catch_unwind(AssertUnwindSafe(|| {
        let one = |envelope: &&Envelope| {
            let first = loaded.world.entries.len();
            let receipt = decide(bench, envelope, now, &mut loaded, &mut new_keys);
            (receipt, first..loaded.world.entries.len())
        };
        envelopes.iter().map(one).unzip::<_, _, Vec<_>, Vec<_>>()
    }));
    // What a panic left of the world is not to be trusted, and is dropped unsaved with the transaction.
    let is_recalled = *beginning == Beginning::Recall;
    let (receipts, written) = match decided {
        Ok((receipts, _)) if is_recalled && !(receipts.iter().all(is_done) && loaded.proves(&touches)) => {
            saving.leave();
            return Err(StoreError::Unproven);
        }
        Ok(decided) => decided,
        Err(_) if is_recalled => return Err(StoreError::Unproven),
        Err(_) => return Err(StoreError::Panicked),
    };

    let outbox_id = loaded.world.changed_members().next().map(|_| bench.ids.new_uuid(now));
    let changes = !new_keys.is_empty() || has_changes(&loaded.world);
    let records = if changes {
        let decided = envelopes.iter().zip(&receipts).zip(written);
        let decided = decided.map(|((envelope, receipt), written)| (*envelope, receipt, written));
        trail::records(decided, &loaded.world, (bench.ids, bench.time.of_record()))
    } else {
        Vec::new()
    };
    let additions = Additions { keys: &new_keys, outbox_id, records, now };
    let places = match saving {
        Saving::Glimpse(glimpse) if changes => {
            let counters = &loaded.world.counters;
            let follows = async {
                let is_so = turn.follow().await;
                if is_so {
                    turn.foretell(counters);
                }
                is_so
            };
            glimpse.save(&loaded, &additions, follows).await?
        }
        Saving::Work(work) if changes => {
            let places = work.save(&loaded, &additions).await?;
            work.commit().await?;
            bench.turns.doubt(loaded.world.counters.keys());
            places
        }
        Saving::Glimpse(glimpse) => {
            glimpse.leave();
            MemberPlaces::default()
        }
        Saving::Work(work) => {
            work.abandon().await?;
            MemberPlaces::default()
        }
    };
    turn.leave(&loaded.world.counters);
    // A time that is another member's says nothing of this one's change.
    if now == asked_at {
        bench.store.remember(&loaded, now, &places);
    }
    // Only the answers wait for these: the turn at the counters and the connection are the next batch's already.
    let snapshots = snapshots(&loaded.world, &receipts);
    Ok(Committed { receipts, news: News { snapshots, outbox_id } })
}

/// Loads what a batch needs, as of the time that is answered: whoever waited for a turn or a connection is not earlier than
/// those who came first. With more care than was asked for, where less is not enough.
async fn begin(
    bench: &Bench<'_>,
    (envelopes, touches, keys): (&[&Envelope], &Touches, &[(String, String)]),
    beginning: &mut Beginning,
) -> Result<Begun, StoreError> {
    let (store, counters) = (bench.store, &touches.counters);
    if *beginning == Beginning::Recall {
        let asked_at = bench.time.of_batch(envelopes);
        *beginning = match store.recall(touches, asked_at, bench.programs.clone()).await? {
            Recalled::Found(glimpse, loaded) => {
                let mut loaded = *loaded;
                let mut turn = bench.turns.take(counters).await;
                if let Some(left) = turn.left() {
                    loaded.found_counters(left);
                } else {
                    turn.follow().await;
                    glimpse.look_at_counters(counters, &[], asked_at, &mut loaded).await?;
                }
                return Ok(Begun { saving: Saving::Glimpse(glimpse), turn, loaded, asked_at });
            }
            Recalled::Nothing => Beginning::Look,
            Recalled::Unusual => Beginning::Locks,
        };
    }
    store.forget(touches.members.keys());
    if *beginning == Beginning::Look {
        let asked_at = bench.time.of_batch(envelopes);
        if let Some((glimpse, mut loaded)) =
            store.glimpse(touches, keys, asked_at, bench.programs.clone()).await?
        {
            let mut turn = bench.turns.take(counters).await;
            turn.follow().await;
            // It is looked at anew, and what is saved says how it is left.
            turn.forget();
            glimpse.look_at_counters(counters, keys, asked_at, &mut loaded).await?;
            return Ok(Begun { saving: Saving::Glimpse(glimpse), turn, loaded, asked_at });
        }
        *beginning = Beginning::Locks;
    }
    // Its future is large, and with PostgreSQL seldom needed.
    Box::pin(begin_with_locks(bench, (envelopes, touches, keys))).await
}

async fn begin_with_locks(
    bench: &Bench<'_>,
    (envelopes, touches, keys): (&[&Envelope], &Touches, &[(String, String)]),
) -> Result<Begun, StoreError> {
    let mut turn = bench.turns.take(&touches.counters).await;
    turn.follow().await;
    turn.forget();
    let work = bench.store.begin().await?;
    let asked_at = bench.time.of_batch(envelopes);
    let loaded = work.load(touches, keys, asked_at, bench.programs.clone()).await?;
    Ok(Begun { saving: Saving::Work(work), turn, loaded, asked_at })
}

impl Saving {
    /// Ends a batch that began with what was remembered, and was not to be saved by it.
    fn leave(self) {
        if let Self::Glimpse(glimpse) = self {
            glimpse.leave();
        }
    }
}

/// Whether a command was done, and done now.
fn is_done(receipt: &Result<Receipt, CommandError>) -> bool {
    receipt.as_ref().is_ok_and(|receipt| !receipt.replayed)
}

fn has_changes(world: &World) -> bool {
    world.changed_members().next().is_some()
        || world.orders.values().any(|order| order.changed)
        || world.returns.values().any(|record| record.new)
        || world.redemptions.values().any(|redemption| redemption.changed)
}

/// Every member that changed, as of the end of the batch: most have been shown so to whoever changed them.
fn snapshots(world: &World, receipts: &[Result<Receipt, CommandError>]) -> Vec<Arc<MemberSnapshot>> {
    let shown = receipts.iter().flatten().filter_map(|receipt| receipt.effect.as_ref()?.member.as_ref());
    let shown: HashMap<_, _> = shown.map(|member| (member.id, member)).collect();
    let of = |member: &Member| match shown.get(&member.id) {
        Some(shown) if shown.version == member.version => Arc::clone(shown),
        _ => Arc::new(MemberSnapshot::of(member)),
    };
    world.changed_members().map(of).collect()
}

fn decide(
    bench: &Bench<'_>,
    envelope: &Envelope,
    now: Instant,
    loaded: &mut Loaded,
    new_keys: &mut HashMap<(String, String), KeyUse>,
) -> Result<Receipt, CommandError> {
    let command = envelope.command.command();
    let claim = envelope.key.as_ref().map(|key| (command.program().to_owned(), key.clone()));
    let content_hash = claim.as_ref().map(|_| command.content_hash());
    if let Some(claim) = &claim
        && let Some(used) = loaded.keys.get(claim).or_else(|| new_keys.get(claim))
    {
        return if Some(&used.content_hash) == content_hash.as_ref() {
            Ok(Receipt { outcome: used.outcome.clone(), replayed: true, effect: None })
        } else {
            Err(CommandError::KeyConflict { key: claim.1.clone() })
        };
    }
    let context = Context {
        now: bench.time.of_command(command, now),
        ids: bench.ids,
        partner: envelope.command.actor().partner.as_deref(),
    };
    let first_entry = loaded.world.entries.len();
    let decision = command.decide(&mut loaded.world, &context)?;
    if let (Some(claim), Some(content_hash)) = (claim, content_hash) {
        new_keys.insert(claim, KeyUse { content_hash, outcome: decision.outcome.clone() });
    }
    let effect = match envelope.answer_with {
        _ if decision.replayed => None,
        AnswerWith::Nothing => None,
        AnswerWith::Member => Some(member_alone(&loaded.world, &decision.outcome)),
        AnswerWith::Everything => Some(effect(&loaded.world, first_entry, &decision.outcome)),
    };
    Ok(Receipt { outcome: decision.outcome, replayed: decision.replayed, effect })
}

fn member_alone(world: &World, outcome: &Outcome) -> Effect {
    let member = outcome.member().and_then(|key| world.members.get(key));
    Effect { member: member.map(|member| Arc::new(MemberSnapshot::of(member))), ..Effect::default() }
}

fn effect(world: &World, first_entry: usize, outcome: &Outcome) -> Effect {
    let named: HashSet<i64> = outcome.entries().iter().copied().collect();
    let member = outcome.member().and_then(|key| world.members.get(key));
    // Numbers are a member's own.
    let is_named = |entry: &&Entry| {
        member.is_some_and(|member| entry.member == member.id) && named.contains(&entry.movement.seq)
    };
    let redemption = outcome.redemption().and_then(|id| world.redemptions.get(&id));
    Effect {
        order: outcome.order().and_then(|place| world.orders.get(&place)).cloned(),
        hold: outcome.hold().and_then(|id| world.owned_hold(outcome.member()?, id)),
        redemption: redemption.cloned(),
        entries: world.entries[first_entry..].iter().filter(is_named).cloned().collect(),
        ..member_alone(world, outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{commands::MemberKey, ids::RandomIds, program::Program};

    /// Shown by one command, changed by the next.
    #[test]
    fn who_was_changed_after_it_was_shown_is_told_of_as_it_was_left() {
        let program = Program::from_json(include_str!("../../schema/programs/classic.json")).unwrap();
        let context = Context { now: Instant::UNIX_EPOCH, ids: &RandomIds::default(), partner: None };
        let key = MemberKey::new("classic", "c1");
        let member = Member::enroll(key.clone(), &program, context.now, (None, None), &context);
        let mut world = World::new(Arc::new(Programs::new(vec![program], None).unwrap()));
        world.add_member(member);
        let outcome = Outcome::Enrolled { member: key.clone() };
        let shown = member_alone(&world, &outcome);
        let receipts = [Ok(Receipt { outcome, replayed: false, effect: Some(shown.clone()) })];

        assert!(Arc::ptr_eq(&snapshots(&world, &receipts)[0], &shown.member.unwrap()), "once is enough");
        world.members.get_mut(&key).unwrap().touched();
        assert_eq!(snapshots(&world, &receipts)[0].version, 2);
    }
}

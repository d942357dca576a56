//! Makes one member of two.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Context, Decision, Entry, HoldRecord, Member, MemberStatus, Order, OrderAward, Outcome, Refusal, World,
    world::EntryContext,
};
use crate::{
    clock::Instant,
    ids::{HoldId, MemberId},
    ledger::{Account, Allocation, Kind, Lot, Movement, Points, Wallet},
    program::{Program, Standing},
};

/// What entries say by which a merge takes everything from a member.
pub(crate) const MERGED: &str = "merged into another member";

/// Makes one member of two: lots with their ends, holds, the deficit and the tier's amounts move; whatever is asked of the
/// one from then on is asked of the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Merge {
    pub program: String,
    pub from: String,
    pub into: String,
}

/// A merge that stands, with what it moved beside lots, so that it can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Who was merged, and the version that this made of the member.
    pub member: MemberId,
    pub version: i64,
    pub into: MemberId,
    pub merged_at: Instant,
    pub moved: Moved,
    /// Made by this batch.
    pub(crate) new: bool,
    pub(crate) changed: bool,
}

impl World {
    /// The merge that stands of a member, if it was noted: one that was undone does not, nor one that was noted before an earlier
    /// release merged the member again.
    pub(super) fn merge_of(&mut self, member: MemberId) -> Option<&mut Merged> {
        let into = self.key_of(member).and_then(|key| self.members.get(key)?.merged_into)?;
        self.merges.get_mut(&member).filter(|merged| merged.into == into)
    }
}

impl Order {
    /// What was taken back of each award that was not in its own lots any more.
    pub(super) fn taken_beyond(&self, member: &Member, taken: &[Entry]) -> Vec<Points> {
        let beyond = |award: &OrderAward| {
            let own = self.own_lots(award, member);
            let taken = taken.iter().filter(|entry| entry.currency == award.currency);
            let taken = taken.map(|entry| &entry.movement).filter(|movement| movement.kind == Kind::Clawback);
            let parts = |movement: &Movement| -> Points {
                let own = movement.allocations.iter().filter(|part| own.contains(&part.lot));
                movement.amount - own.map(|part| part.points).sum()
            };
            taken.map(parts).sum()
        };
        self.awards.iter().map(beyond).collect()
    }
}

impl World {
    /// What of an order's points had filled a deficit of whoever its member has become, and has been taken back since, is not
    /// to come back.
    pub(super) fn lessen_filled(&mut self, order: &Order, beyond: Vec<Points>) {
        for (award, mut due) in order.awards.iter().zip(beyond) {
            let home = order.home(award).map(|home| home.0);
            let mut next = order.member.filter(|_| due.is_positive());
            while let Some(member) = next {
                if let Some(merged) = self.merge_of(member) {
                    for filled in
                        merged.moved.filled.iter_mut().filter(|filled| filled.currency == award.currency)
                    {
                        let is_own = filled.origin.is_some_and(|(owner, lot)| {
                            Some(owner) == home && award.lots().any(|own| own == lot)
                        });
                        let part = if is_own { due.min(filled.points) } else { Points::ZERO };
                        filled.points -= part;
                        due -= part;
                        merged.changed |= part.is_positive();
                    }
                    merged.moved.filled.retain(|filled| filled.points.is_positive());
                }
                next = self.key_of(member).and_then(|key| self.members.get(key)?.merged_into);
            }
        }
    }
}

/// What a merge moved, and by what its lots are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    /// Whose lots they were in the beginning, beside the member's own.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub owners: BTreeSet<Uuid>,
    /// Since when the other was a member.
    pub enrolled_at: Instant,
    /// Partners that the other had not linked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// What counted towards the tier, less what the member's own orders have lost since, by window.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub amounts: BTreeMap<i32, Decimal>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<HoldId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deficits: Vec<Carried>,
    /// What of the member's lots filled a deficit of the other's at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filled: Vec<Filled>,
}

/// Points of a lot that went into another member's deficit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filled {
    pub currency: String,
    pub points: Points,
    pub expires_at: Option<Instant>,
    pub origin: Option<(Uuid, i64)>,
}

/// A deficit that the other carries, and what the other paid for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Carried {
    pub currency: String,
    pub points: Points,
    pub parts: Vec<Allocation>,
    /// What no lot paid.
    pub unpaid: Points,
}

impl Merge {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        let from = world.member_of(&self.program, &self.from, context)?;
        let into = world.member_of(&self.program, &self.into, context)?;
        if from == into {
            return Err(Refusal::bad_input("fromCustomerId", "is the same member as `intoCustomerId`"));
        }
        for wallet in &world.members[&from].wallets {
            let (has, waits) = world.members[&into].balance_at(&wallet.currency, context.now);
            if !(has + waits + wallet.available() + wallet.pending() + wallet.held()).in_range() {
                return Err(Refusal::bad_input("fromCustomerId", "would bring the balance beyond 2^53"));
            }
        }

        let mut source = world.members.remove(&from).expect("it was found above");
        let mut target = world.members.remove(&into).expect("it was found above");
        let mut entries = source.settle(&program, context.now);
        entries.extend(target.settle(&program, context.now));
        let has_linked = |partner: &str| target.has_linked(partner);
        let links = source.partners.iter().map(|link| &link.partner).filter(|partner| !has_linked(partner));
        let mut moved = Moved {
            owners: BTreeSet::new(),
            enrolled_at: target.enrolled_at,
            links: links.cloned().collect(),
            amounts: BTreeMap::new(),
            holds: Vec::new(),
            deficits: Vec::new(),
            filled: Vec::new(),
        };
        for currency in source.wallets.iter().map(|wallet| wallet.currency.clone()).collect::<Vec<_>>() {
            entries.extend(move_wallet(
                &mut source,
                &mut target,
                &currency,
                &mut moved,
                &program,
                context.now,
            ));
        }
        let standing = std::mem::replace(&mut source.standing, Standing::new(&program, context.now));
        for (window, amount) in &standing.amounts {
            target.standing.count(&program, *window, *amount, (context.now, context.now));
        }
        moved.amounts = standing.amounts;
        target.enrolled_at = target.enrolled_at.min(source.enrolled_at);
        if source.status == MemberStatus::Blocked {
            target.status = MemberStatus::Blocked;
        }
        target.take_links_of(&source);
        source.status = MemberStatus::Merged;
        source.merged_into = Some(target.id);
        source.touched();
        target.touched();
        let merged = Merged {
            member: source.id,
            version: source.version,
            into: target.id,
            merged_at: context.now,
            moved,
            new: true,
            changed: true,
        };
        world.merges.insert(source.id, merged);
        world.add_member(source);
        world.add_member(target);
        world.entries.extend(entries);
        Ok(Decision::new(Outcome::Merged { member: into, from }))
    }
}

/// Both sides of one wallet's move: what is held first, then everything else, then the deficit.
fn move_wallet(
    source: &mut Member,
    target: &mut Member,
    currency: &str,
    moved: &mut Moved,
    program: &Program,
    now: Instant,
) -> Vec<Entry> {
    moved.owners.extend(source.wallet(currency).into_iter().flat_map(first_owners));
    let holds = move_holds((source, target), currency, (|_| true, |_: &Lot| true), now);
    moved.holds.extend(&holds.ids);
    let owner = source.id.0;
    let (wallet, next_seq) = source.wallet_mut(currency);
    let full = wallet.give(|_| true, now, next_seq);
    let credits: Vec<_> =
        full.iter().flat_map(|movement| wallet.credits_for(&movement.allocations, owner, now)).collect();
    let deficit = wallet.hand_over_deficit(now, next_seq);

    let (wallet, next_seq) = target.wallet_mut(currency);
    let mut taken: Vec<Movement> = Vec::new();
    for credit in &credits {
        let movements = wallet.credit(credit, now, next_seq);
        let points: Points = movements[0].allocations.iter().map(|part| part.points).sum();
        if points.is_positive() {
            let (currency, expires_at, origin) = (currency.to_owned(), credit.expires_at, credit.origin);
            moved.filled.push(Filled { currency, points, expires_at, origin });
        }
        taken.extend(movements);
    }
    if let Some(deficit) = &deficit {
        let paid = wallet.debit(Kind::TransferOut, Account::Transferred, deficit.amount, now, next_seq);
        moved.deficits.push(Carried {
            currency: currency.to_owned(),
            points: paid.amount,
            parts: paid.allocations.clone(),
            unpaid: paid.deficit,
        });
        taken.push(paid);
    }
    let cause = |reason| EntryContext {
        order: None,
        reason: Some(reason),
        program_version: program.version(),
        explanation: None,
    };
    let given = holds.given.into_iter().chain(full).chain(deficit).collect();
    let taken = holds.taken.into_iter().chain(taken).collect();
    let mut entries = source.entries(currency, given, &cause(MERGED), now);
    entries.extend(target.entries(currency, taken, &cause("merged from another member"), now));
    entries
}

/// Whose the lots were in the beginning that still hold something, or of which something is set aside, and came from others.
fn first_owners(wallet: &Wallet) -> impl Iterator<Item = Uuid> {
    let is_held = |lot: &Lot| {
        let open = wallet.holds().iter().filter(|hold| hold.is_open());
        open.flat_map(|hold| &hold.parts).any(|part| part.lot == lot.seq)
    };
    let full = wallet.lots().iter().filter(move |lot| lot.remaining.is_positive() || is_held(lot));
    full.filter_map(|lot| lot.origin).map(|(owner, _)| owner)
}

/// Holds that moved, and the movements of both sides.
#[derive(Default)]
pub(super) struct MovedHolds {
    ids: Vec<HoldId>,
    pub(super) given: Vec<Movement>,
    pub(super) taken: Vec<Movement>,
}

/// Moves open holds from one member to another, with what some lots gave; they end when they would have, and hold as much.
pub(super) fn move_holds(
    (source, target): (&mut Member, &mut Member),
    currency: &str,
    (is_moved, is_given): (impl Fn(HoldId) -> bool, impl Fn(&Lot) -> bool),
    now: Instant,
) -> MovedHolds {
    let owner = source.id.0;
    let mut moved = MovedHolds::default();
    let is_moved = |record: &mut HoldRecord| record.currency == currency && is_moved(record.id);
    for record in source.holds.extract_if(.., is_moved).collect::<Vec<_>>() {
        let (wallet, next_seq) = source.wallet_mut(currency);
        let Some(hold) = wallet.open_hold(record.seq).cloned() else {
            source.holds.push(record);
            continue;
        };
        let is_given_part =
            |part: &&Allocation| wallet.lots().iter().find(|lot| lot.seq == part.lot).is_some_and(&is_given);
        let parts: Vec<Allocation> = hold.parts.iter().filter(is_given_part).copied().collect();
        let credits = wallet.credits_for(&parts, owner, now);
        let given: Points = parts.iter().map(|part| part.points).sum();
        moved.given.extend(wallet.hand_over_hold(hold.seq, &is_given, now, next_seq));
        let (wallet, next_seq) = target.wallet_mut(currency);
        let others = hold.held() - given;
        let taken = wallet.take_over_hold(&credits, others, (now, hold.expires_at), next_seq);
        let seq = taken.last().map_or(record.seq, |movement| movement.seq);
        moved.ids.push(record.id);
        target.holds.push(HoldRecord { seq, ..record });
        moved.taken.extend(taken);
    }
    moved
}

//! Makes one member of two.

use serde::Serialize;
use uuid::Uuid;

use super::{
    Context, Decision, Entry, HoldRecord, Member, MemberStatus, Outcome, Refusal, World, world::EntryContext,
};
use crate::{
    clock::Instant,
    ledger::{Account, Allocation, Kind, Movement, Points, Wallet},
    program::Program,
};

/// Makes one member of two: lots with their ends, holds, the deficit and the tier's amounts move; whatever is asked of the
/// one from then on is asked of the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Merge {
    pub program: String,
    pub from: String,
    pub into: String,
}

impl Merge {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        let (from, into) =
            (world.member_of(&self.program, &self.from)?, world.member_of(&self.program, &self.into)?);
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
        for currency in source.wallets.iter().map(|wallet| wallet.currency.clone()).collect::<Vec<_>>() {
            entries.extend(move_wallet(&mut source, &mut target, &currency, &program, context));
        }
        for (window, amount) in std::mem::take(&mut source.standing.amounts) {
            target.standing.count(&program, window, amount, (context.now, context.now));
        }
        target.enrolled_at = target.enrolled_at.min(source.enrolled_at);
        if source.status == MemberStatus::Blocked {
            target.status = MemberStatus::Blocked;
        }
        source.status = MemberStatus::Merged;
        source.merged_into = Some(target.id);
        source.touched();
        target.touched();
        world.add_member(source);
        world.add_member(target);
        world.entries.extend(entries);
        Ok(Decision::new(Outcome::Merged { member: into, from }))
    }
}

/// Both sides of one wallet's move.
fn move_wallet(
    source: &mut Member,
    target: &mut Member,
    currency: &str,
    program: &Program,
    context: &Context<'_>,
) -> Vec<Entry> {
    let now = context.now;
    let open: Vec<_> = source
        .holds
        .iter()
        .filter(|record| record.currency == currency)
        .filter_map(|record| Some((record.clone(), source.wallet(currency)?.open_hold(record.seq)?.clone())))
        .collect();
    let owner = source.id.0;
    let (wallet, next_seq) = source.wallet_mut(currency);
    let origins: Vec<Vec<Origin>> =
        open.iter().map(|(_, hold)| origins(wallet, &hold.parts, owner, now)).collect();
    let mut given: Vec<Movement> =
        open.iter().flat_map(|(_, hold)| wallet.release(hold.seq, now, next_seq)).collect();
    let full = wallet.give_all(now, next_seq);
    let credits: Vec<_> =
        full.iter().flat_map(|movement| wallet.credits_for(&movement.allocations, owner, now)).collect();
    let deficit = wallet.hand_over_deficit(now, next_seq);
    given.extend(full);

    let (wallet, next_seq) = target.wallet_mut(currency);
    let mut taken: Vec<Movement> =
        credits.iter().flat_map(|credit| wallet.credit(credit, now, next_seq)).collect();
    if let Some(deficit) = &deficit {
        taken.push(wallet.debit(Kind::TransferOut, Account::Transferred, deficit.amount, now, next_seq));
    }
    given.extend(deficit);
    for ((record, hold), origins) in open.into_iter().zip(origins) {
        // What ended while it was held has expired with the release, and can be held no longer.
        let points = hold.deficit + origins.iter().map(|origin| origin.points).sum();
        if points.is_positive() {
            let (wallet, next_seq) = target.wallet_mut(currency);
            let first: Vec<i64> = origins
                .iter()
                .flat_map(|from| wallet.lots_out_of(from.owner, from.lot))
                .map(|lot| lot.seq)
                .collect();
            let movement = wallet.hold(points, &first, (now, hold.expires_at), next_seq);
            source.holds.retain(|held| held.id != record.id);
            target.holds.push(HoldRecord { seq: movement.seq, ..record });
            taken.push(movement);
        }
    }
    let cause = |reason| EntryContext {
        order: None,
        reason: Some(reason),
        program_version: program.version(),
        explanation: None,
    };
    let mut entries = source.entries(currency, given, &cause("merged into another member"), now);
    entries.extend(target.entries(currency, taken, &cause("merged from another member"), now));
    entries
}

/// Points of a hold, by the lot that they first came in.
struct Origin {
    owner: Uuid,
    lot: i64,
    points: Points,
}

/// Where the points of a hold come from that have not ended meanwhile.
fn origins(wallet: &Wallet, parts: &[Allocation], owner: Uuid, now: Instant) -> Vec<Origin> {
    let alive = parts.iter().filter(|part| part.expires_at.is_none_or(|end| end > now));
    let origin = |part: &Allocation| {
        let known = wallet.lots().iter().find(|lot| lot.seq == part.lot).and_then(|lot| lot.origin);
        let (owner, lot) = known.unwrap_or((owner, part.lot));
        Origin { owner, lot, points: part.points }
    };
    alive.map(origin).collect()
}

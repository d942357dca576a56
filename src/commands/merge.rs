//! Makes one member of two.

use serde::Serialize;

use super::{
    Context, Decision, Entry, HoldRecord, Member, MemberStatus, Outcome, Refusal, World, world::EntryContext,
};
use crate::{
    clock::Instant,
    ledger::{Account, Kind, Movement},
    program::{Program, Standing},
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
        for currency in source.wallets.iter().map(|wallet| wallet.currency.clone()).collect::<Vec<_>>() {
            entries.extend(move_wallet(&mut source, &mut target, &currency, &program, context));
        }
        let standing = std::mem::replace(&mut source.standing, Standing::new(&program, context.now));
        for (window, amount) in standing.amounts {
            target.standing.count(&program, window, amount, (context.now, context.now));
        }
        target.enrolled_at = target.enrolled_at.min(source.enrolled_at);
        if source.status == MemberStatus::Blocked {
            target.status = MemberStatus::Blocked;
        }
        target.take_links_of(&source);
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

/// Both sides of one wallet's move: what is held first, then everything else, then the deficit.
fn move_wallet(
    source: &mut Member,
    target: &mut Member,
    currency: &str,
    program: &Program,
    context: &Context<'_>,
) -> Vec<Entry> {
    let now = context.now;
    let holds = move_holds(source, target, currency, now);
    let owner = source.id.0;
    let (wallet, next_seq) = source.wallet_mut(currency);
    let full = wallet.give_all(now, next_seq);
    let credits: Vec<_> =
        full.iter().flat_map(|movement| wallet.credits_for(&movement.allocations, owner, now)).collect();
    let deficit = wallet.hand_over_deficit(now, next_seq);

    let (wallet, next_seq) = target.wallet_mut(currency);
    let mut taken: Vec<Movement> =
        credits.iter().flat_map(|credit| wallet.credit(credit, now, next_seq)).collect();
    if let Some(deficit) = &deficit {
        taken.push(wallet.debit(Kind::TransferOut, Account::Transferred, deficit.amount, now, next_seq));
    }
    let cause = |reason| EntryContext {
        order: None,
        reason: Some(reason),
        program_version: program.version(),
        explanation: None,
    };
    let given = holds.given.into_iter().chain(full).chain(deficit).collect();
    let taken = holds.taken.into_iter().chain(taken).collect();
    let mut entries = source.entries(currency, given, &cause("merged into another member"), now);
    entries.extend(target.entries(currency, taken, &cause("merged from another member"), now));
    entries
}

/// The movements of both sides.
#[derive(Default)]
struct Moved {
    given: Vec<Movement>,
    taken: Vec<Movement>,
}

/// Moves the open holds, which end when they would have.
fn move_holds(source: &mut Member, target: &mut Member, currency: &str, now: Instant) -> Moved {
    let owner = source.id.0;
    let mut moved = Moved::default();
    for record in source.holds.extract_if(.., |record| record.currency == currency).collect::<Vec<_>>() {
        let (wallet, next_seq) = source.wallet_mut(currency);
        let Some(hold) = wallet.open_hold(record.seq).cloned() else {
            source.holds.push(record);
            continue;
        };
        let credits = wallet.credits_for(&hold.parts, owner, now);
        moved.given.extend(wallet.hand_over_hold(hold.seq, now, next_seq));
        let (wallet, next_seq) = target.wallet_mut(currency);
        let taken = wallet.take_over_hold(&credits, hold.deficit, (now, hold.expires_at), next_seq);
        let seq = taken.last().map_or(record.seq, |movement| movement.seq);
        target.holds.push(HoldRecord { seq, ..record });
        moved.taken.extend(taken);
    }
    moved
}

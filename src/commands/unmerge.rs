//! Undoes a merge.

use std::collections::BTreeSet;

use serde::Serialize;
use uuid::Uuid;

use super::{
    Context, Decision, Member, MemberKey, Outcome, Refusal, World,
    merge::{Carried, Moved, move_holds},
    world::EntryContext,
};
use crate::{
    clock::Instant,
    ids::MemberId,
    ledger::{Account, Credit, Kind, Lot, Movement},
};

/// What entries say by which it gives back.
pub(crate) const UNMERGED: &str = "a merge was undone";

/// Undoes the merge of a member: what is still there of the member's own points goes back with the ends that it has, open holds
/// on them, the deficit that the other took over and what counts towards the tier. What was spent meanwhile stays spent, and
/// what was recorded meanwhile is the other's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unmerge {
    pub program: String,
    pub customer: String,
}

impl Unmerge {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        let own = MemberKey::new(&self.program, &self.customer);
        let other = self.whom(&own, world, context)?;
        let id = world.members[&own].id;
        let mut owners: BTreeSet<Uuid> = kin_of(id, world).into_iter().map(|kin| kin.0).collect();
        let Some(merged) = world.merge_of(id) else {
            let message = "was merged by an earlier release, which did not note what it moved";
            return Err(Refusal::bad_input("customerId", message));
        };
        let moved = merged.moved.clone();
        // It stands no longer.
        (merged.into, merged.changed) = (id, true);
        owners.extend(&moved.owners);
        owners.insert(id.0);
        owners.remove(&world.members[&other].id.0);
        let is_own = |lot: &Lot| lot.origin.is_some_and(|(owner, _)| owners.contains(&owner));

        let mut member = world.members.remove(&own).expect("it was found above");
        let mut keeper = world.members.remove(&other).expect("it was found above");
        let now = context.now;
        let mut entries = keeper.settle(&program, now);
        member.standing.settle(&program, now);
        let currencies = keeper.wallets.iter().map(|wallet| wallet.currency.clone());
        for currency in currencies.collect::<Vec<_>>() {
            let (given, taken) = part_wallets((&mut member, &mut keeper), &currency, &moved, is_own, now);
            let cause = EntryContext {
                order: None,
                reason: Some(UNMERGED),
                program_version: program.version(),
                explanation: None,
            };
            entries.extend(keeper.entries(&currency, given, &cause, now));
            entries.extend(member.entries(&currency, taken, &cause, now));
        }
        for (window, amount) in &moved.amounts {
            keeper.standing.count(&program, *window, -amount, (now, now));
            member.standing.count(&program, *window, *amount, (now, now));
        }
        if keeper.enrolled_at == member.enrolled_at {
            keeper.enrolled_at = moved.enrolled_at;
        }
        // What was unlinked meanwhile stays unlinked.
        member.partners.retain(|link| keeper.has_linked(&link.partner));
        let is_borrowed = |partner: &String| moved.links.contains(partner);
        keeper.partners.retain(|link| !(is_borrowed(&link.partner) && member.partners.contains(link)));
        member.status = keeper.status;
        member.merged_into = None;
        member.touched();
        keeper.touched();
        world.add_member(member);
        world.add_member(keeper);
        world.entries.extend(entries);
        Ok(Decision::new(Outcome::Unmerged { member: own, from: other }))
    }

    /// Whom the member was merged into, where that can be undone now.
    fn whom(&self, own: &MemberKey, world: &World, context: &Context<'_>) -> Result<MemberKey, Refusal> {
        let customer = || self.customer.clone();
        let member = world.members.get(own).filter(|_| world.is_open_to(own, context));
        let member = member.ok_or_else(|| Refusal::NotAMember { customer: customer() })?;
        let into = member.merged_into.ok_or_else(|| Refusal::NotMerged { customer: customer() })?;
        let other = world.key_of(into).and_then(|key| world.members.get(key));
        let other = other.expect("whom a member has become is loaded with it");
        if other.merged_into.is_some() {
            let customer = &other.key.customer;
            let message = format!("was merged into `{customer}`, who was merged since: that is undone first");
            return Err(Refusal::bad_input("customerId", message));
        }
        Ok(other.key.clone())
    }
}

/// Who stands merged into a member, as it was found and as this batch has made it.
fn kin_of(member: MemberId, world: &World) -> BTreeSet<MemberId> {
    let mut kin = world.kin.get(&member).cloned().unwrap_or_default();
    // Whoever has been parted since, or was merged into another, is none.
    let is_still = |id: &MemberId| {
        let loaded = world.key_of(*id).and_then(|key| world.members.get(key));
        loaded.is_none_or(|kin| {
            kin.merged_into.is_some_and(|into| into == member || world.kin[&member].contains(&into))
        })
    };
    kin.retain(is_still);
    kin.insert(member);
    loop {
        let others =
            world.members.values().filter(|other| other.merged_into.is_some_and(|into| kin.contains(&into)));
        let more: Vec<MemberId> = others.map(|other| other.id).filter(|other| !kin.contains(other)).collect();
        if more.is_empty() {
            return kin;
        }
        kin.extend(more);
    }
}

/// What happens in one currency, given by the keeper and taken by the member: the deficit first, so that what comes back fills
/// it, then what is held, then everything else that is the member's own, what is gone of it, and what had filled the keeper's
/// deficit.
fn part_wallets(
    (member, keeper): (&mut Member, &mut Member),
    currency: &str,
    moved: &Moved,
    is_own: impl Fn(&Lot) -> bool,
    now: Instant,
) -> (Vec<Movement>, Vec<Movement>) {
    let (mut given, mut taken) = (Vec::new(), Vec::new());
    for Carried { points, parts, unpaid, .. } in
        moved.deficits.iter().filter(|carried| carried.currency == currency)
    {
        let (wallet, next_seq) = member.wallet_mut(currency);
        taken.push(wallet.debit(Kind::TransferOut, Account::Transferred, *points, now, next_seq));
        let (wallet, next_seq) = keeper.wallet_mut(currency);
        given.extend(wallet.take_back_paid(parts.clone(), *unpaid, now, next_seq));
    }

    let is_moved = |id| moved.holds.contains(&id);
    let holds = move_holds((keeper, member), currency, (is_moved, &is_own), now);
    given.extend(holds.given);
    taken.extend(holds.taken);

    let keeper_id = keeper.id.0;
    let (wallet, next_seq) = keeper.wallet_mut(currency);
    let full = wallet.give(&is_own, now, next_seq);
    let mut credits: Vec<_> =
        full.iter().flat_map(|movement| wallet.credits_for(&movement.allocations, keeper_id, now)).collect();
    let gone = wallet.give_gone(&is_own, now, next_seq);
    let of_gone = gone.iter().flat_map(|movement| {
        let credits = wallet.credits_for(&movement.allocations, keeper_id, now);
        credits.into_iter().map(|credit| (credit, movement.debit == Account::Expired))
    });
    let mut of_gone: Vec<_> = of_gone.collect();
    // What is left of those lots is what the keeper has spent and may have back.
    wallet.forget_origins(&is_own);
    given.extend(full.into_iter().chain(gone));
    for filled in moved.filled.iter().filter(|filled| filled.currency == currency) {
        given.push(wallet.debit(Kind::TransferOut, Account::Transferred, filled.points, now, next_seq));
        let credit = Credit {
            kind: Kind::TransferIn,
            from: Account::Transferred,
            points: filled.points,
            occurred_at: now,
            activates_at: now,
            awaits_event: false,
            expires_at: filled.expires_at,
            origin: filled.origin,
        };
        if filled.expires_at.is_some_and(|end| end <= now) {
            of_gone.push((credit, true));
        } else {
            credits.push(credit);
        }
    }

    if !(credits.is_empty() && of_gone.is_empty()) {
        let (wallet, next_seq) = member.wallet_mut(currency);
        taken.extend(credits.iter().flat_map(|credit| wallet.credit(credit, now, next_seq)));
        taken.extend(
            of_gone.iter().flat_map(|(credit, expired)| wallet.take_gone(credit, *expired, next_seq)),
        );
    }
    (given, taken)
}

//! What is checked after commands, beside the invariants of the books.

use std::collections::BTreeMap;

use loyalty::{
    clock::Instant,
    commands::{Command, Entry, Member, MemberSnapshot},
    ledger::{Points, Wallet},
};
use pretty_assertions::assert_eq;

use super::telling::Told;
use crate::desk::{Desk, Picture};

/// A version grows whenever what it is of changes, and only then: two readings of one version are the same.
pub(super) fn versions_tell_of_changes(before: &Picture, desk: &Desk, told: &Told) {
    let written = &desk.world.entries[before.entries.len()..];
    for member in desk.world.members.values() {
        let was = before.members.get(&member.key);
        let grown = member.version > was.map_or(0, |was| was.version);
        assert_eq!(grown, was != Some(member), "{member:?} after {told:?}");
        for wallet in &member.wallets {
            let was = was.and_then(|was| was.wallet(&wallet.currency));
            wallet_version(was, wallet, (member, told), written);
        }
    }
    // Time by itself takes a step for each instant at which something changed.
    if let (Command::Expire(expire), Ok(_)) = (&told.command, &told.decided) {
        let member = desk.member(&expire.customer).expect("time has passed for a member");
        for wallet in &member.wallets {
            let own = written.iter().filter(|entry| entry.currency == wallet.currency);
            let mut instants: Vec<Instant> = own.map(|entry| entry.movement.occurred_at).collect();
            instants.dedup();
            let was = before.members[&member.key].wallet(&wallet.currency).map_or(0, |was| was.version);
            assert_eq!(usize::try_from(wallet.version - was), Ok(instants.len()), "{instants:?}");
        }
    }
}

fn wallet_version(
    was: Option<&Wallet>,
    wallet: &Wallet,
    (member, told): (&Member, &Told),
    written: &[Entry],
) {
    let grown = wallet.version > was.map_or(0, |was| was.version);
    let own = |entry: &Entry| entry.member == member.id && entry.currency == wallet.currency;
    assert_eq!(grown, written.iter().any(own), "{wallet:?}");
    // Where lots came from is nothing that is read, and is forgotten where a merge is undone.
    let forgets = matches!(told.command, Command::Unmerge(_));
    assert!(grown || forgets || was.is_none_or(|was| was == wallet), "{wallet:?} was {was:?}");
}

/// What a snapshot shows of a later moment that it reaches is what the ledger will hold then.
pub(super) fn a_snapshot_foresees(desk: &Desk, member: &Member, later: Instant) {
    let snapshot = MemberSnapshot::of(member);
    if !snapshot.reaches(later) {
        return;
    }
    let settled = desk.settled(member, later);
    let reading = snapshot.at(&desk.program, later);
    assert_eq!(reading.tier, settled.standing.reading(&desk.program, later), "the tier");
    assert_eq!(
        reading.tier.as_ref().map(|tier| (&tier.level.id, tier.since)),
        settled
            .standing
            .tier
            .as_ref()
            .map(|tier| (tier, settled.standing.since))
            .filter(|_| reading.tier.is_some()),
        "the tier as it is stored"
    );
    let open: BTreeMap<_, _> = snapshot.holds_at(later).map(|hold| (hold.id, hold.points)).collect();
    let of_ledger = settled.holds.iter().filter_map(|record| {
        let (_, hold) = settled.hold(record.id)?;
        hold.is_open().then_some((record.id, hold.points))
    });
    assert_eq!(open, of_ledger.collect(), "the open holds");
    for wallet in &reading.wallets {
        let empty = Wallet::new(wallet.currency.clone());
        let real = settled.wallet(&wallet.currency).unwrap_or(&empty);
        assert_eq!(
            (wallet.available, wallet.pending, wallet.held, wallet.version, wallet.lifetime_earned),
            (real.available(), real.pending(), real.held(), real.version, real.totals.earned)
        );
        let told = |at: &Instant| wallet.listed_until.is_none_or(|until| *at < until);
        let (mut expiries, mut activations) = (BTreeMap::new(), BTreeMap::new());
        for lot in real.lots().iter().filter(|lot| lot.remaining.is_positive()) {
            let (coming, at) = match (lot.active, lot.awaits_event) {
                (true, _) => (&mut expiries, lot.expires_at),
                (false, false) => (&mut activations, Some(lot.activates_at)),
                (false, true) => continue,
            };
            if let Some(at) = at.filter(told) {
                *coming.entry(at).or_insert(Points::ZERO) += lot.remaining;
            }
        }
        let listed = |list: &[(Instant, Points)]| -> Vec<_> {
            list.iter().copied().filter(|(at, _)| told(at)).collect()
        };
        assert_eq!(listed(&wallet.expiries), expiries.into_iter().collect::<Vec<_>>());
        assert_eq!(listed(&wallet.activations), activations.into_iter().collect::<Vec<_>>());
    }
}

/// What has an id of its own knows itself again by it. What has none is known by the idempotency key, which is the
/// journal's.
pub(super) fn say_again(desk: &mut Desk, first: &[Told]) {
    let before = desk.picture();
    let is_parting = |told: &Told| matches!(told.command, Command::Unmerge(_)) && told.decided.is_ok();
    let has_parted = first.iter().any(is_parting);
    for told in first {
        let Ok(decision) = &told.decided else { continue };
        let by_id = matches!(
            told.command,
            Command::RecordOrder(_)
                | Command::RecordReturn(_)
                | Command::RecordFulfilment(_)
                | Command::CancelOrder(_)
                | Command::ClaimOrder(_)
        );
        if matches!(told.command, Command::Enroll(_) | Command::CaptureHold(_) | Command::ReleaseHold(_)) {
            desk.decide(&told.command, told.now).expect_err("it comes once");
        }
        // Who claimed an order as part of another may be another again, and the order is the other's.
        if !by_id || has_parted && matches!(told.command, Command::ClaimOrder(_)) {
            continue;
        }
        let again = desk.decide(&told.command, told.now).expect("it was accepted before");
        assert!(again.replayed, "{told:?}");
        assert_eq!(again.outcome.order(), decision.outcome.order(), "{told:?}");
        if matches!(told.command, Command::RecordReturn(_)) {
            assert_eq!(again.outcome, decision.outcome, "{told:?}");
        }
    }
    assert_eq!(desk.picture(), before);
}

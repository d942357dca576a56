//! Holds, redemptions and counters.

use std::collections::BTreeMap;

use loyalty::{
    commands::{Entry, Member, Redemption},
    ledger::{Allocation, Hold, HoldState, Kind, Movement, Points, Wallet},
};

use super::{sum, totals_of_all};
use crate::desk::Desk;

/// A hold ends once: what was set aside was captured, came back, or both, and then nothing more is said of it.
pub(super) fn holds_end_once(wallet: &Wallet, entries: &[&Entry]) {
    let of_kind = |kind: Kind| {
        entries.iter().map(|entry| &entry.movement).filter(move |movement| movement.kind == kind)
    };
    for set in of_kind(Kind::Hold) {
        assert_eq!(set.hold, Some(set.seq), "a hold names itself");
        let ends = |kind| of_kind(kind).filter(|end| end.hold == set.hold).collect::<Vec<&Movement>>();
        let (captures, releases) = (ends(Kind::Capture), ends(Kind::Release));
        let moves = ends(Kind::TransferOut);
        assert!(captures.len() + moves.len() <= 1 && releases.len() <= 1, "{set:?} ends once");
        let ended = sum(captures.iter().chain(&releases).chain(&moves).map(|end| end.amount));
        let known = wallet.holds().iter().find(|hold| hold.seq == set.seq);
        let open = known.is_some_and(Hold::is_open);
        assert_eq!(ended, if open { 0 } else { set.amount.0 }, "{set:?} is open, or all of it has ended");
        if let Some(hold) = known {
            assert_eq!(hold.points, set.amount);
            assert_eq!(hold.captured.0, sum(captures.iter().map(|end| end.amount)));
            assert_eq!(hold.state == HoldState::Captured, !captures.is_empty());
        }
        for end in captures.iter().chain(&moves) {
            what_ended_was_held(set, end);
        }
    }
    for end in of_kind(Kind::Capture).chain(of_kind(Kind::Release)) {
        assert!(of_kind(Kind::Hold).any(|set| set.hold == end.hold), "{end:?} ends no hold");
    }
}

/// Points of a hold that went elsewhere name the lots that had given them, those that gave first being first.
fn what_ended_was_held(set: &Movement, end: &Movement) {
    let mut left = end.amount;
    let mut expected = Vec::new();
    for part in &set.allocations {
        let points = part.points.min(left);
        left -= points;
        expected.extend(points.is_positive().then_some(Allocation { points, ..*part }));
    }
    assert_eq!((&end.allocations, end.deficit), (&expected, left), "{end:?} of {set:?}");
}

/// Whatever is held is held by a hold of the member's, and the other way round.
pub(super) fn holds_have_their_records(member: &Member) {
    for wallet in &member.wallets {
        for hold in wallet.holds().iter().filter(|hold| hold.is_open()) {
            let own = |record: &&loyalty::commands::HoldRecord| {
                record.seq == hold.seq && record.currency == wallet.currency
            };
            assert_eq!(member.holds.iter().filter(own).count(), 1, "{hold:?} of {:?}", member.key);
        }
    }
    for record in &member.holds {
        assert!(member.hold(record.id).is_some(), "{record:?} holds something of {:?}", member.key);
    }
}

/// What was spent is an entry of as many points paid by the same lots, and no more came back than was spent.
pub(super) fn redemptions_are_explained(desk: &Desk) {
    let mut spent: BTreeMap<&str, i64> = BTreeMap::new();
    for (id, redemption) in &desk.world.redemptions {
        let Redemption { points, recredited, .. } = redemption;
        assert_eq!(*id, redemption.id);
        assert!(*recredited >= Points::ZERO && recredited <= points, "{redemption:?}");
        assert!(!redemption.reversed || recredited == points, "{redemption:?}");
        let own = |entry: &&Entry| {
            (entry.member, entry.movement.seq) == (redemption.member, redemption.seq)
                && entry.currency == redemption.currency
        };
        let entry = desk.world.entries.iter().find(own).expect("a redemption has its entry");
        assert!(matches!(entry.movement.kind, Kind::Redeem | Kind::Capture), "{entry:?}");
        assert_eq!(
            (entry.movement.amount, &entry.movement.allocations, entry.movement.deficit),
            (*points, &redemption.parts, redemption.deficit)
        );
        *spent.entry(redemption.currency.as_str()).or_default() += points.0 - recredited.0;
    }
    for (currency, total) in totals_of_all(desk, |totals| totals.redeemed) {
        assert_eq!(total, spent.get(currency).copied().unwrap_or_default(), "{currency} that are spent");
    }
}

/// A counter counts what was redeemed and not reversed, and what is held; together never more than there is.
pub(super) fn counters_are_explained(desk: &Desk) {
    for reward in desk.program.document().rewards.iter().filter(|reward| reward.stock.is_some()) {
        let place = (desk.program.id().to_owned(), loyalty::commands::spending::stock_counter(&reward.id));
        let counter = desk.world.counters.get(&place).cloned().unwrap_or_default();
        let of_reward = |spent: &&Redemption| {
            spent.reward.as_ref() == Some(&reward.id) && spent.counted && !spent.reversed
        };
        let taken = desk.world.redemptions.values().filter(of_reward).count();
        assert_eq!(usize::try_from(counter.taken), Ok(taken), "taken of {}", reward.id);
        let open = counter.leases.iter().filter(|lease| lease.open);
        assert_eq!(counter.held, open.map(|lease| lease.units).sum::<i64>(), "held of {}", reward.id);
        let stock = reward.stock.expect("filtered above").cast_signed();
        assert!(counter.taken + counter.held <= stock, "{} is overdrawn: {counter:?}", reward.id);
    }
}

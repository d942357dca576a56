//! What must hold of a ledger after every command, whatever the commands were.
//!
//! Nothing here asks the wallet how it reckons: balances are made again from the entries, which are what is stored.

use loyalty::{
    clock::Instant,
    commands::{Entry, Member},
    ledger::{Account, Kind, Points, Wallet},
};

use crate::desk::Desk;

/// Holds every invariant of every member and order of a world.
pub(super) fn hold(desk: &Desk) {
    for member in desk.world.members.values() {
        let entries: Vec<&Entry> = desk.entries_of(member).collect();
        let numbers = entries.iter().map(|entry| entry.movement.seq);
        assert!(numbers.eq(1..member.next_seq), "the numbers of a member's entries have no gap");
        for wallet in &member.wallets {
            let own: Vec<&Entry> =
                entries.iter().copied().filter(|entry| entry.currency == wallet.currency).collect();
            entries_explain_the_balance(wallet, &own);
            entries_explain_the_lots(wallet, &own);
            totals_are_sums(wallet, &own);
        }
        orders_explain_the_clawbacks(desk, member);
    }
}

fn sum(points: impl Iterator<Item = Points>) -> i64 {
    points.map(|points| points.0).sum()
}

/// Every entry's balance is that of the entry before it and its own movement; the last one's is what the lots hold.
fn entries_explain_the_balance(wallet: &Wallet, entries: &[&Entry]) {
    let (mut available, mut pending) = (0, 0);
    for entry in entries {
        let movement = &entry.movement;
        assert!(movement.amount.is_positive(), "a movement of nothing: {movement:?}");
        assert_ne!(movement.debit, movement.credit, "a movement has two sides: {movement:?}");
        for (account, points) in [(movement.debit, -movement.amount.0), (movement.credit, movement.amount.0)]
        {
            match account {
                Account::Available => available += points,
                Account::Pending => pending += points,
                _ => {}
            }
        }
        assert_eq!(movement.balance_after.0, available, "the balance after {movement:?}");
    }
    let active = sum(wallet.lots().iter().filter(|lot| lot.active).map(|lot| lot.remaining));
    let waiting = sum(wallet.lots().iter().filter(|lot| !lot.active).map(|lot| lot.remaining));
    assert_eq!(
        wallet.available().0,
        active - wallet.deficit.0,
        "available is what active lots hold less deficit"
    );
    assert_eq!(wallet.available().0, available, "available is the balance after the last entry");
    assert_eq!((wallet.pending().0, waiting), (pending, pending), "pending is what waiting lots hold");
    assert!(wallet.deficit >= Points::ZERO, "a deficit is not negative");
    assert!(
        wallet.deficit.is_zero() || active == 0,
        "there is no deficit while an active lot holds something"
    );
}

/// A lot was issued what it holds and what entries say that it gave; a debit is paid by lots or is deficit.
fn entries_explain_the_lots(wallet: &Wallet, entries: &[&Entry]) {
    let given = |lot: i64, kind: Option<Kind>| {
        let named = entries.iter().filter(|entry| kind.is_none_or(|kind| entry.movement.kind == kind));
        let parts = named.flat_map(|entry| &entry.movement.allocations).filter(|part| part.lot == lot);
        sum(parts.map(|part| part.points))
    };
    for lot in wallet.lots() {
        assert!(lot.remaining >= Points::ZERO && lot.expired >= Points::ZERO, "{lot:?}");
        assert_eq!(lot.issued.0, lot.remaining.0 + given(lot.seq, None), "what became of {lot:?}");
        assert_eq!(lot.expired.0, given(lot.seq, Some(Kind::Expire)), "what expired of {lot:?}");
        let credit =
            entries.iter().find(|entry| entry.movement.seq == lot.seq).expect("a lot has its credit");
        assert_eq!(credit.movement.amount, lot.issued, "{lot:?} was issued by {credit:?}");
    }
    let mut deficit = 0;
    for entry in entries {
        let movement = &entry.movement;
        let parts = sum(movement.allocations.iter().map(|part| part.points));
        if movement.debit.is_member() && !movement.credit.is_member() {
            assert_eq!(
                movement.amount.0,
                parts + movement.deficit.0,
                "a debit is paid or is deficit: {movement:?}"
            );
            deficit += movement.deficit.0;
        } else {
            assert!(
                parts <= movement.amount.0 && movement.deficit.is_zero(),
                "{movement:?} fills at most itself"
            );
            deficit -= parts;
        }
    }
    assert_eq!(wallet.deficit.0, deficit, "the deficit is what was not paid less what filled it");
    let order = |pair: &[loyalty::ledger::Lot]| pair[0].spending_order(&pair[1]).is_lt();
    assert!(wallet.lots().windows(2).all(order), "lots stand in spending order");
}

/// Totals are sums of entries by kind, and all that was given is somewhere.
fn totals_are_sums(wallet: &Wallet, entries: &[&Entry]) {
    let of = |kind: Kind| {
        let kind = entries.iter().filter(move |entry| entry.movement.kind == kind);
        kind.map(|entry| entry.movement.points().0).sum::<i64>()
    };
    let totals = wallet.totals;
    assert_eq!(totals.earned.0, of(Kind::Earn));
    assert_eq!(totals.adjusted.0, of(Kind::Adjust));
    assert_eq!(-totals.clawed_back.0, of(Kind::Clawback));
    assert_eq!(-totals.expired.0, of(Kind::Expire));
    assert_eq!(0, of(Kind::Activate));
    assert_eq!(
        totals.earned.0 + totals.adjusted.0,
        wallet.available().0 + wallet.pending().0 + totals.expired.0 + totals.clawed_back.0,
        "what was given is available, pending, expired or clawed back"
    );
}

/// What orders say was taken back of them is what the ledger took back.
fn orders_explain_the_clawbacks(desk: &Desk, member: &Member) {
    let orders = || desk.world.orders.values().filter(|order| order.member == Some(member.id));
    for wallet in &member.wallets {
        let awards =
            orders().flat_map(|order| &order.awards).filter(|award| award.currency == wallet.currency);
        assert_eq!(wallet.totals.clawed_back.0, sum(awards.map(|award| award.clawed_back)));
    }
    for order in orders() {
        let worth =
            desk.program.awards(&order.currency, &order.lines, &order.held).expect("it was valued before");
        for award in &order.awards {
            let worth = worth.iter().find(|worth| worth.currency == award.currency).expect("its currency");
            assert_eq!(
                award.earned.0 - worth.points.0,
                award.clawed_back.0 + award.forgiven.0 + award.uncollected.0,
                "what {} no longer earns was taken back, forgiven or left: {award:?}",
                order.id
            );
            let max = desk.program.currency(&award.currency).and_then(|currency| currency.deficit_max);
            assert!(max.is_some() || award.uncollected.is_zero(), "without a floor everything is collected");
        }
    }
}

/// How often a wallet's version must have grown by new entries, by the rule of `Wallet::settle`: once for the change
/// itself, and once for each instant at which time changed something (before the change and, of its own points, after).
pub(super) fn version_steps(written: &[&Entry]) -> i64 {
    let mut steps = 0;
    let mut last: Option<(bool, Instant)> = None;
    for entry in written {
        let movement = &entry.movement;
        let timed = matches!(movement.kind, Kind::Activate | Kind::Expire);
        let same =
            last.is_some_and(|(was_timed, at)| was_timed == timed && (!timed || at == movement.occurred_at));
        steps += i64::from(!same);
        last = Some((timed, movement.occurred_at));
    }
    steps
}

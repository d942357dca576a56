//! One wallet, made again from its entries.

use loyalty::{
    commands::Entry,
    ledger::{Account, Kind, Lot, Movement, Points, Wallet},
};

use super::sum;

/// Every entry's balance is that of the entry before it and its own movement; the last one's is what lots and holds have.
pub(super) fn entries_explain_the_balance(wallet: &Wallet, entries: &[&Entry]) {
    let (mut available, mut pending, mut held) = (0, 0, 0);
    for entry in entries {
        let movement = &entry.movement;
        assert!(movement.amount.is_positive(), "a movement of nothing: {movement:?}");
        assert_ne!(movement.debit, movement.credit, "a movement has two sides: {movement:?}");
        for (account, points) in [(movement.debit, -movement.amount.0), (movement.credit, movement.amount.0)]
        {
            match account {
                Account::Available => available += points,
                Account::Pending => pending += points,
                Account::Held => held += points,
                _ => {}
            }
        }
        assert_eq!(movement.balance_after.0, available, "the balance after {movement:?}");
        assert!(pending >= 0 && held >= 0, "more was taken than waited or was held: {movement:?}");
    }
    let active = sum(wallet.lots().iter().filter(|lot| lot.active).map(|lot| lot.remaining));
    let waiting = sum(wallet.lots().iter().filter(|lot| !lot.active).map(|lot| lot.remaining));
    let open = sum(wallet.holds().iter().filter(|hold| hold.is_open()).map(|hold| hold.points));
    assert_eq!(
        wallet.available().0,
        active - wallet.deficit.0,
        "available is what active lots hold less deficit"
    );
    assert_eq!(wallet.available().0, available, "available is the balance after the last entry");
    assert_eq!((wallet.pending().0, waiting), (pending, pending), "pending is what waiting lots hold");
    assert_eq!((wallet.held().0, open), (held, held), "held is what open holds hold");
    assert!(wallet.deficit >= Points::ZERO, "a deficit is not negative");
    assert!(
        wallet.deficit.is_zero() || active == 0,
        "there is no deficit while an active lot holds something"
    );
}

/// What a movement says of lots and deficit.
struct Said<'a> {
    movement: &'a Movement,
    /// Allocations take points out of lots (1), give them back (-1), or only name them (0).
    takes: i64,
    /// The same of its deficit.
    lends: i64,
    /// Allocations and deficit make the whole amount.
    whole: bool,
}

fn read(movement: &Movement) -> Said<'_> {
    let (takes, lends, whole) = match movement.kind {
        // What is held has left its lots before.
        _ if movement.debit == Account::Held && !movement.credit.is_member() => (0, 0, true),
        // What was gone had left them, too.
        _ if !movement.debit.is_member() && !movement.credit.is_member() => (0, 0, true),
        Kind::Release | Kind::Recredit => (-1, -1, true),
        // Without a lot of its own, all of it fills a deficit.
        Kind::TransferIn if !movement.makes_lot() => (1, -1, true),
        Kind::Earn | Kind::Activate | Kind::TransferIn => (1, 0, false),
        Kind::Adjust if movement.credit.is_member() => (1, 0, false),
        _ => (1, 1, true),
    };
    Said { movement, takes, lends, whole }
}

/// A lot was issued what it holds and what entries say that it gave; a debit is paid by lots or is deficit.
pub(super) fn entries_explain_the_lots(wallet: &Wallet, entries: &[&Entry]) {
    let said: Vec<Said<'_>> = entries.iter().map(|entry| read(&entry.movement)).collect();
    for lot in wallet.lots() {
        explain_lot(lot, &said);
    }
    let mut deficit = 0;
    for Said { movement, lends, whole, .. } in &said {
        let parts = sum(movement.allocations.iter().map(|part| part.points));
        if *whole {
            let paid = parts + movement.deficit.0;
            assert_eq!(movement.amount.0, paid, "a movement is paid or is deficit: {movement:?}");
        } else {
            assert!(parts <= movement.amount.0, "{movement:?} fills at most itself");
            assert!(movement.deficit.is_zero(), "what gives points lends none: {movement:?}");
            deficit -= parts;
        }
        deficit += lends * movement.deficit.0;
        assert!(deficit >= 0, "more was filled than was lent: {movement:?}");
        for part in &movement.allocations {
            assert!(part.points.is_positive(), "a part of nothing: {movement:?}");
            let lot = wallet.lots().iter().find(|lot| lot.seq == part.lot);
            let lot = lot.unwrap_or_else(|| panic!("a lot of this wallet: {movement:?}"));
            // What was taken while it awaited its event had no end yet.
            if movement.debit != Account::Pending || !lot.awaits_event {
                assert_eq!(part.expires_at, lot.expires_at, "an allocation says when its lot ends");
            }
        }
    }
    assert_eq!(wallet.deficit.0, deficit, "the deficit is what was not paid less what filled it");
    let order = |pair: &[Lot]| pair[0].spending_order(&pair[1]).is_lt();
    assert!(wallet.lots().windows(2).all(order), "lots stand in spending order");
}

fn explain_lot(lot: &Lot, said: &[Said<'_>]) {
    let (mut left, mut gone) = (lot.issued.0, 0);
    for Said { movement, takes, .. } in said {
        let own = movement.allocations.iter().filter(|part| part.lot == lot.seq);
        let points = sum(own.map(|part| part.points));
        left -= takes * points;
        if matches!(movement.kind, Kind::Expire | Kind::Cancel) {
            gone += points;
        }
        // Gone for whoever has its lots back.
        if matches!(movement.debit, Account::Expired | Account::Cancelled) {
            gone -= points;
        }
        // A part that became active is a lot of its own.
        if movement.kind == Kind::Activate && movement.makes_lot() && movement.lot == Some(lot.seq) {
            left -= movement.amount.0;
        }
    }
    assert_eq!((lot.remaining.0, lot.expired.0), (left, gone), "what became of {lot:?}");
    assert!(lot.remaining >= Points::ZERO, "{lot:?}");
    let made = said.iter().map(|said| said.movement).find(|movement| movement.seq == lot.seq);
    let made = made.unwrap_or_else(|| panic!("a lot has its entry: {lot:?}"));
    assert!(made.makes_lot(), "{lot:?} was made by {made:?}");
    let issued = if made.kind.gives_back() { Points::ZERO } else { made.amount };
    assert_eq!(lot.issued, issued, "{lot:?} was issued by {made:?}");
    // What came from another member is as old as its coming, and the event that it awaited may be told of later.
    let told_late = made.kind == Kind::Activate && lot.origin.is_some();
    assert!(told_late || lot.issued_at <= made.occurred_at, "{lot:?} is no younger than {made:?}");
}

/// Totals are sums of entries by account, and all that was given is somewhere.
pub(super) fn totals_are_sums(wallet: &Wallet, entries: &[&Entry]) {
    let of = |account: Account| {
        let side = |movement: &Movement| {
            let (took, gave) = (movement.debit == account, movement.credit == account);
            movement.amount.0 * (i64::from(gave) - i64::from(took))
        };
        entries.iter().map(|entry| side(&entry.movement)).sum::<i64>()
    };
    let totals = wallet.totals;
    let told = [
        (-totals.earned.0, Account::Issued),
        (-totals.adjusted.0, Account::Adjusted),
        (-totals.transferred.0, Account::Transferred),
        (totals.clawed_back.0, Account::ClawedBack),
        (totals.expired.0, Account::Expired),
        (totals.cancelled.0, Account::Cancelled),
        (totals.redeemed.0, Account::Redeemed),
    ];
    for (total, account) in told {
        assert_eq!(total, of(account), "{account:?} in {totals:?}");
    }
    let gone = totals.redeemed.0 + totals.expired.0 + totals.cancelled.0 + totals.clawed_back.0;
    assert_eq!(
        totals.earned.0 + totals.adjusted.0 + totals.transferred.0,
        wallet.available().0 + wallet.pending().0 + wallet.held().0 + gone,
        "what was given is available, pending, held, spent, expired, called off or taken back"
    );
}

/// The wallet made again from its entries is the wallet.
pub(super) fn entries_make_the_wallet(wallet: &Wallet, entries: &[&Entry]) {
    let ends = |seq: i64| wallet.holds().iter().find(|hold| hold.seq == seq).map(|hold| hold.expires_at);
    let movements = entries.iter().map(|entry| &entry.movement);
    let made = Wallet::replay(wallet.currency.clone(), movements, ends);
    assert_eq!((made.deficit, made.totals), (wallet.deficit, wallet.totals));
    assert_eq!(
        (made.available(), made.pending(), made.held()),
        (wallet.available(), wallet.pending(), wallet.held())
    );
    // Where points came from that were another wallet's is told by that wallet.
    let lots = wallet.lots().iter().map(|lot| Lot { origin: None, ..lot.clone() });
    pretty_assertions::assert_eq!(made.lots(), lots.collect::<Vec<_>>());
    for hold in wallet.holds() {
        assert!(made.holds().contains(hold), "{hold:?} is not among {:?}", made.holds());
    }
}

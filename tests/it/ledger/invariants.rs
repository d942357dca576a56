//! What must hold of a ledger after every command, whatever the commands were.
//!
//! Nothing here asks the wallet how it reckons: balances are made again from the entries, which are what is stored.

mod spending;
mod wallet;

use std::collections::BTreeMap;

use loyalty::{
    commands::{Entry, Member, MemberStatus},
    ledger::{Points, Totals, Wallet},
    program::document::TakeBack,
};

use crate::desk::Desk;

/// Holds every invariant of every member, order, redemption and counter of a world.
pub(super) fn hold(desk: &Desk) {
    for member in desk.world.members.values() {
        let entries: Vec<&Entry> = desk.entries_of(member).collect();
        let numbers = entries.iter().map(|entry| entry.movement.seq);
        assert!(numbers.eq(1..member.next_seq), "the numbers of a member's entries have no gap");
        for wallet in &member.wallets {
            let own: Vec<&Entry> =
                entries.iter().copied().filter(|entry| entry.currency == wallet.currency).collect();
            wallet::entries_explain_the_balance(wallet, &own);
            wallet::entries_explain_the_lots(wallet, &own);
            wallet::totals_are_sums(wallet, &own);
            wallet::entries_make_the_wallet(wallet, &own);
            spending::holds_end_once(wallet, &own);
        }
        spending::holds_have_their_records(member);
        merged_members_have_nothing(desk, member);
    }
    spending::redemptions_are_explained(desk);
    spending::counters_are_explained(desk);
    orders_explain_the_clawbacks(desk);
    what_one_gave_another_got(desk);
}

fn sum(points: impl Iterator<Item = Points>) -> i64 {
    points.map(|points| points.0).sum()
}

/// A sum over everybody's wallets, by currency.
fn totals_of_all(desk: &Desk, read: fn(&Totals) -> Points) -> BTreeMap<&str, i64> {
    let mut sums = BTreeMap::new();
    for wallet in desk.world.members.values().flat_map(|member| &member.wallets) {
        *sums.entry(wallet.currency.as_str()).or_default() += read(&wallet.totals).0;
    }
    sums
}

/// Whoever was merged into somebody has no points, no deficit and nothing set aside.
fn merged_members_have_nothing(desk: &Desk, member: &Member) {
    assert_eq!(member.status == MemberStatus::Merged, member.merged_into.is_some());
    let Some(into) = member.merged_into else { return };
    assert!(desk.world.key_of(into).is_some(), "somebody who is there");
    let is_empty = |wallet: &Wallet| {
        let sums = [wallet.available(), wallet.pending(), wallet.held(), wallet.deficit];
        sums.iter().all(Points::is_zero)
    };
    assert!(member.wallets.iter().all(is_empty), "what is left of {member:?}");
    assert!(member.standing.amounts.is_empty(), "a merged member's spend counts where it went");
}

/// What orders say was taken back of them is what the ledger took back.
fn orders_explain_the_clawbacks(desk: &Desk) {
    let mut clawed_back: BTreeMap<&str, i64> = BTreeMap::new();
    for order in desk.world.orders.values().filter(|order| order.member.is_some()) {
        let worth =
            desk.program.awards(&order.currency, &order.lines, &order.held).expect("it was valued before");
        for award in &order.awards {
            *clawed_back.entry(award.currency.as_str()).or_default() += award.clawed_back.0;
            let worth = worth.iter().find(|worth| worth.currency == award.currency).expect("its currency");
            assert_eq!(
                award.earned.0 - worth.points.0,
                award.clawed_back.0 + award.forgiven.0 + award.uncollected.0,
                "what {} no longer earns was taken back, forgiven or left: {award:?}",
                order.id
            );
            let parts = [award.clawed_back, award.forgiven, award.uncollected, award.activated];
            assert!(parts.iter().all(|part| *part >= Points::ZERO), "{award:?}");
            let currency = desk.program.currency(&award.currency).expect("a currency of the programme");
            let has_floor = currency.deficit_max.is_some()
                || !currency.deficit_max_by_tier.is_empty()
                || currency.take_back != TakeBack::DownToFloor;
            assert!(has_floor || award.uncollected.is_zero(), "without a floor everything is collected");
        }
    }
    for (currency, taken) in totals_of_all(desk, |totals| totals.clawed_back) {
        assert_eq!(taken, clawed_back.get(currency).copied().unwrap_or_default(), "taken back in {currency}");
    }
}

/// What goes from one member to another is lost by nobody.
fn what_one_gave_another_got(desk: &Desk) {
    for (currency, sum) in totals_of_all(desk, |totals| totals.transferred) {
        assert_eq!(sum, 0, "{currency} on their way from nobody to nobody");
    }
}

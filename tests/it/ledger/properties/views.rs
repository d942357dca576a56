//! The ledger in the words of the models, and without the names that it gives by the way.

use std::collections::BTreeMap;

use loyalty::{
    clock::Instant,
    commands::{Entry, Member, Order, OrderAward, Redemption, World},
    ids::{HoldId, MemberId, RedemptionId},
    ledger::{Lot, Wallet},
    program::Standing,
};
use uuid::Uuid;

use super::{
    model::{self, Reckoned},
    parcels::{Account, Given, Sums},
    terms::CODES,
};
use crate::desk::Desk;

fn codes(desk: &Desk) -> &'static [&'static str] {
    &CODES[..desk.program.document().currencies.len()]
}

/// What the ledger says that everybody has at a moment, in the words of the parcels.
pub(super) fn accounts(
    desk: &Desk,
    at: Instant,
) -> BTreeMap<(String, &'static str), (Account, Option<String>)> {
    let mut accounts = BTreeMap::new();
    for member in desk.world.members.values() {
        let settled = desk.settled(member, at);
        let tier = settled.standing.reading(&desk.program, at).map(|tier| tier.level.id.clone());
        for code in codes(desk) {
            let account = settled.wallet(code).map(account).unwrap_or_default();
            accounts.insert((member.key.customer.clone(), *code), (account, tier.clone()));
        }
    }
    accounts
}

fn account(wallet: &Wallet) -> Account {
    let mut ends = BTreeMap::new();
    let free = |lot: &&Lot| lot.active && lot.remaining.is_positive();
    for lot in wallet.lots().iter().filter(free) {
        if let Some(at) = lot.expires_at {
            *ends.entry(at).or_default() += lot.remaining.0;
        }
    }
    let totals = wallet.totals;
    Account {
        available: wallet.available().0,
        pending: wallet.pending().0,
        held: wallet.held().0,
        deficit: wallet.deficit.0,
        sums: Sums {
            earned: totals.earned.0,
            adjusted: totals.adjusted.0,
            transferred: totals.transferred.0,
            expired: totals.expired.0,
            cancelled: totals.cancelled.0,
            clawed_back: totals.clawed_back.0,
            redeemed: totals.redeemed.0,
        },
        ends,
    }
}

/// What the ledger says of each order's points, and what of them waits at a moment.
pub(super) fn orders(desk: &Desk, at: Instant) -> BTreeMap<(String, &'static str), (Given, i64)> {
    let mut orders = BTreeMap::new();
    for order in desk.world.orders.values().filter(|order| order.member.is_some()) {
        for code in codes(desk) {
            let award = order.awards.iter().find(|award| award.currency == **code);
            if let Some(award) = award {
                orders.insert((order.id.clone(), *code), (given(award), award.pending(at).0));
            }
        }
    }
    orders
}

fn given(award: &OrderAward) -> Given {
    Given {
        earned: award.earned.0,
        clawed_back: award.clawed_back.0,
        forgiven: award.forgiven.0,
        uncollected: award.uncollected.0,
        activated: award.activated.0,
    }
}

/// What the ledger says that everybody has, in the words of the plain model.
pub(super) fn reckoned(desk: &Desk, end: Instant) -> Reckoned {
    let (mut accounts, mut tiers) = (BTreeMap::new(), BTreeMap::new());
    for ((customer, code), (account, tier)) in self::accounts(desk, end) {
        let Account { available, pending, sums, .. } = account;
        let Sums { earned, adjusted, clawed_back, expired, .. } = sums;
        let account = model::Account { available, pending, earned, adjusted, clawed_back, expired };
        accounts.insert((customer.clone(), code), account);
        tiers.insert(customer, tier);
    }
    let waiting = orders(desk, end).into_values().map(|(_, waiting)| waiting).sum::<i64>();
    let pending = accounts.values().map(|account| account.pending).sum::<i64>();
    assert_eq!(waiting, pending, "what orders say is pending");
    (accounts, tiers)
}

/// A world as its members see it: without the ids, which count up in the order in which things come.
pub(super) type Seen = (BTreeMap<String, SeenMember>, BTreeMap<String, Order>, Vec<Redemption>);

/// Where each lot of a wallet has come from: whose it was, and its number there.
type Origins = Vec<Option<(String, i64)>>;

/// A member without ids.
#[derive(Debug, PartialEq)]
pub(super) struct SeenMember {
    standing: Standing,
    status: loyalty::commands::MemberStatus,
    version: i64,
    merged_into: Option<String>,
    wallets: BTreeMap<String, (Wallet, Origins)>,
    holds: Vec<loyalty::commands::HoldRecord>,
    entries: Vec<Entry>,
}

pub(super) fn seen(desk: &Desk) -> Seen {
    let world = &desk.world;
    let nobody = MemberId(Uuid::nil());
    let members =
        world.members.values().map(|member| (member.key.customer.clone(), seen_member(desk, member)));
    let mut orders = BTreeMap::new();
    for mut order in world.orders.values().cloned() {
        order.member = order.member.map(|_| nobody);
        for award in &mut order.awards {
            award.home = award.home.map(|_| nobody);
        }
        orders.insert(order.id.clone(), order);
    }
    let mut redemptions: Vec<(String, Redemption)> = world
        .redemptions
        .values()
        .map(|spent| {
            let mut told = spent.clone();
            (told.id, told.member) = (RedemptionId(Uuid::nil()), nobody);
            (name(world, spent.member), told)
        })
        .collect();
    redemptions.sort_by(|(one, a), (other, b)| (one, a.seq).cmp(&(other, b.seq)));
    (members.collect(), orders, redemptions.into_iter().map(|(_, spent)| spent).collect())
}

fn name(world: &World, member: MemberId) -> String {
    world.key_of(member).expect("a member of the world").customer.clone()
}

fn seen_member(desk: &Desk, member: &Member) -> SeenMember {
    let nobody = MemberId(Uuid::nil());
    let wallet = |wallet: &Wallet| {
        let origin = |(owner, seq)| (name(&desk.world, MemberId(owner)), seq);
        let origins = wallet.lots().iter().map(|lot| lot.origin.map(origin)).collect();
        let entries: Vec<_> =
            desk.entries_of(member).filter(|entry| entry.currency == wallet.currency).collect();
        let ends = |seq: i64| wallet.holds().iter().find(|hold| hold.seq == seq).map(|hold| hold.expires_at);
        // Made again from its entries it knows no owners, and by the invariants it is the same.
        let movements = entries.iter().map(|entry| &entry.movement);
        (wallet.currency.clone(), (Wallet::replay(wallet.currency.clone(), movements, ends), origins))
    };
    SeenMember {
        standing: member.standing.clone(),
        status: member.status,
        version: member.version,
        merged_into: member.merged_into.map(|into| name(&desk.world, into)),
        wallets: member.wallets.iter().map(wallet).collect(),
        holds: member
            .holds
            .iter()
            .map(|hold| loyalty::commands::HoldRecord { id: HoldId(Uuid::nil()), ..hold.clone() })
            .collect(),
        entries: desk.entries_of(member).map(|entry| Entry { member: nobody, ..entry.clone() }).collect(),
    }
}

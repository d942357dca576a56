//! A world with no more in it than a command says that it touches, as the store loads it: of members who only gain, the
//! lots that time changes next. What is decided there must be what is decided where everything is known.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use loyalty::{
    clock::Instant,
    commands::{Command, Member, MemberKey, Touches, World, spending::stock_counter, touches::Depth},
    ids::{HoldId, MemberId, RedemptionId},
    ledger::{Counter, Lot, Stored, Wallet},
};
use pretty_assertions::assert_eq;

use super::Picture;

/// Lots of a member's front: few, so that most members have more.
const FRONT_LOTS: usize = 1;

/// A part of a world.
pub(super) struct Narrow {
    pub(super) world: World,
    entries_before: usize,
}

/// What is found of a world.
struct Finder<'a> {
    world: &'a World,
    touches: Touches,
    now: Instant,
    owners: BTreeSet<MemberKey>,
    counters: BTreeSet<(String, String)>,
    redemptions: BTreeSet<RedemptionId>,
    lots: BTreeSet<i64>,
}

impl Narrow {
    /// What commands touch of a world.
    pub(super) fn of(world: &World, commands: &[&Command], now: Instant) -> Self {
        let mut touches = Touches::default();
        for command in commands {
            command.touch(&mut touches);
        }
        let mut finder = Finder {
            world,
            touches,
            now,
            owners: BTreeSet::new(),
            counters: BTreeSet::new(),
            redemptions: BTreeSet::new(),
            lots: BTreeSet::new(),
        };
        finder.find_owners();
        finder.find_lots();
        let mut found = World::new(Arc::clone(&world.programs));
        for (key, depth) in finder.members() {
            if let Some(member) = world.members.get(&key) {
                found.add_member(finder.member(member, depth));
            }
        }
        for member in found.members.values().filter(|member| member.merged_into.is_some()) {
            found.merges.extend(world.merges.get(&member.id).map(|merged| (member.id, merged.clone())));
        }
        for key in &finder.touches.partings {
            let parted = world.members.get(key).map(|parted| parted.id);
            found.kin.extend(parted.map(|parted| (parted, finder.kin(parted))));
        }
        let touches = &finder.touches;
        for place in &touches.orders {
            found.orders.extend(world.orders.get(place).map(|order| (place.clone(), order.clone())));
            let owner = world.orders.get(place).and_then(|order| order.member);
            if let Some((owner, name)) = owner.and_then(|owner| Some((owner, world.key_of(owner)?))) {
                found.add_name(owner, name.clone());
            }
        }
        for place in &touches.returns {
            found.returns.extend(world.returns.get(place).map(|back| (place.clone(), back.clone())));
        }
        for id in &finder.redemptions {
            found.redemptions.insert(*id, world.redemptions[id].clone());
        }
        for place in touches.counters.iter().chain(&finder.counters) {
            let counter = world.counters.get(place).map(|counter| finder.counter(counter));
            found.counters.extend(counter.map(|counter| (place.clone(), counter)));
        }
        Self { world: found, entries_before: world.entries.len() }
    }

    /// Holds that the same has become of it as of the whole world, and that nothing else has changed there.
    pub(super) fn assert_same(self, whole: &World, before: &Picture) {
        assert_eq!(self.world.entries, whole.entries[self.entries_before..], "the same entries");
        for (key, member) in &self.world.members {
            let real = &whole.members[key];
            assert_eq!(
                (member.status, member.version, member.next_seq, member.merged_into, &member.standing),
                (real.status, real.version, real.next_seq, real.merged_into, &real.standing)
            );
            for wallet in &member.wallets {
                same_wallet(wallet, real.wallet(&wallet.currency).expect("a wallet of the member's"));
            }
            assert!(member.holds.iter().all(|hold| real.holds.contains(hold)), "the same holds");
        }
        for (place, counter) in &self.world.counters {
            let real = &whole.counters[place];
            assert_eq!((counter.version, counter.taken, counter.held), (real.version, real.taken, real.held));
            assert!(counter.leases.iter().all(|lease| real.leases.contains(lease)), "the same leases");
        }
        let Picture { members, orders, returns, redemptions, counters, merges, entries: _ } = before;
        subset(&self.world.orders, &whole.orders, orders, "orders");
        subset(&self.world.returns, &whole.returns, returns, "returns");
        subset(&self.world.redemptions, &whole.redemptions, redemptions, "redemptions");
        subset(&self.world.merges, &whole.merges, merges, "merges");
        let known = |key: &MemberKey| self.world.members.contains_key(key);
        let same = |(key, member)| known(key) || members.get(key) == Some(member);
        assert!(whole.members.iter().all(same), "a member changed that was not touched");
        let same = |(place, counter)| {
            self.world.counters.contains_key(place) || counters.get(place) == Some(counter)
        };
        assert!(whole.counters.iter().all(same), "a counter changed that was not touched");
    }
}

/// What is in the part is the same in the whole; what is not in it has not changed.
fn subset<K: std::hash::Hash + Eq + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    part: &hashbrown::HashMap<K, V>,
    whole: &hashbrown::HashMap<K, V>,
    before: &hashbrown::HashMap<K, V>,
    what: &str,
) {
    for (key, value) in whole {
        let expected = part.get(key).or_else(|| before.get(key));
        assert_eq!(Some(value), expected, "{what}: {key:?}");
    }
}

fn same_wallet(part: &Wallet, whole: &Wallet) {
    assert_eq!(
        (part.version, part.available(), part.pending(), part.held(), part.deficit, part.totals),
        (whole.version, whole.available(), whole.pending(), whole.held(), whole.deficit, whole.totals),
    );
    for lot in part.lots() {
        assert!(whole.lots().contains(lot), "{lot:?} is another in {:?}", whole.lots());
    }
    for hold in part.holds() {
        assert!(whole.holds().contains(hold), "{hold:?} is another in {:?}", whole.holds());
    }
    // Whatever time will do next, the part knows of it, or that it does not know.
    let rest = part.rest().due_at;
    assert!(part.due_at() == whole.due_at() || rest.is_some() && part.due_at() == rest, "{part:?} {whole:?}");
}

impl Finder<'_> {
    fn own(&mut self, member: MemberId) {
        let mut next = self.world.key_of(member).cloned();
        while let Some(key) = next {
            let member = &self.world.members[&key];
            next = member.merged_into.and_then(|into| self.world.key_of(into)).cloned();
            self.owners.insert(key);
        }
    }

    /// Whose the orders, holds and redemptions are that are named, and who spent points on those orders.
    fn find_owners(&mut self) {
        for place in self.touches.members_of_orders.clone() {
            let owner = self.world.orders.get(&place).and_then(|order| order.member);
            if let Some(owner) = owner {
                self.own(owner);
            }
            let of_order = |id: &RedemptionId| {
                let spent = &self.world.redemptions[id];
                spent.program == place.0 && spent.order.as_ref() == Some(&place.1)
            };
            let spent: Vec<_> = self.world.redemptions.keys().copied().filter(of_order).collect();
            for id in spent {
                self.own(self.world.redemptions[&id].member);
                self.redemptions.insert(id);
            }
        }
        for id in self.touches.redemptions.clone() {
            let Some(spent) = self.world.redemptions.get(&id) else { continue };
            self.own(spent.member);
            self.redemptions.insert(id);
            self.counters
                .extend(spent.reward.as_ref().map(|reward| (spent.program.clone(), stock_counter(reward))));
        }
        let world = self.world;
        for member in world.members.values() {
            let touched: Vec<_> =
                member.holds.iter().filter(|record| self.touches.holds.contains(&record.id)).collect();
            for record in touched {
                let reward = record.reward.as_ref();
                self.counters
                    .extend(reward.map(|reward| (member.key.program.clone(), stock_counter(reward))));
                self.own(member.id);
            }
        }
    }

    /// Members that are named, with those that they have become, and how much of them is needed.
    fn members(&self) -> Vec<(MemberKey, Depth)> {
        let mut keys: BTreeSet<MemberKey> = self.touches.members.keys().cloned().collect();
        for key in self.touches.members.keys() {
            let mut next = Some(key.clone());
            while let Some(key) = next.filter(|key| self.world.members.contains_key(key)) {
                next = self.world.members[&key].merged_into.and_then(|into| self.world.key_of(into)).cloned();
                keys.insert(key);
            }
        }
        keys.extend(self.owners.iter().cloned());
        let depth = |key: MemberKey| {
            let named = self.touches.members.get(&key).copied();
            let depth = if self.owners.contains(&key) { Depth::Whole } else { named.unwrap_or(Depth::Whole) };
            (key, depth)
        };
        let mut members: BTreeMap<MemberKey, Depth> = keys.into_iter().map(depth).collect();
        // As much as is needed of somebody who was merged is needed of whom they have become.
        while let Some(into) = members
            .iter()
            .filter(|(_, depth)| **depth == Depth::Whole)
            .filter_map(|(key, _)| self.world.members.get(key)?.merged_into)
            .filter_map(|into| self.world.key_of(into))
            .find(|into| members.get(*into) == Some(&Depth::Front))
        {
            members.insert(into.clone(), Depth::Whole);
        }
        members.into_iter().collect()
    }

    /// Who stands merged into a member.
    fn kin(&self, member: MemberId) -> BTreeSet<MemberId> {
        let is_kin = |other: &&Member| {
            let mut next = other.merged_into;
            while let Some(into) = next.filter(|into| *into != member) {
                next = self.world.key_of(into).and_then(|key| self.world.members[key].merged_into);
            }
            next.is_some()
        };
        self.world.members.values().filter(is_kin).map(|other| other.id).collect()
    }

    /// Whether every lot of a member is needed: of both sides of what is to be parted.
    fn is_parted(&self, member: &Member) -> bool {
        self.touches.partings.iter().any(|key| {
            let parted = self.world.members.get(key);
            parted.is_some_and(|parted| parted.id == member.id || parted.merged_into == Some(member.id))
        })
    }

    /// Numbers of lots that are needed whatever they hold.
    fn find_lots(&mut self) {
        let orders = self.touches.orders.iter().filter_map(|place| self.world.orders.get(place));
        let mut lots: BTreeSet<i64> = orders.flat_map(loyalty::commands::Order::lots).collect();
        for id in &self.redemptions {
            lots.extend(self.world.redemptions[id].parts.iter().map(|part| part.lot));
        }
        for (key, _) in self.members() {
            let Some(member) = self.world.members.get(&key) else { continue };
            let holds = member.wallets.iter().flat_map(Wallet::holds).filter(|hold| hold.is_open());
            lots.extend(holds.flat_map(|hold| &hold.parts).map(|part| part.lot));
        }
        self.lots = lots;
    }

    fn member(&self, member: &Member, depth: Depth) -> Member {
        let mut found = member.clone();
        let named = |id: HoldId| self.touches.holds.contains(&id);
        let open = |id: HoldId| member.hold(id).is_some_and(|(_, hold)| hold.is_open());
        found.holds.retain(|record| named(record.id) || open(record.id));
        let (whole, rest_due_at) = self.rest_of(member, depth);
        let wallet = |wallet: &Wallet| {
            let known = |seq: i64| {
                found.holds.iter().any(|record| record.currency == wallet.currency && record.seq == seq)
            };
            Wallet::restore(Stored {
                currency: wallet.currency.clone(),
                version: wallet.version,
                available: wallet.available(),
                pending: wallet.pending(),
                deficit: wallet.deficit,
                totals: wallet.totals,
                lots: if self.is_parted(member) {
                    wallet.lots().to_vec()
                } else {
                    self.some_lots(wallet, (whole, rest_due_at))
                },
                holds: wallet.holds().iter().filter(|hold| known(hold.seq)).cloned().collect(),
                rest_due_at,
            })
        };
        let wallets = member.wallets.iter().map(wallet).collect();
        found.wallets = wallets;
        found
    }

    /// Whether all of a member's lots are needed, and when time changes the first that is not, in whichever currency.
    fn rest_of(&self, member: &Member, depth: Depth) -> (bool, Option<Instant>) {
        let lots = member.wallets.iter().flat_map(Wallet::lots);
        let mut due: Vec<Instant> = lots.filter_map(Lot::due_at).collect();
        due.sort_unstable();
        let rest = due.get(FRONT_LOTS).copied();
        let whole = depth == Depth::Whole || rest.is_some_and(|rest| rest <= self.now);
        (whole, rest.filter(|_| !whole))
    }

    fn some_lots(&self, wallet: &Wallet, (whole, rest): (bool, Option<Instant>)) -> Vec<Lot> {
        let named = |lot: &Lot| {
            self.lots.contains(&lot.seq) || lot.origin.is_some_and(|(_, seq)| self.lots.contains(&seq))
        };
        let in_front = |lot: &Lot| lot.due_at().is_some() && (rest.is_none() || lot.due_at() < rest);
        let wanted =
            |lot: &&Lot| named(lot) || if whole { lot.remaining.is_positive() } else { in_front(lot) };
        wallet.lots().iter().filter(wanted).cloned().collect()
    }

    /// With the leases whose time is over and those of the holds that are named.
    fn counter(&self, counter: &Counter) -> Counter {
        let mut found = counter.clone();
        let named = |id| self.touches.holds.iter().any(|hold| hold.0 == id);
        found.leases.retain(|lease| lease.open && lease.expires_at <= self.now || named(lease.id));
        found
    }
}

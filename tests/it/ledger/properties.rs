//! What holds for any programme and any sequence of commands.
//!
//! The seed is fixed, so that a run says the same twice; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` ask for other and more.

mod model;
mod script;
mod terms;

use std::collections::BTreeMap;

use chrono::Duration;
use loyalty::{
    clock::Instant,
    commands::{Command, Decision, Entry, Member, MemberSnapshot, Order},
    ids::MemberId,
    ledger::Points,
};
use pretty_assertions::assert_eq;
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed},
};
use uuid::Uuid;

use self::{
    model::{Account, Model, Reckoned},
    script::{Manner, Said},
    terms::{CODES, Terms},
};
use super::invariants;
use crate::desk::Desk;

const EVERYBODY: &[&str] = &["alice", "bob", "carol"];

fn config() -> Config {
    let asked = Config::default();
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(2011),
        fixed @ RngSeed::Fixed(_) => fixed,
    };
    Config { rng_seed, failure_persistence: None, ..asked }
}

/// A programme and what is said to it.
fn scripted(with_london: bool, spends: bool) -> impl Strategy<Value = (Terms, Vec<Said>)> {
    terms::any(with_london).prop_flat_map(move |terms| {
        let manner = Manner { prefix: "o", customers: EVERYBODY, spends, currencies: terms.currencies.len() };
        (Just(terms), script::any(manner, 40))
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn invariants_hold_after_every_command((terms, said) in scripted(true, true)) {
        let mut desk = Desk::new(terms.program());
        for said in &said {
            let before = desk.world.members.clone();
            let written = desk.world.entries.len();
            let decided = desk.decide_watched(&said.command, said.now);
            invariants::hold(&desk);
            for member in desk.world.members.values() {
                let was = before.get(&member.key);
                versions_have_grown_by_rule(was, member, &desk.world.entries[written..]);
                commands_are_counted(was, member, &said.command, decided.as_ref().ok());
                a_snapshot_foresees(&desk, member, said.now + Duration::minutes(said.looked_after));
            }
        }
    }

    #[test]
    fn balances_are_those_of_the_model((terms, said) in scripted(false, false)) {
        let mut desk = Desk::new(terms.program());
        let mut accepted = Vec::new();
        for said in said {
            if desk.decide_watched(&said.command, said.now).is_ok_and(|decision| !decision.replayed) {
                accepted.push(said);
            }
        }
        if let Some(last) = accepted.iter().map(|said| said.now).max() {
            let after = Duration::minutes(accepted[0].looked_after);
            for end in [last, last + after / 10, last + after] {
                assert_eq!(balances(&desk, end), Model { terms: &terms, said: &accepted }.at(end));
            }
        }
    }

    #[test]
    fn what_was_said_may_be_said_again(((terms, said), cut) in (scripted(true, true), 0..40_usize)) {
        let mut desk = Desk::new(terms.program());
        let (prefix, rest) = said.split_at(cut.min(said.len()));
        let mut first: Vec<(&Said, Decision)> = Vec::new();
        for said in prefix {
            first.extend(desk.decide(&said.command, said.now).ok().map(|decision| (said, decision)));
        }
        say_again(&mut desk, &first);
        for said in rest {
            first.extend(desk.decide(&said.command, said.now).ok().map(|decision| (said, decision)));
        }
        say_again(&mut desk, &first);
    }

    #[test]
    fn members_do_not_mind_each_other(
        (terms, one, other, turns) in terms::any(true).prop_flat_map(|terms| {
            let alone = |prefix, customers| {
                script::any(Manner { prefix, customers, spends: true, currencies: terms.currencies.len() }, 20)
            };
            let (one, other) = (alone("a", &["alice"]), alone("b", &["bob"]));
            (Just(terms), one, other, proptest::collection::vec(prop::bool::ANY, 40))
        })
    ) {
        let one_by_one = said_in_turn(&terms, &one, &other, &[]);
        assert_eq!(said_in_turn(&terms, &one, &other, &turns), one_by_one);
        assert_eq!(said_in_turn(&terms, &other, &one, &turns), one_by_one);
    }
}

/// A wallet's version grows whenever the wallet changes, and only then: two readings of one version are the same.
fn versions_have_grown_by_rule(was: Option<&Member>, member: &Member, written: &[Entry]) {
    for wallet in &member.wallets {
        let before = was.and_then(|was| was.wallet(&wallet.currency));
        let version_before = before.map_or(0, |before| before.version);
        let own = |entry: &&Entry| entry.member == member.id && entry.currency == wallet.currency;
        let changed = written.iter().any(|entry| own(&entry));
        assert_eq!(wallet.version > version_before, changed, "{wallet:?}");
        assert!(changed || before.is_none_or(|before| before == wallet), "{wallet:?} was {before:?}");
    }
}

/// A member's version counts the commands that changed the member.
fn commands_are_counted(
    was: Option<&Member>,
    member: &Member,
    command: &Command,
    decided: Option<&Decision>,
) {
    let touched =
        decided.filter(|decision| !decision.replayed && decision.outcome.member() == Some(&member.key));
    let steps = member.version - was.map_or(0, |was| was.version);
    match (touched, command) {
        (None, _) => assert_eq!(was, Some(member), "nobody else changes"),
        (Some(_), Command::RecordOrder(_)) if was.is_none() => assert_eq!(steps, 2, "enrolled, and earned"),
        (Some(_), Command::Expire(_)) => assert_eq!(steps, i64::from(was != Some(member))),
        (Some(_), _) => assert_eq!(steps, 1),
    }
}

/// What a snapshot shows of a later moment is what the ledger will hold then.
fn a_snapshot_foresees(desk: &Desk, member: &Member, later: Instant) {
    let settled = desk.settled(member, later);
    let snapshot = MemberSnapshot::of(member);
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
    for wallet in &reading.wallets {
        let Some(real) = settled.wallet(&wallet.currency) else {
            assert_eq!((wallet.available, wallet.pending, wallet.version), (Points::ZERO, Points::ZERO, 0));
            continue;
        };
        let (mut expiries, mut activations) = (BTreeMap::new(), BTreeMap::new());
        for lot in real.lots().iter().filter(|lot| lot.remaining.is_positive()) {
            match (lot.active, lot.expires_at) {
                (false, _) => *activations.entry(lot.activates_at).or_insert(Points::ZERO) += lot.remaining,
                (true, Some(at)) => *expiries.entry(at).or_insert(Points::ZERO) += lot.remaining,
                (true, None) => {}
            }
        }
        assert_eq!(
            (wallet.available, wallet.pending, wallet.version, wallet.lifetime_earned),
            (real.available(), real.pending(), real.version, real.totals.earned)
        );
        assert_eq!(wallet.expiries, expiries.into_iter().collect::<Vec<_>>());
        assert_eq!(wallet.activations, activations.into_iter().collect::<Vec<_>>());
    }
}

/// What the ledger says that everybody has, in the model's words.
fn balances(desk: &Desk, end: Instant) -> Reckoned {
    let (mut accounts, mut tiers) = (BTreeMap::new(), BTreeMap::new());
    for member in desk.world.members.values() {
        let settled = desk.settled(member, end);
        let customer = &member.key.customer;
        for code in &CODES[..desk.program.document().currencies.len()] {
            let account = settled.wallet(code).map(|wallet| Account {
                available: wallet.available().0,
                pending: wallet.pending().0,
                earned: wallet.totals.earned.0,
                adjusted: wallet.totals.adjusted.0,
                clawed_back: wallet.totals.clawed_back.0,
                expired: wallet.totals.expired.0,
            });
            let account = account.unwrap_or_default();
            assert_eq!(
                account.pending,
                pending_by_orders(desk, member, code, end),
                "what orders say is pending"
            );
            accounts.insert((customer.clone(), *code), account);
        }
        let tier = settled.standing.reading(&desk.program, end).map(|tier| tier.level.id.clone());
        tiers.insert(customer.clone(), tier);
    }
    (accounts, tiers)
}

fn pending_by_orders(desk: &Desk, member: &Member, code: &str, end: Instant) -> i64 {
    let orders = desk.world.orders.values().filter(|order| order.member == Some(member.id));
    let awards = orders.flat_map(|order| &order.awards).filter(|award| award.currency == code);
    awards.map(|award| award.pending(end).0).sum()
}

/// Orders, returns and cancellations know themselves again by their ids. What has no id of its own is known by the
/// idempotency key, which is the journal's.
fn say_again(desk: &mut Desk, first: &[(&Said, Decision)]) {
    let before = desk.picture();
    for (said, decision) in first {
        let again = match &said.command {
            Command::Adjust(_) | Command::Expire(_) => continue,
            Command::Enroll(_) => {
                desk.decide(&said.command, said.now).expect_err("a member is a member already");
                continue;
            }
            command => desk.decide(command, said.now).expect("it was accepted before"),
        };
        assert!(again.replayed, "{said:?}");
        if !matches!(said.command, Command::CancelOrder(_)) {
            assert_eq!(again.outcome, decision.outcome, "{said:?}");
        }
    }
    assert_eq!(desk.picture(), before);
}

/// A world in which two scripts have been said, as its members see it: without the ids, which count up in the order in
/// which members come.
type Seen = (BTreeMap<String, (Member, Vec<Entry>)>, BTreeMap<String, Order>);

fn said_in_turn(terms: &Terms, one: &[Said], other: &[Said], turns: &[bool]) -> Seen {
    let mut desk = Desk::new(terms.program());
    let (mut one, mut other) = (one.iter(), other.iter());
    for turn in turns.iter().copied().chain(std::iter::repeat(true)) {
        let (now, then) = if turn { (&mut one, &mut other) } else { (&mut other, &mut one) };
        let Some(said) = now.next().or_else(|| then.next()) else { break };
        let _ = desk.decide(&said.command, said.now);
    }
    let nobody = MemberId(Uuid::nil());
    let mut members = BTreeMap::new();
    for member in desk.world.members.values() {
        let entries =
            desk.entries_of(member).map(|entry| Entry { member: nobody, ..entry.clone() }).collect();
        let mut member = member.clone();
        member.id = nobody;
        members.insert(member.key.customer.clone(), (member, entries));
    }
    let mut orders = BTreeMap::new();
    for mut order in desk.world.orders.into_values() {
        order.member = order.member.map(|_| nobody);
        orders.insert(order.id.clone(), order);
    }
    (members, orders)
}

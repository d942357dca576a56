//! What holds for any programme and any sequence of commands.
//!
//! The seed is fixed, so that a run says the same twice; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` ask for other and more.

mod checks;
mod model;
mod parcels;
mod script;
mod telling;
mod terms;
mod views;

use std::collections::BTreeMap;

use chrono::Duration;
use loyalty::{
    clock::Instant,
    commands::{Command, Expire, Merge, Unmerge},
    ledger::Wallet,
};
use pretty_assertions::assert_eq;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngSeed, TestRunner},
};

use self::{
    model::Model,
    parcels::{Parcels, Verdict},
    script::{Intent, Manner, PROGRAM, Said},
    telling::{Known, Teller, Told},
    terms::{Kind, Terms},
};
use super::invariants;
use crate::desk::Desk;

const EVERYBODY: &[&str] = &["alice", "bob", "carol", "dave"];

fn config() -> Config {
    let asked = Config::default();
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(2011),
        fixed @ RngSeed::Fixed(_) => fixed,
    };
    Config { rng_seed, failure_persistence: None, ..asked }
}

fn everybody(terms: &Terms) -> Manner {
    let currencies = terms.currencies.len();
    Manner { prefix: "o", customers: EVERYBODY, currencies, plain: false, forwards: false, reward: None }
}

/// A programme and what is said to it.
fn scripted(
    kind: Kind,
    manner: fn(Manner) -> Manner,
    length: usize,
) -> impl Strategy<Value = (Terms, Vec<Said>)> {
    terms::of(kind).prop_flat_map(move |terms| {
        let said = script::any(manner(everybody(&terms)), length);
        (Just(terms), said)
    })
}

fn anyhow(manner: Manner) -> Manner {
    manner
}

fn forwards(manner: Manner) -> Manner {
    Manner { forwards: true, ..manner }
}

fn plainly(manner: Manner) -> Manner {
    Manner { plain: true, ..manner }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn invariants_hold_after_every_command((terms, said) in scripted(Kind::Any, anyhow, 80)) {
        let mut teller = Teller::new(terms.program());
        let mut latest = Instant::MIN_UTC;
        for said in &said {
            latest = latest.max(said.now);
            let before = teller.desk.picture();
            let Some(told) = teller.tell(said) else { continue };
            invariants::hold(&teller.desk);
            checks::versions_tell_of_changes(&before, &teller.desk, &told);
            for member in teller.desk.world.members.values() {
                checks::a_snapshot_foresees(&teller.desk, member, latest + Duration::minutes(said.looked_after));
                checks::a_snapshot_foresees(&teller.desk, member, latest);
            }
        }
    }

    #[test]
    fn balances_are_those_of_the_parcels((terms, said) in scripted(Kind::NoSummer, forwards, 80)) {
        let mut teller = Teller::new(terms.program());
        let mut parcels = Parcels::new(&terms);
        for said in &said {
            let Some(told) = teller.tell(said) else { continue };
            parcels.advance(said.now);
            if let Some(verdict) = parcels.verdict(&told.command) {
                assert_eq!(Verdict::of(&told.decided), Some(verdict), "{:?}", told.command);
            }
            if let (true, Ok(decision)) = (told.is_new(), &told.decided) {
                parcels.tell(&said.intent, &told.command, decision);
            }
            assert_eq!(views::accounts(&teller.desk, said.now), parcels.accounts(), "after {told:?}");
            assert_eq!(views::orders(&teller.desk, said.now), parcels.orders(), "after {told:?}");
        }
        if let Some(last) = said.last() {
            let end = last.now + Duration::minutes(last.looked_after);
            parcels.advance(end);
            assert_eq!(views::accounts(&teller.desk, end), parcels.accounts());
        }
    }

    #[test]
    fn balances_are_those_of_the_plain_model((terms, said) in scripted(Kind::Plain, plainly, 40)) {
        let mut teller = Teller::new(terms.program());
        let after = said.first().map(|first| Duration::minutes(first.looked_after));
        let told: Vec<Told> = said.iter().filter_map(|said| teller.tell(said)).filter(Told::is_new).collect();
        let last = told.iter().map(|told| told.now).max();
        for (last, after) in last.into_iter().zip(after) {
            for end in [last, last + after / 10, last + after] {
                assert_eq!(views::reckoned(&teller.desk, end), Model { terms: &terms, said: &told }.at(end));
            }
        }
    }

    #[test]
    fn what_was_said_may_be_said_again(
        ((terms, said), cut) in (scripted(Kind::Any, anyhow, 60), 0..60_usize)
    ) {
        let mut teller = Teller::new(terms.program());
        let (prefix, rest) = said.split_at(cut.min(said.len()));
        let mut first: Vec<Told> = prefix.iter().filter_map(|said| teller.tell(said)).collect();
        checks::say_again(&mut teller.desk, &first);
        first.extend(rest.iter().filter_map(|said| teller.tell(said)));
        checks::say_again(&mut teller.desk, &first);
    }

    /// What is loaded for a batch, and of most wallets no more than a part, decides all of it as the whole would.
    #[test]
    fn a_batch_decides_as_one_by_one(
        ((terms, said), sizes) in
            (scripted(Kind::Any, anyhow, 80), proptest::collection::vec(1..12_usize, 100))
    ) {
        let mut teller = Teller::new(terms.program());
        let mut rest = &said[..];
        for size in sizes {
            let (batch, others) = rest.split_at(size.min(rest.len()));
            teller.tell_together(batch);
            invariants::hold(&teller.desk);
            rest = others;
        }
    }

    /// Time decides, and no job: whoever writes down what it has done, and when, changes nothing that anybody sees.
    #[test]
    fn a_sweep_changes_nothing(
        ((terms, said), swept) in
            (scripted(Kind::Any, forwards, 60), proptest::collection::vec(prop::bool::ANY, 70))
    ) {
        let (mut alone, mut beside) = (Teller::new(terms.program()), Teller::new(terms.program()));
        let nexts = said.iter().skip(1).chain(said.last()).map(|said| said.now);
        for ((said, next), swept) in said.iter().zip(nexts).zip(swept) {
            let (one, other) = (alone.tell(said), beside.tell(said));
            let answers = |told: Option<Told>| told.map(|told| told.decided.map(|decision| decision.replayed));
            assert_eq!(answers(one), answers(other), "{said:?}");
            if swept {
                sweep(&mut beside, said.now + (next - said.now) / 2);
            }
            assert_eq!(views::accounts(&alone.desk, next), views::accounts(&beside.desk, next));
        }
    }

    /// Whoever is parted before anything has happened has what they had.
    #[test]
    fn a_merge_that_is_undone_at_once_changes_nothing((terms, said) in scripted(Kind::Any, forwards, 60)) {
        let mut teller = Teller::new(terms.program());
        let mut now = Instant::MIN_UTC;
        for said in &said {
            teller.tell(said);
            now = said.now;
        }
        // What was lent to a hold and paid since is the member's for ever when the hold ends, and so when it moves.
        let mut holds = teller.desk.world.members.values().flat_map(|member| &member.wallets).flat_map(Wallet::holds);
        let has_loans = holds.any(|hold| hold.is_open() && hold.deficit.is_positive());
        let accounts = |desk: &Desk| {
            let mut accounts = views::accounts(desk, now);
            for (account, _) in accounts.values_mut().filter(|_| has_loans) {
                account.ends.clear();
            }
            accounts
        };
        let before = accounts(&teller.desk);
        let is_one = |customer: &&&str| {
            teller.desk.member(customer).is_some_and(|member| member.merged_into.is_none())
        };
        let customers: Vec<&str> = EVERYBODY.iter().filter(is_one).copied().collect();
        let pairs = customers.iter().flat_map(|from| customers.iter().map(move |into| (*from, *into)));
        for (from, into) in pairs.filter(|(from, into)| from != into) {
            let (program, own) = (PROGRAM.to_owned(), |text: &str| text.to_owned());
            let merge = Merge { program: program.clone(), from: own(from), into: own(into) };
            for command in [Command::Merge(merge), Command::Unmerge(Unmerge { program, customer: own(from) })] {
                teller.desk.decide_watched(&command, now).expect("two members of the programme");
                invariants::hold(&teller.desk);
            }
            assert_eq!(accounts(&teller.desk), before, "{from} and {into}");
        }
    }

    #[test]
    fn members_do_not_mind_each_other(
        (terms, one, other, turns) in terms::of(Kind::Any).prop_flat_map(|terms| {
            let alone = |prefix, customers, reward| {
                let manner = Manner { prefix, customers, reward: Some(reward), ..everybody(&terms) };
                script::any(manner, 40)
            };
            let (one, other) = (alone("a", &["alice", "anna"], 0), alone("b", &["bob", "ben"], 1));
            (Just(terms), one, other, proptest::collection::vec(prop::bool::ANY, 80))
        })
    ) {
        let one_by_one = said_in_turn(&terms, &one, &other, &[]);
        assert_eq!(said_in_turn(&terms, &one, &other, &turns), one_by_one);
        assert_eq!(said_in_turn(&terms, &other, &one, &turns), one_by_one);
    }
}

/// Random scripts are worth something only if they come to everything: every command is done, every reason for a refusal is
/// given, every kind of entry is written.
#[test]
fn scripts_come_to_everything() {
    let mut runner = TestRunner::new(config());
    let scripts = scripted(Kind::Any, anyhow, 80);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..500 {
        let (terms, said) = scripts.new_tree(&mut runner).expect("nothing is filtered").current();
        let mut teller = Teller::new(terms.program());
        for told in said.iter().filter_map(|said| teller.tell(said)) {
            let what = match Verdict::of(&told.decided) {
                Some(Verdict::Done) => told.command.name().to_owned(),
                Some(refused) => format!("{refused:?}"),
                None => continue,
            };
            *seen.entry(what).or_default() += 1;
        }
        for entry in &teller.desk.world.entries {
            *seen.entry(format!("{:?}", entry.movement.kind)).or_default() += 1;
        }
    }
    let rare: Vec<_> = seen.iter().filter(|(_, count)| **count < 10).collect();
    assert_eq!((seen.len(), rare), (COMMANDS + VERDICTS + ENTRY_KINDS, Vec::new()), "{seen:#?}");
}

const COMMANDS: usize = 18;
const VERDICTS: usize = 14;
const ENTRY_KINDS: usize = 13;

fn sweep(teller: &mut Teller, now: Instant) {
    for customer in EVERYBODY {
        let expire = Expire { program: PROGRAM.to_owned(), customer: (*customer).to_owned() };
        let intent = Intent::Command(Command::Expire(expire));
        teller.tell(&Said { intent, now, looked_after: 0 });
    }
}

/// A world in which two scripts have been said, as its members see it.
fn said_in_turn(terms: &Terms, one: &[Said], other: &[Said], turns: &[bool]) -> views::Seen {
    let mut teller = Teller::new(terms.program());
    let mut others = Known::default();
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    for turn in turns.iter().copied().chain(std::iter::repeat(true)) {
        let ones = if turn { one.peek().is_some() } else { other.peek().is_none() };
        let Some(said) = (if ones { one.next() } else { other.next() }) else { break };
        if ones {
            teller.tell(said);
        } else {
            // What the one has held and spent is nothing to the other.
            std::mem::swap(&mut teller.known, &mut others);
            teller.tell(said);
            std::mem::swap(&mut teller.known, &mut others);
        }
    }
    views::seen(&teller.desk)
}

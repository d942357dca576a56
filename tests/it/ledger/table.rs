//! A table of events, one a line, with what must be seen after each: `when what => seen`.
//!
//! The first line names the programme. An event is written as in [`super::line`]; what is seen is `refused` and why, or
//! a list of facts about the member whom it touched. The whole table is compared, so a failure shows as a difference
//! between two tables. After every line the invariants of the ledger must hold.

use std::fmt::Write as _;

use loyalty::{
    clock::Instant,
    commands::{Decision, Member, Order, Refusal},
    ledger::Points,
};
use pretty_assertions::assert_eq;

use super::{
    invariants,
    line::{self, Line},
};
use crate::desk::Desk;

/// Holds that a table tells the truth.
pub(super) fn holds(table: &str) {
    let mut lines = table.lines().map(str::trim).filter(|text| !text.is_empty());
    let first = lines.next().expect("a table begins with its programme");
    let mut desk = Desk::new(line::program(first));
    let (mut expected, mut got) = (format!("{first}\n"), format!("{first}\n"));
    for text in lines {
        writeln!(expected, "{text}").expect("writing to a string cannot fail");
        let seen = match text.split_once("=>") {
            Some((event, facts)) => format!("{event}=> {}", see(&mut desk, event, facts)),
            None if text.starts_with('#') => text.to_owned(),
            None => panic!("neither an event with `=>` nor a remark: {text}"),
        };
        writeln!(got, "{seen}").expect("writing to a string cannot fail");
        invariants::hold(&desk);
    }
    assert_eq!(got, expected);
}

/// What the last line did, and to whom.
struct Seen<'a> {
    desk: &'a Desk,
    member: Option<&'a Member>,
    order: Option<&'a Order>,
    decision: Option<Decision>,
    written_before: usize,
    now: Instant,
}

fn see(desk: &mut Desk, event: &str, facts: &str) -> String {
    let Line { now, command, customer, order } = line::read(event, &desk.program);
    let written_before = desk.world.entries.len();
    let decision = match command.map(|command| desk.decide_watched(&command, now)).transpose() {
        Ok(decision) => decision,
        Err(refusal) => return refused(&refusal),
    };
    let order = order.and_then(|id| desk.world.orders.get(&(desk.program.id().to_owned(), id)));
    let of_order = order.and_then(|order| order.member).and_then(|id| desk.world.key_of(id));
    let customer = customer.or_else(|| of_order.map(|key| key.customer.clone()));
    let member = customer.and_then(|customer| desk.member(&customer));
    let seen = Seen { desk, member, order, decision, written_before, now };
    let mut texts: Vec<String> = facts.split(", ").map(|fact| seen.fact(fact.trim())).collect();
    if seen.replayed() && !texts.iter().any(|text| text == "replayed") {
        texts.insert(0, "replayed".to_owned());
    }
    texts.join(", ")
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::InvalidOrder { field, fault, .. } => format!("refused {fault:?} at {field}"),
        Refusal::InvalidReturn { field, fault, .. } => format!("refused {fault:?} at {field}"),
        Refusal::OrderNotFound { order_id } => format!("refused OrderNotFound {order_id}"),
        Refusal::NotAMember { customer } => format!("refused NotAMember {customer}"),
        Refusal::AlreadyMember { customer } => format!("refused AlreadyMember {customer}"),
        Refusal::InsufficientPoints { required, available } => {
            format!("refused InsufficientPoints: {} asked, {} there", required.0, available.0)
        }
        Refusal::BadInput { field, .. } => format!("refused BadInput at {field}"),
    }
}

impl Seen<'_> {
    fn replayed(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| decision.replayed)
    }

    /// The fact as it is, in the words in which it was expected.
    fn fact(&self, expected: &str) -> String {
        let name = match expected.rsplit_once(' ') {
            Some((name, _)) => name,
            None => expected,
        };
        let totals = self.wallet().map(|wallet| wallet.totals).unwrap_or_default();
        let value = match name {
            "available" => self.reading(|wallet| wallet.available),
            "pending" => self.reading(|wallet| wallet.pending),
            "earned" => totals.earned,
            "adjusted" => totals.adjusted,
            "expired" => totals.expired,
            "clawed back" => totals.clawed_back,
            "deficit" => self.wallet().map_or(Points::ZERO, |wallet| wallet.deficit),
            "waiting" => self
                .order
                .map_or(Points::ZERO, |order| order.awards.iter().map(|award| award.pending(self.now)).sum()),
            "forgiven" => self.awards(|award| award.forgiven),
            "uncollected" => self.awards(|award| award.uncollected),
            "lots" => Points(self.wallet().map_or(0, |wallet| wallet.lots().iter().map(|_| 1).sum())),
            other => return self.words(other),
        };
        format!("{name} {}", value.0)
    }

    fn words(&self, name: &str) -> String {
        match name {
            "nobody" => if self.member.is_none() { "nobody" } else { "a member" }.to_owned(),
            "replayed" => if self.replayed() { "replayed" } else { "done anew" }.to_owned(),
            "tier" => {
                let read = |member| {
                    self.desk.reading(member, self.now, |reading| {
                        reading.tier.as_ref().map(|tier| tier.level.id.clone())
                    })
                };
                format!("tier {}", self.member.and_then(read).unwrap_or("none".into()))
            }
            "earned at" => {
                let held = self.order.and_then(|order| order.held.tier.clone());
                format!("earned at {}", held.unwrap_or("none".into()))
            }
            "wrote" => format!("wrote {}", self.written(|entry| format!("{:?}", entry.movement.kind))),
            "paid" => format!("paid {}", self.written(|entry| paid(&entry.movement))),
            other => panic!("no fact is called `{other}`"),
        }
    }

    fn wallet(&self) -> Option<&loyalty::ledger::Wallet> {
        self.member?.wallet("POINTS")
    }

    fn reading(&self, read: fn(&loyalty::commands::snapshot::WalletReading) -> Points) -> Points {
        let Some(member) = self.member else { return Points::ZERO };
        self.desk.reading(member, self.now, |reading| read(&reading.wallets[0]))
    }

    fn awards(&self, read: fn(&loyalty::commands::OrderAward) -> Points) -> Points {
        self.order.map_or(Points::ZERO, |order| order.awards.iter().map(read).sum())
    }

    /// The entries that the line wrote, joined by `+`.
    fn written(&self, text: impl Fn(&loyalty::commands::Entry) -> String) -> String {
        let texts: Vec<String> = self.desk.world.entries[self.written_before..].iter().map(text).collect();
        if texts.is_empty() { "nothing".to_owned() } else { texts.join("+") }
    }
}

/// The lots that paid and by how much, and what became deficit: `1:40/2:60/deficit:5`.
fn paid(movement: &loyalty::ledger::Movement) -> String {
    let lots = movement.allocations.iter().map(|part| format!("{}:{}", part.lot, part.points.0));
    let deficit = Some(movement.deficit.0).filter(|points| *points > 0);
    let parts: Vec<String> = lots.chain(deficit.map(|points| format!("deficit:{points}"))).collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join("/") }
}

//! A table of events, one a line, with what must be seen after each: `when what => seen`.
//!
//! The first line names the programme ([`super::given`]). An event is written as in [`super::line`]; what is seen is
//! `refused` and why, or a list of facts ([`super::facts`]) about the member whom it touched. The whole table is compared,
//! so a failure shows as a difference between two tables. After every line the invariants of the ledger must hold.

use std::fmt::Write as _;

use loyalty::commands::{Outcome, Refusal};
use pretty_assertions::assert_eq;

use super::{
    facts::Seen,
    given, invariants,
    line::{self, Line, Names},
};
use crate::desk::Desk;

/// Holds that a table tells the truth.
pub(super) fn holds(table: &str) {
    let mut lines = table.lines().map(str::trim).filter(|text| !text.is_empty());
    let first = lines.next().expect("a table begins with its programme");
    let (mut desk, mut names) = (Desk::new(given::program(first)), Names::default());
    let (mut expected, mut got) = (format!("{first}\n"), format!("{first}\n"));
    for text in lines {
        writeln!(expected, "{text}").expect("writing to a string cannot fail");
        let seen = match text.split_once("=>") {
            Some((event, facts)) => format!("{event}=> {}", see(&mut desk, &mut names, event, facts)),
            None if text.starts_with('#') => text.to_owned(),
            None => panic!("neither an event with `=>` nor a remark: {text}"),
        };
        writeln!(got, "{seen}").expect("writing to a string cannot fail");
        invariants::hold(&desk);
    }
    assert_eq!(got, expected);
}

fn see(desk: &mut Desk, names: &mut Names, event: &str, facts: &str) -> String {
    let Line { now, command, customer, order, named } = line::read(event, &desk.program, names);
    let written_before = desk.world.entries.len();
    let decision = match command.map(|command| desk.decide_watched(&command, now)).transpose() {
        Ok(decision) => decision,
        Err(refusal) => return refused(&refusal),
    };
    if let (Some(named), Some(decision)) = (named, &decision) {
        match &decision.outcome {
            Outcome::Held { hold, .. } => {
                names.holds.insert(named, *hold);
            }
            outcome => names.redemptions.extend(outcome.redemption().map(|id| (named, id))),
        }
    }
    let order = order.and_then(|id| desk.world.orders.get(&(desk.program.id().to_owned(), id)));
    let owner = order.and_then(|order| order.member).and_then(|id| desk.world.key_of(id));
    let decided = decision.as_ref().and_then(|decision| decision.outcome.member());
    let customer = decided.map(|key| &key.customer).or(customer.as_ref());
    // As pages do: what is told of somebody who has become another member shows that one.
    let member = customer.or(owner.map(|key| &key.customer)).and_then(|customer| desk.member(customer));
    let member = member.map(|member| desk.now(member));
    Seen { desk, names, member, order, decision: decision.as_ref(), written_before, now }.tell(facts)
}

fn refused(refusal: &Refusal) -> String {
    let why = match refusal {
        Refusal::InvalidOrder { field, fault, .. } => format!("{fault:?} at {field}"),
        Refusal::InvalidReturn { field, fault, .. } | Refusal::InvalidFulfilment { field, fault, .. } => {
            format!("{fault:?} at {field}")
        }
        Refusal::OrderNotFound { order_id } => format!("OrderNotFound {order_id}"),
        Refusal::OrderClaimed { order_id } => format!("OrderClaimed {order_id}"),
        Refusal::OrderCancelled { order_id } => format!("OrderCancelled {order_id}"),
        Refusal::ClaimWindowClosed { order_id, until } => {
            format!("ClaimWindowClosed {order_id} {}", until.date_naive())
        }
        Refusal::NotAMember { customer } => format!("NotAMember {customer}"),
        Refusal::NotMerged { customer } => format!("NotMerged {customer}"),
        Refusal::AlreadyMember { customer } => format!("AlreadyMember {customer}"),
        Refusal::MemberBlocked { customer } => format!("MemberBlocked {customer}"),
        Refusal::InsufficientPoints { required, available } => {
            format!("InsufficientPoints: {} asked, {} there", required.0, available.0)
        }
        Refusal::HoldNotFound { .. } => "HoldNotFound".to_owned(),
        Refusal::HoldNotOpen { state, .. } => format!("HoldNotOpen: {state:?}"),
        Refusal::HoldExceeded { held, asked } => format!("HoldExceeded: {} asked, {} held", asked.0, held.0),
        Refusal::RewardNotFound { reward } => format!("RewardNotFound {reward}"),
        Refusal::OutOfStock { reward, left } => format!("OutOfStock {reward}: {left} left"),
        Refusal::RedemptionNotFound { .. } => "RedemptionNotFound".to_owned(),
        Refusal::RedemptionReversed { .. } => "RedemptionReversed".to_owned(),
        Refusal::NothingPending { entry } => format!("NothingPending in {}", entry.seq),
        Refusal::BadInput { field, .. } => format!("BadInput at {field}"),
    };
    format!("refused {why}")
}

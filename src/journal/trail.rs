//! What a batch did, as the audit log keeps it: a record for each actor and programme.

use std::{borrow::Cow, ops::Range};

use hashbrown::HashMap;

use super::{CommandError, Envelope, Receipt};
use crate::{
    audit::{Action, Actor, Record},
    clock::Instant,
    commands::{Entry, World},
    ids::{IdSource, MemberId},
};

/// What was decided of a command, and the entries that it wrote, by their places in the batch's.
pub(super) type Decided<'a> = (&'a Envelope, &'a Result<Receipt, CommandError>, Range<usize>);

/// The records of what was done now; what had been done before is in those of then, and what was refused did nothing.
pub(super) fn records<'a>(
    decided: impl Iterator<Item = Decided<'a>>,
    world: &World,
    (ids, at): (&dyn IdSource, Instant),
) -> Vec<Record> {
    let mut parts: Vec<(&Actor, &str, Vec<Action<'_>>)> = Vec::new();
    let mut places: HashMap<(&Actor, &str), usize> = HashMap::new();
    for (envelope, receipt, written) in decided {
        let Ok(receipt) = receipt else { continue };
        if receipt.replayed {
            continue;
        }
        let (actor, program) = (envelope.command.actor(), envelope.command.command().program());
        let place = *places.entry((actor, program)).or_insert_with(|| {
            parts.push((actor, program, Vec::new()));
            parts.len() - 1
        });
        add(&mut parts[place].2, envelope, receipt, (world, &world.entries[written]));
    }
    let record = |(actor, program, actions): (&Actor, &str, Vec<_>)| {
        Record::new(ids.new_uuid(at), at, (actor.clone(), program), &actions)
    };
    parts.into_iter().map(record).collect()
}

/// Adds what a command did: to its own member's ledger, and to each other that it wrote.
fn add<'a>(
    actions: &mut Vec<Action<'a>>,
    envelope: &'a Envelope,
    receipt: &'a Receipt,
    (world, entries): (&'a World, &'a [Entry]),
) {
    let command = envelope.command.command();
    let (subject, outcome) = (command.subject(), &receipt.outcome);
    let other = || Some(Cow::Borrowed(&*outcome.other_member()?.customer));
    let made = || match (outcome.redemption(), outcome.hold()) {
        (Some(redemption), _) => Some(redemption.to_string()),
        (None, hold) => hold.map(|hold| hold.to_string()),
    };
    let own = outcome.member().and_then(|key| world.members.get(key)).map(|member| member.id);
    let numbers = |of: MemberId| {
        entries.iter().filter(|entry| entry.member == of).map(|entry| entry.movement.seq).collect::<Vec<_>>()
    };
    let action = Action {
        operation: Cow::Borrowed(command.deed()),
        customer: subject.customer.or_else(|| Some(&*outcome.member()?.customer)).map(Cow::Borrowed),
        order: subject.order.map(Cow::Borrowed),
        subject: subject.other.or_else(other).or_else(|| made().map(Cow::Owned)),
        key: envelope.key.as_deref().map(Cow::Borrowed),
        member: own,
        entries: own.map(numbers).unwrap_or_default().into(),
        ..Action::default()
    };
    let mut told: Vec<MemberId> = own.into_iter().collect();
    actions.push(action.clone());
    for entry in entries {
        if told.contains(&entry.member) {
            continue;
        }
        told.push(entry.member);
        let customer = world.key_of(entry.member).map(|key| Cow::Borrowed(&*key.customer));
        let (member, entries) = (Some(entry.member), numbers(entry.member).into());
        actions.push(Action { customer, member, entries, ..action.clone() });
    }
}

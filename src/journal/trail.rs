//! What a batch did, as the audit log keeps it: a record for each actor and programme.

use std::borrow::Cow;

use super::{CommandError, Envelope, Receipt};
use crate::{
    audit::{Action, Actor, Record},
    clock::Instant,
    commands::World,
    ids::IdSource,
};

/// The records of what was done now; what had been done before is in those of then, and what was refused did nothing.
pub(super) fn records(
    envelopes: &[&Envelope],
    receipts: &[Result<Receipt, CommandError>],
    world: &World,
    (ids, now): (&dyn IdSource, Instant),
) -> Vec<Record> {
    let mut parts: Vec<(&Actor, &str, Vec<Action<'_>>)> = Vec::new();
    for (envelope, receipt) in envelopes.iter().zip(receipts) {
        let Ok(receipt) = receipt else { continue };
        if receipt.replayed {
            continue;
        }
        let (actor, program) = (envelope.command.actor(), envelope.command.command().program());
        let action = action(envelope, receipt, world);
        // A batch has few actors, and most often one.
        match parts.iter_mut().find(|(known, of, _)| *known == actor && *of == program) {
            Some((_, _, actions)) => actions.push(action),
            None => parts.push((actor, program, vec![action])),
        }
    }
    let record = |(actor, program, actions): (&Actor, &str, Vec<_>)| {
        Record::new(ids.new_uuid(now), now, (actor.clone(), program), &actions)
    };
    parts.into_iter().map(record).collect()
}

fn action<'a>(envelope: &'a Envelope, receipt: &'a Receipt, world: &World) -> Action<'a> {
    let command = envelope.command.command();
    let (subject, outcome) = (command.subject(), &receipt.outcome);
    let made = || match (outcome.redemption(), outcome.hold()) {
        (Some(redemption), _) => Some(redemption.to_string()),
        (None, hold) => hold.map(|hold| hold.to_string()),
    };
    let member = outcome.member().and_then(|key| world.members.get(key)).map(|member| member.id);
    Action {
        operation: Cow::Borrowed(command.deed()),
        customer: subject.customer.or_else(|| Some(&*outcome.member()?.customer)).map(Cow::Borrowed),
        order: subject.order.map(Cow::Borrowed),
        subject: subject.other.or_else(|| made().map(Cow::Owned)),
        key: envelope.key.as_deref().map(Cow::Borrowed),
        member,
        entries: Cow::Borrowed(outcome.entries()),
        ..Action::default()
    }
}

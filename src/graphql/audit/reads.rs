//! What staff and administrators read is written down before they are answered: no record, no answer.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    audit::{Action, Record},
    auth::{Read, Reads},
    commands::Command,
    graphql::{problem::Problem, visit::Visit},
    journal::{CommandError, Receipt},
};

impl Visit {
    /// Writes down what has been read since the last time, if this is somebody whose reads are written down.
    pub(crate) async fn write_down(&self) -> Result<(), Problem> {
        let Some(reads) = self.caller.reads().map(Reads::take).filter(|reads| !reads.is_empty()) else {
            return Ok(());
        };
        let mut by_program: BTreeMap<&str, Vec<Action<'_>>> = BTreeMap::new();
        for Read { program, operation, customer, order, subject } in &reads {
            by_program.entry(program).or_default().push(Action {
                operation: operation.into(),
                customer: customer.as_deref().map(Into::into),
                order: order.as_deref().map(Into::into),
                subject: subject.as_deref().map(Into::into),
                ..Action::default()
            });
        }
        let now = self.now();
        let record = |(program, actions): (&str, Vec<_>)| {
            let actor = self.caller.actor().as_ref().clone();
            Record::new(self.services.ids.new_uuid(now), now, (actor, program), &actions)
        };
        let records = by_program.into_iter().map(record).collect();
        let noted = self.services.trail.note(records).await;
        if noted.is_err() {
            // Whoever asks next in this request is not to find that all has been written.
            self.caller.reads().into_iter().for_each(|own| own.put_back(reads.clone()));
        }
        noted.map_err(|error| self.fault(&error))
    }

    /// What a watched caller's command would tell without doing anything.
    pub(crate) fn attempt(&self, command: &Command) -> Option<Read> {
        self.caller.reads()?;
        let subject = command.subject();
        Some(Read {
            program: command.program().to_owned(),
            operation: format!("refused_{}", command.deed()),
            customer: subject.customer.map(str::to_owned),
            order: subject.order.map(str::to_owned),
            subject: subject.other.map(Cow::into_owned),
        })
    }

    /// Keeps in mind that a command was refused, which tells why, or had been done before, which shows what it changed as it is
    /// now. What was done is told of with the command itself.
    pub(crate) fn note_attempt(&self, attempt: Option<Read>, answer: &Result<Receipt, CommandError>) {
        let (Some(attempt), Some(reads)) = (attempt, self.caller.reads()) else { return };
        match answer {
            Err(CommandError::Refused(_)) => reads.add(attempt),
            Ok(Receipt { replayed: true, outcome, .. }) => {
                let customer = outcome.member().map(|key| key.customer.clone()).or(attempt.customer);
                let operation = "read_member".to_owned();
                reads.add(Read { operation, customer, ..attempt });
            }
            _ => {}
        }
    }
}

//! What staff and administrators read is written down before they are answered: no record, no answer.

use std::collections::BTreeMap;

use crate::{
    audit::{Action, Record},
    auth::{Read, Reads},
    graphql::{problem::Problem, visit::Visit},
};

impl Visit {
    /// Writes down what has been read since the last time, if this is somebody whose reads are written down.
    pub(crate) async fn write_down(&self) -> Result<(), Problem> {
        let Some(reads) = self.caller.reads().map(Reads::take).filter(|reads| !reads.is_empty()) else {
            return Ok(());
        };
        let mut by_program: BTreeMap<&str, Vec<Action<'_>>> = BTreeMap::new();
        for Read { program, operation, customer, order } in &reads {
            by_program.entry(program).or_default().push(Action {
                operation: (*operation).into(),
                customer: customer.as_deref().map(Into::into),
                order: order.as_deref().map(Into::into),
                ..Action::default()
            });
        }
        let now = self.now();
        let record = |(program, actions): (&str, Vec<_>)| {
            let actor = self.caller.actor().as_ref().clone();
            Record::new(self.services.ids.new_uuid(now), now, (actor, program), &actions)
        };
        let records = by_program.into_iter().map(record).collect();
        self.services.trail.note(records).await.map_err(|error| self.fault(&error))
    }
}

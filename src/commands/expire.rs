//! Writes down what time has done to a member whom nobody touched.

use serde::Serialize;

use super::{Context, Decision, MemberKey, Outcome, Refusal, World};

/// Settles a member's wallets and tier up to the batch's time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Expire {
    pub program: String,
    pub customer: String,
}

impl Expire {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        let key = MemberKey::new(&self.program, &self.customer);
        let Some(member) = world.members.get_mut(&key) else {
            return Err(Refusal::NotAMember { customer: self.customer.clone() });
        };

        let entries = member.let_time_pass(&program, context.now);
        let numbers = entries.iter().map(|entry| entry.movement.seq).collect();
        world.entries.extend(entries);
        Ok(Decision::new(Outcome::Expired { member: key, entries: numbers }))
    }
}

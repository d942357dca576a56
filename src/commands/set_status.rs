//! Blocks a member from spending, and lets it spend again.

use serde::Serialize;

use super::{
    Context, Decision, MemberStatus, Outcome, Refusal, World,
    order::{TEXT_MAX, is_name},
};

/// Blocks a member, or unblocks one. A blocked member goes on earning, and may neither hold, spend nor transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SetStatus {
    pub program: String,
    pub customer: String,
    pub blocked: bool,
    pub reason: String,
}

impl SetStatus {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        if !is_name(&self.reason) {
            let message = format!("must have 1 to {TEXT_MAX} printable characters");
            return Err(Refusal::bad_input("reason", message));
        }
        let key = world.member_of(&self.program, &self.customer, context)?;

        let status = if self.blocked { MemberStatus::Blocked } else { MemberStatus::Active };
        let member = world.members.get_mut(&key).expect("it was found above");
        if member.status != status {
            let entries = member.settle(&program, context.now);
            member.status = status;
            member.touched();
            world.entries.extend(entries);
        }
        Ok(Decision::new(Outcome::StatusChanged { member: key }))
    }
}

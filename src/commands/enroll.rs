//! Makes a customer a member.

use serde::Serialize;

use super::{
    Context, Decision, Member, MemberKey, Outcome, Refusal, World,
    order::{TEXT_MAX, is_name},
};

/// Makes a customer a member of a programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Enroll {
    pub program: String,
    pub customer: String,
    pub channel: Option<String>,
    pub store: Option<String>,
}

impl Enroll {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        let texts = [
            ("customerId", Some(&self.customer)),
            ("channel", self.channel.as_ref()),
            ("storeId", self.store.as_ref()),
        ];
        for (field, text) in texts {
            if text.is_some_and(|text| !is_name(text)) {
                return Err(Refusal::bad_input(
                    field,
                    format!("must have 1 to {TEXT_MAX} printable characters"),
                ));
            }
        }
        let key = MemberKey::new(&self.program, &self.customer);
        if world.members.contains_key(&key) {
            return Err(Refusal::AlreadyMember { customer: self.customer.clone() });
        }

        let from = (self.channel.clone(), self.store.clone());
        world.add_member(Member::enroll(key.clone(), &program, context.now, from, context));
        Ok(Decision::new(Outcome::Enrolled { member: key }))
    }
}

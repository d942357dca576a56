//! Making customers members.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::LoyaltyMember;
use crate::{
    commands::{Command, Enroll, Refusal},
    graphql::{
        directives::{authenticated, cost},
        federation::Preloaded,
        problem::Problem,
        refusal::LoyaltyAlreadyMember,
        submit::{Answer, MemberParts},
        visit::Visit,
    },
};

#[derive(Default)]
pub(crate) struct MemberMutation;

/// Who becomes a member, and of what.
#[derive(InputObject)]
struct LoyaltyMemberEnrollInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Who becomes a member: 1 to 128 characters.
    customer_id: ID,
    /// Where it happened, for example `ONLINE`, `STORE` or `APP`: up to 128 characters.
    channel: Option<String>,
    /// In which store: up to 128 characters.
    store_id: Option<ID>,
}

/// What became of an enrolment.
#[derive(Union)]
enum LoyaltyMemberEnrollResult {
    Enrolled(LoyaltyMemberEnrolled),
    AlreadyMember(LoyaltyAlreadyMember),
}

/// The customer is a member now.
#[derive(SimpleObject)]
struct LoyaltyMemberEnrolled {
    /// The new member.
    member: LoyaltyMember,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

#[Object]
impl MemberMutation {
    /// Makes a customer a member. A customer may enrol itself; services and staff need the scope `loyalty:member:write`, and
    /// staff enrols in stores of its own. Refused where the customer is a member already.
    #[graphql(directive = authenticated::apply(), directive = cost::apply(10))]
    async fn loyalty_member_enroll(
        &self,
        context: &Context<'_>,
        input: LoyaltyMemberEnrollInput,
    ) -> Result<LoyaltyMemberEnrollResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?;
        let customer = input.customer_id.0;
        let command = Command::Enroll(Enroll {
            program: program.id().to_owned(),
            customer: customer.clone(),
            channel: input.channel,
            store: input.store_id.map(|id| id.0),
        });
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let MemberParts { member, replayed, .. } = done.into_member(visit)?;
                Ok(LoyaltyMemberEnrollResult::Enrolled(LoyaltyMemberEnrolled { member, replayed }))
            }
            Answer::Refused(refusal @ Refusal::AlreadyMember { .. }) => {
                let member = visit.member(&Preloaded::nothing(), program, &customer).await?;
                let refused = LoyaltyAlreadyMember { message: refusal.to_string(), member };
                Ok(LoyaltyMemberEnrollResult::AlreadyMember(refused))
            }
            Answer::Refused(refusal) => Err(visit.unexpected(refusal)),
        }
    }
}

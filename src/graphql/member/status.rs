//! Blocking members.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::LoyaltyMember;
use crate::{
    auth::scopes::Access,
    commands::{Command, SetStatus},
    graphql::{
        directives::{any_of, authenticated, cost, requires_scopes},
        problem::Problem,
        refusal::{LoyaltyNotAMember, refusals},
        submit::{Answer, MemberParts},
        visit::Visit,
    },
};

#[derive(Default)]
pub(crate) struct MemberStatusMutation;

/// A member to block.
#[derive(InputObject)]
struct LoyaltyMemberBlockInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Who is blocked.
    customer_id: ID,
    /// Why, for audit: 1 to 128 characters.
    reason: String,
}

/// A member to unblock.
#[derive(InputObject)]
struct LoyaltyMemberUnblockInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Who is unblocked.
    customer_id: ID,
    /// Why, for audit: 1 to 128 characters.
    reason: String,
}

/// What became of a member to block.
#[derive(Union)]
enum LoyaltyMemberBlockResult {
    Done(LoyaltyMemberIsBlocked),
    NotAMember(LoyaltyNotAMember),
}

/// What became of a member to unblock.
#[derive(Union)]
enum LoyaltyMemberUnblockResult {
    Done(LoyaltyMemberUnblocked),
    NotAMember(LoyaltyNotAMember),
}

/// The member is blocked: it goes on earning, and may neither spend nor give.
#[derive(SimpleObject)]
struct LoyaltyMemberIsBlocked {
    /// The member after it.
    member: LoyaltyMember,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

/// The member may spend again.
#[derive(SimpleObject)]
struct LoyaltyMemberUnblocked {
    /// The member after it.
    member: LoyaltyMember,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyMemberBlockResult: NotAMember);
refusals!(LoyaltyMemberUnblockResult: NotAMember);

#[Object]
impl MemberStatusMutation {
    /// Blocks a member: it goes on earning, and may neither hold, spend nor give points; what is held already can still be
    /// captured. One that is blocked already stays so. Needs the scope `loyalty:member:write`. Refused where the customer is no
    /// member.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::ManageMember)),
        directive = cost::apply(10)
    )]
    async fn loyalty_member_block(
        &self,
        context: &Context<'_>,
        input: LoyaltyMemberBlockInput,
    ) -> Result<LoyaltyMemberBlockResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?.id().to_owned();
        let customer = input.customer_id.0;
        let command = SetStatus { program, customer, blocked: true, reason: input.reason };
        match visit.submit(&input.idempotency_key, Command::SetStatus(command)).await? {
            Answer::Done(done) => {
                let MemberParts { member, replayed, .. } = done.into_member(visit)?;
                Ok(LoyaltyMemberBlockResult::Done(LoyaltyMemberIsBlocked { member, replayed }))
            }
            Answer::Refused(refusal) => LoyaltyMemberBlockResult::refused(visit, refusal),
        }
    }

    /// Lets a blocked member spend again. One that is not blocked stays so. Needs the scope `loyalty:member:write`. Refused
    /// where the customer is no member.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::ManageMember)),
        directive = cost::apply(10)
    )]
    async fn loyalty_member_unblock(
        &self,
        context: &Context<'_>,
        input: LoyaltyMemberUnblockInput,
    ) -> Result<LoyaltyMemberUnblockResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?.id().to_owned();
        let customer = input.customer_id.0;
        let command = SetStatus { program, customer, blocked: false, reason: input.reason };
        match visit.submit(&input.idempotency_key, Command::SetStatus(command)).await? {
            Answer::Done(done) => {
                let MemberParts { member, replayed, .. } = done.into_member(visit)?;
                Ok(LoyaltyMemberUnblockResult::Done(LoyaltyMemberUnblocked { member, replayed }))
            }
            Answer::Refused(refusal) => LoyaltyMemberUnblockResult::refused(visit, refusal),
        }
    }
}

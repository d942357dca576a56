//! Making one member of two, and undoing that.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::LoyaltyMember;
use crate::{
    auth::scopes::Access,
    commands::{Command, Merge, Unmerge},
    graphql::{
        directives::{any_of, authenticated, cost, requires_scopes},
        problem::Problem,
        refusal::{LoyaltyNotAMember, LoyaltyNotMerged, refusals},
        submit::{Answer, MemberParts},
        visit::Visit,
    },
};

#[derive(Default)]
pub(crate) struct MemberMergeMutation;

/// Two members that become one.
#[derive(InputObject)]
struct LoyaltyMemberMergeInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Whose membership ends in the other's.
    from_customer_id: ID,
    /// Whose membership goes on: another member of the programme.
    into_customer_id: ID,
}

/// A merge to undo.
#[derive(InputObject)]
struct LoyaltyMemberUnmergeInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Whose membership was ended by the merge.
    customer_id: ID,
}

/// What became of two members.
#[derive(Union)]
enum LoyaltyMemberMergeResult {
    Merged(LoyaltyMemberMerged),
    NotAMember(LoyaltyNotAMember),
}

/// What became of a merge to undo.
#[derive(Union)]
enum LoyaltyMemberUnmergeResult {
    Unmerged(LoyaltyMemberUnmerged),
    NotAMember(LoyaltyNotAMember),
    NotMerged(LoyaltyNotMerged),
}

/// The two are one.
#[derive(SimpleObject)]
struct LoyaltyMemberMerged {
    /// The one that goes on, after it.
    member: LoyaltyMember,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

/// The two are two again.
#[derive(SimpleObject)]
struct LoyaltyMemberUnmerged {
    /// The one that had been merged, after it.
    member: LoyaltyMember,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyMemberMergeResult: NotAMember);
refusals!(LoyaltyMemberUnmergeResult: NotAMember, NotMerged);

#[Object]
impl MemberMergeMutation {
    /// Makes one member of two: credits with their expiry, holds, a balance below zero and what counts towards the tier move;
    /// the earlier enrolment counts, and where one of the two is blocked both are. From then on whatever is asked of the one is
    /// asked of the other. `loyaltyMemberUnmerge` undoes it. Needs the scope `loyalty:member:write`. Refused where one of the two
    /// is no member.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::ManageMember)),
        directive = cost::apply(20)
    )]
    async fn loyalty_member_merge(
        &self,
        context: &Context<'_>,
        input: LoyaltyMemberMergeInput,
    ) -> Result<LoyaltyMemberMergeResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?.id().to_owned();
        let (from, into) = (input.from_customer_id.0, input.into_customer_id.0);
        let command = Command::Merge(Merge { program, from, into });
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let MemberParts { member, replayed, .. } = done.into_member(visit)?;
                Ok(LoyaltyMemberMergeResult::Merged(LoyaltyMemberMerged { member, replayed }))
            }
            Answer::Refused(refusal) => LoyaltyMemberMergeResult::refused(visit, refusal),
        }
    }

    /// Undoes a merge. What is left of the member's own credits comes back to it with their expiry, as do open holds that came
    /// with it, a balance below zero and what its orders count towards the tier. What was spent or expired meanwhile, or has
    /// gone into the other's balance below zero since, is not made good; what was recorded meanwhile, under either name, stays
    /// the other's; where the other is blocked both are. Of merges one upon the other the last is undone first; one that was
    /// made by a release which noted nothing of merges stays. Needs the scope `loyalty:member:write`. Refused where the customer is
    /// no member, or is not merged into another.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::ManageMember)),
        directive = cost::apply(20)
    )]
    async fn loyalty_member_unmerge(
        &self,
        context: &Context<'_>,
        input: LoyaltyMemberUnmergeInput,
    ) -> Result<LoyaltyMemberUnmergeResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?.id().to_owned();
        let command = Command::Unmerge(Unmerge { program, customer: input.customer_id.0 });
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let MemberParts { member, replayed, .. } = done.into_member(visit)?;
                Ok(LoyaltyMemberUnmergeResult::Unmerged(LoyaltyMemberUnmerged { member, replayed }))
            }
            Answer::Refused(refusal) => LoyaltyMemberUnmergeResult::refused(visit, refusal),
        }
    }
}

//! Recording returns.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::LoyaltyReturnInput;
use crate::{
    auth::scopes::Access,
    commands::Command,
    graphql::{
        directives::{any_of, authenticated, cost, list_size, requires_scopes},
        entry::LoyaltyEntry,
        member::LoyaltyMember,
        order::LoyaltyOrder,
        problem::Problem,
        refusal::{LoyaltyInvalidReturn, LoyaltyOrderNotFound, refusals},
        scalars::LoyaltyPoints,
        submit::Answer,
        visit::Visit,
    },
};

#[derive(Default)]
pub(crate) struct ReturnMutation;

/// A return to record.
#[derive(InputObject)]
struct LoyaltyReturnRecordInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// The return.
    r#return: LoyaltyReturnInput,
}

/// What became of a return.
#[derive(Union)]
enum LoyaltyReturnRecordResult {
    Recorded(LoyaltyReturnRecorded),
    OrderNotFound(LoyaltyOrderNotFound),
    InvalidReturn(LoyaltyInvalidReturn),
}

/// The return is recorded, and what the order no longer earns is taken back.
#[derive(SimpleObject)]
struct LoyaltyReturnRecorded {
    /// The order as it stands now.
    order: LoyaltyOrder,
    /// Who had earned for it. Null for a guest's order and for one whose customer is no member, and where the token does not
    /// allow reading the member.
    member: Option<LoyaltyMember>,
    /// What was taken back of what it gave, and what came back of the points that were spent on it.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// What was to be taken back and was not, because the balance may not fall so far: left to the member, for staff to see.
    uncollected: LoyaltyPoints,
    /// True where the key, or the return's id, had been used for the same content before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyReturnRecordResult: OrderNotFound, InvalidReturn);

#[Object]
impl ReturnMutation {
    /// Records what came back of an order, by line and quantity, and takes back what the order no longer earns: it is worth
    /// then what its kept lines would have earned under the same version of the programme and at the same tier. Points that were
    /// spent on the order come back, as the programme has it. Needs the scope `loyalty:orders:write`. Refused where no such order was recorded, and where the return is invalid.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::WriteOrder)),
        directive = cost::apply(10)
    )]
    async fn loyalty_return_record(
        &self,
        context: &Context<'_>,
        input: LoyaltyReturnRecordInput,
    ) -> Result<LoyaltyReturnRecordResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?;
        let command = Command::RecordReturn(input.r#return.command(program));
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let (replayed, uncollected) = (done.replayed, done.uncollected().into());
                let (order, member, entries) = done.into_order(visit)?;
                let recorded = LoyaltyReturnRecorded { order, member, entries, uncollected, replayed };
                Ok(LoyaltyReturnRecordResult::Recorded(recorded))
            }
            Answer::Refused(refusal) => LoyaltyReturnRecordResult::refused(visit, refusal),
        }
    }
}

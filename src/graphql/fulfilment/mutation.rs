//! Recording fulfilments.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::LoyaltyFulfilmentInput;
use crate::{
    auth::scopes::Access,
    commands::Command,
    graphql::{
        directives::{any_of, authenticated, cost, list_size, requires_scopes},
        entry::LoyaltyEntry,
        member::LoyaltyMember,
        order::LoyaltyOrder,
        problem::Problem,
        refusal::{LoyaltyInvalidFulfilment, LoyaltyOrderNotFound, refusals},
        submit::Answer,
        visit::Visit,
    },
};

#[derive(Default)]
pub(crate) struct FulfilmentMutation;

/// A fulfilment to record.
#[derive(InputObject)]
struct LoyaltyFulfilmentRecordInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// The fulfilment.
    fulfilment: LoyaltyFulfilmentInput,
}

/// What became of a fulfilment.
#[derive(Union)]
enum LoyaltyFulfilmentRecordResult {
    Recorded(LoyaltyFulfilmentRecorded),
    OrderNotFound(LoyaltyOrderNotFound),
    InvalidFulfilment(LoyaltyInvalidFulfilment),
}

/// The fulfilment is recorded, and points that awaited it can be spent.
#[derive(SimpleObject)]
struct LoyaltyFulfilmentRecorded {
    /// The order as it stands now.
    order: LoyaltyOrder,
    /// Who earned for it. Null for a guest's order and for one whose customer is no member, and where the token does not allow
    /// reading the member.
    member: Option<LoyaltyMember>,
    /// What was written: points that became active; empty where none awaited it.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key, or the fulfilment's id, had been used for the same content before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyFulfilmentRecordResult: OrderNotFound, InvalidFulfilment);

#[Object]
impl FulfilmentMutation {
    /// Records what was handed over of an order, by line and quantity; an order may have several fulfilments. Where the
    /// programme lets points await it, those of the lines become active. Needs the scope `loyalty:orders:write`. Refused where
    /// no such order was recorded, and where the fulfilment is invalid.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::WriteOrder)),
        directive = cost::apply(10)
    )]
    async fn loyalty_fulfilment_record(
        &self,
        context: &Context<'_>,
        input: LoyaltyFulfilmentRecordInput,
    ) -> Result<LoyaltyFulfilmentRecordResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?;
        let command = Command::RecordFulfilment(input.fulfilment.command(program));
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let replayed = done.replayed;
                let (order, member, entries) = done.into_order(visit)?;
                let recorded = LoyaltyFulfilmentRecorded { order, member, entries, replayed };
                Ok(LoyaltyFulfilmentRecordResult::Recorded(recorded))
            }
            Answer::Refused(refusal) => LoyaltyFulfilmentRecordResult::refused(visit, refusal),
        }
    }
}

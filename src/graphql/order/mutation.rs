//! Recording and cancelling orders.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};
use serde::Deserialize;

use super::{LoyaltyOrder, LoyaltyOrderInput};
use crate::{
    auth::scopes::Access,
    commands::{CancelOrder, Command, RecordOrder},
    graphql::{
        directives::{any_of, authenticated, cost, list_size, requires_scopes},
        entry::LoyaltyEntry,
        lane::object,
        member::LoyaltyMember,
        problem::Problem,
        refusal::{LoyaltyInvalidOrder, LoyaltyOrderNotFound, refusals},
        scalars::LoyaltyPoints,
        submit::Answer,
        visit::Visit,
    },
};

#[derive(Default)]
pub(crate) struct OrderMutation;

/// An order to record.
#[derive(InputObject, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LoyaltyOrderRecordInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// The order.
    #[serde(deserialize_with = "object::one")]
    order: LoyaltyOrderInput,
}

/// An order to cancel.
#[derive(InputObject)]
struct LoyaltyOrderCancelInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// The OMS's own id of the order.
    order_id: ID,
}

impl LoyaltyOrderRecordInput {
    /// The command and its key.
    pub(crate) fn command(self, visit: &Visit) -> Result<(String, Command), Problem> {
        let program = visit.program(self.program.as_ref(), "input.program")?;
        let command = RecordOrder { program: program.id().to_owned(), order: self.order.into() };
        Ok((self.idempotency_key.0, Command::RecordOrder(command)))
    }
}

/// What became of an order.
#[derive(Union)]
enum LoyaltyOrderRecordResult {
    Recorded(LoyaltyOrderRecorded),
    InvalidOrder(LoyaltyInvalidOrder),
}

/// What became of a cancellation.
#[derive(Union)]
enum LoyaltyOrderCancelResult {
    Cancelled(LoyaltyOrderCancelled),
    OrderNotFound(LoyaltyOrderNotFound),
}

/// The order is recorded, and what it earns is given.
#[derive(SimpleObject)]
struct LoyaltyOrderRecorded {
    /// The order as loyalty keeps it.
    order: LoyaltyOrder,
    /// Who earned for it. Null for a guest's order and for one whose customer is no member, and where the token does not
    /// allow reading the member.
    member: Option<LoyaltyMember>,
    /// What it gave, and what a correction took back; empty where nobody earned, or nothing was earned.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// What a correction was to take back and did not, because the balance may not fall so far.
    uncollected: LoyaltyPoints,
    /// True where the key, or the order's id, had been used for the same content before: nothing was done again.
    replayed: bool,
}

/// The order is cancelled, and what it gave is undone.
#[derive(SimpleObject)]
struct LoyaltyOrderCancelled {
    /// The order as loyalty keeps it.
    order: LoyaltyOrder,
    /// Who had earned for it; null as with a recorded order.
    member: Option<LoyaltyMember>,
    /// What was taken back.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// What was to be taken back and was not, because the balance may not fall so far.
    uncollected: LoyaltyPoints,
    /// True where the order was cancelled before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyOrderRecordResult: InvalidOrder);
refusals!(LoyaltyOrderCancelResult: OrderNotFound);

#[Object]
impl OrderMutation {
    /// Records an order and gives what it earns. Its customer's first order makes the customer a member, where the programme
    /// says so. Sent again with a higher revision, it is corrected: what it gives then is the difference. Needs the scope
    /// `loyalty:orders:write`; staff records orders of its own stores. Refused where the order is invalid, and where another order was recorded under its id and
    /// revision.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::WriteOrder)),
        directive = cost::apply(10)
    )]
    async fn loyalty_order_record(
        &self,
        context: &Context<'_>,
        input: LoyaltyOrderRecordInput,
    ) -> Result<LoyaltyOrderRecordResult, Problem> {
        let visit = Visit::of(context);
        let (key, command) = input.command(visit)?;
        match visit.submit(&key, command).await? {
            Answer::Done(done) => {
                let (replayed, uncollected) = (done.replayed, done.uncollected().into());
                let (order, member, entries) = done.into_order(visit)?;
                let recorded = LoyaltyOrderRecorded { order, member, entries, uncollected, replayed };
                Ok(LoyaltyOrderRecordResult::Recorded(recorded))
            }
            Answer::Refused(refusal) => LoyaltyOrderRecordResult::refused(visit, refusal),
        }
    }

    /// Cancels an order before it is fulfilled: all that it gave is taken back, and the qualifying spend with it. Needs the
    /// scope `loyalty:orders:write`. Refused where no such order was recorded.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::WriteOrder)),
        directive = cost::apply(10)
    )]
    async fn loyalty_order_cancel(
        &self,
        context: &Context<'_>,
        input: LoyaltyOrderCancelInput,
    ) -> Result<LoyaltyOrderCancelResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?;
        let command = CancelOrder { program: program.id().to_owned(), order_id: input.order_id.0 };
        match visit.submit(&input.idempotency_key, Command::CancelOrder(command)).await? {
            Answer::Done(done) => {
                let (replayed, uncollected) = (done.replayed, done.uncollected().into());
                let (order, member, entries) = done.into_order(visit)?;
                let cancelled = LoyaltyOrderCancelled { order, member, entries, uncollected, replayed };
                Ok(LoyaltyOrderCancelResult::Cancelled(cancelled))
            }
            Answer::Refused(refusal) => LoyaltyOrderCancelResult::refused(visit, refusal),
        }
    }
}

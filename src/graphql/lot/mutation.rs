//! Ending the waiting of points before its time.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use crate::{
    auth::scopes::Access,
    commands::{ChangeLot, Command, LotChange, MemberKey, Refusal},
    graphql::{
        directives::{any_of, authenticated, cost, list_size, requires_scopes},
        entry::LoyaltyEntry,
        member::LoyaltyMember,
        problem::Problem,
        refusal::{LoyaltyNotAMember, LoyaltyNothingPending, refusals},
        submit::{Answer, MemberParts},
        visit::Visit,
    },
    ids::EntryId,
};

#[derive(Default)]
pub(crate) struct LotMutation;

/// A credit whose points become spendable.
#[derive(InputObject)]
struct LoyaltyLotActivateInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Whose credit.
    customer_id: ID,
    /// The entry that gave the points.
    entry_id: ID,
    /// Why, for the member and for audit: 1 to 128 characters.
    reason: String,
}

/// A credit whose points are called off.
#[derive(InputObject)]
struct LoyaltyLotCancelInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Whose credit.
    customer_id: ID,
    /// The entry that gave the points.
    entry_id: ID,
    /// Why, for the member and for audit: 1 to 128 characters.
    reason: String,
}

/// What became of points to activate.
#[derive(Union)]
enum LoyaltyLotActivateResult {
    Activated(LoyaltyLotActivated),
    NotAMember(LoyaltyNotAMember),
    NothingPending(LoyaltyNothingPending),
}

/// What became of points to call off.
#[derive(Union)]
enum LoyaltyLotCancelResult {
    Cancelled(LoyaltyLotCancelled),
    NotAMember(LoyaltyNotAMember),
    NothingPending(LoyaltyNothingPending),
}

/// The points can be spent now.
#[derive(SimpleObject)]
struct LoyaltyLotActivated {
    /// The member after it.
    member: LoyaltyMember,
    /// What was written.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

/// The points are called off.
#[derive(SimpleObject)]
struct LoyaltyLotCancelled {
    /// The member after it.
    member: LoyaltyMember,
    /// What was written.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyLotActivateResult: NotAMember, NothingPending);
refusals!(LoyaltyLotCancelResult: NotAMember, NothingPending);

#[Object]
impl LotMutation {
    /// Makes the waiting points of one credit spendable now. Needs the scope `loyalty:points:adjust`. Refused where the
    /// customer is no member, and where nothing waits in the credit.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::ChangeLot)),
        directive = cost::apply(10)
    )]
    async fn loyalty_lot_activate(
        &self,
        context: &Context<'_>,
        input: LoyaltyLotActivateInput,
    ) -> Result<LoyaltyLotActivateResult, Problem> {
        let visit = Visit::of(context);
        let LoyaltyLotActivateInput { idempotency_key, program, customer_id, entry_id, reason } = input;
        let lot = Named { program, customer_id, entry_id };
        match change(visit, &idempotency_key, lot, LotChange::Activate, reason).await? {
            Answer::Done(done) => {
                let MemberParts { member, entries, replayed } = done.into_member(visit)?;
                Ok(LoyaltyLotActivateResult::Activated(LoyaltyLotActivated { member, entries, replayed }))
            }
            Answer::Refused(refusal) => LoyaltyLotActivateResult::refused(visit, refusal),
        }
    }

    /// Calls the waiting points of one credit off: they are gone, and nothing takes them again. Needs the scope
    /// `loyalty:points:adjust`. Refused where the customer is no member, and where nothing waits in the credit.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::ChangeLot)),
        directive = cost::apply(10)
    )]
    async fn loyalty_lot_cancel(
        &self,
        context: &Context<'_>,
        input: LoyaltyLotCancelInput,
    ) -> Result<LoyaltyLotCancelResult, Problem> {
        let visit = Visit::of(context);
        let LoyaltyLotCancelInput { idempotency_key, program, customer_id, entry_id, reason } = input;
        let lot = Named { program, customer_id, entry_id };
        match change(visit, &idempotency_key, lot, LotChange::Cancel, reason).await? {
            Answer::Done(done) => {
                let MemberParts { member, entries, replayed } = done.into_member(visit)?;
                Ok(LoyaltyLotCancelResult::Cancelled(LoyaltyLotCancelled { member, entries, replayed }))
            }
            Answer::Refused(refusal) => LoyaltyLotCancelResult::refused(visit, refusal),
        }
    }
}

/// A lot as inputs name it.
struct Named {
    program: Option<ID>,
    customer_id: ID,
    entry_id: ID,
}

async fn change(
    visit: &Visit,
    key: &str,
    lot: Named,
    change: LotChange,
    reason: String,
) -> Result<Answer, Problem> {
    let program = visit.program(lot.program.as_ref(), "input.program")?.id().to_owned();
    let entry: EntryId =
        lot.entry_id.parse().map_err(|error| Problem::bad_input("input.entryId", format!("{error}")))?;
    let customer = lot.customer_id.0;
    let mut command = ChangeLot { program, customer, lot: entry.seq, order: None, change, reason };
    // Who may not change it does not learn by asking whose it is.
    visit.caller.allow(Command::ChangeLot(command.clone()))?;
    match visit.current(MemberKey::new(&command.program, &command.customer)).await? {
        Some(member) if member.id != entry.member => {
            return Ok(Answer::Refused(Refusal::NothingPending { entry }));
        }
        Some(member) => {
            let entries = visit.services.pages.entries_by_number(member.id, &[entry.seq]).await;
            let entries = entries.map_err(|error| visit.fault(&error))?;
            command.order = entries.into_iter().next().and_then(|entry| entry.order);
        }
        None => {}
    }
    visit.submit(key, Command::ChangeLot(command)).await
}

//! Claiming the order of a guest.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::LoyaltyOrder;
use crate::{
    auth::scopes::Access,
    commands::{ClaimOrder, Command},
    graphql::{
        directives::{any_of, authenticated, cost, list_size, requires_scopes},
        entry::LoyaltyEntry,
        member::LoyaltyMember,
        problem::Problem,
        refusal::{
            LoyaltyAlreadyCancelled, LoyaltyAlreadyClaimed, LoyaltyClaimWindowClosed, LoyaltyInvalidOrder,
            LoyaltyNotAMember, LoyaltyOrderNotFound, refusals,
        },
        submit::Answer,
        visit::Visit,
    },
};

#[derive(Default)]
pub(crate) struct ClaimMutation;

/// An order to claim.
#[derive(InputObject)]
struct LoyaltyOrderClaimInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// The OMS's own id of the order.
    order_id: ID,
    /// Whose it is to be.
    customer_id: ID,
}

/// What became of a claim.
#[derive(Union)]
enum LoyaltyOrderClaimResult {
    Claimed(LoyaltyOrderClaimed),
    OrderNotFound(LoyaltyOrderNotFound),
    NotAMember(LoyaltyNotAMember),
    AlreadyClaimed(LoyaltyAlreadyClaimed),
    AlreadyCancelled(LoyaltyAlreadyCancelled),
    ClaimWindowClosed(LoyaltyClaimWindowClosed),
    InvalidOrder(LoyaltyInvalidOrder),
}

/// The order is the member's, and what it earns is given.
#[derive(SimpleObject)]
struct LoyaltyOrderClaimed {
    /// The order as loyalty keeps it.
    order: LoyaltyOrder,
    /// Who earned for it; null where the token does not allow reading the member.
    member: Option<LoyaltyMember>,
    /// What it gave; empty where nothing was earned.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key had been used for the same content before, or the order was the member's already: nothing was done
    /// again.
    replayed: bool,
}

refusals!(LoyaltyOrderClaimResult: OrderNotFound, NotAMember, AlreadyClaimed, AlreadyCancelled, ClaimWindowClosed,
    InvalidOrder);

#[Object]
impl ClaimMutation {
    /// Gives an order that was recorded for a guest, or for a customer who was no member then, to a member: once. It earns at
    /// the tier held when it was placed; what came back of it since earns nothing. Whoever asks has made sure that the order is
    /// the customer's. Needs the scope `loyalty:orders:write`. Refused where no such order was recorded or it was cancelled,
    /// where the customer is no member, where the order is somebody else's, and after the programme's days for it.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::WriteOrder)),
        directive = cost::apply(10)
    )]
    async fn loyalty_order_claim(
        &self,
        context: &Context<'_>,
        input: LoyaltyOrderClaimInput,
    ) -> Result<LoyaltyOrderClaimResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?.id().to_owned();
        let (order_id, customer) = (input.order_id.0, input.customer_id.0);
        let command = Command::ClaimOrder(ClaimOrder { program, order_id, customer });
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let replayed = done.replayed;
                let (order, member, entries) = done.into_order(visit)?;
                let claimed = LoyaltyOrderClaimed { order, member, entries, replayed };
                Ok(LoyaltyOrderClaimResult::Claimed(claimed))
            }
            Answer::Refused(refusal) => LoyaltyOrderClaimResult::refused(visit, refusal),
        }
    }
}

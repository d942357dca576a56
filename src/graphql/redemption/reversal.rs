//! Taking a redemption back.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::LoyaltyRedemption;
use crate::{
    auth::scopes::Access,
    commands::{Command, ReverseRedemption},
    graphql::{
        directives::{any_of, authenticated, cost, list_size, requires_scopes},
        entry::LoyaltyEntry,
        member::LoyaltyMember,
        problem::Problem,
        refusal::{LoyaltyAlreadyReversed, LoyaltyRedemptionNotFound, refusals},
        submit::{Answer, MemberParts},
        visit::Visit,
    },
    ids::RedemptionId,
};

#[derive(Default)]
pub(crate) struct ReversalMutation;

/// A redemption to reverse.
#[derive(InputObject)]
struct LoyaltyRedemptionReverseInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// The redemption.
    redemption_id: ID,
}

/// What became of a redemption to reverse.
#[derive(Union)]
#[expect(clippy::large_enum_variant, reason = "one is made for a request, and handed on at once")]
enum LoyaltyRedemptionReverseResult {
    Reversed(LoyaltyRedemptionReversed),
    RedemptionNotFound(LoyaltyRedemptionNotFound),
    AlreadyReversed(LoyaltyAlreadyReversed),
}

/// What was spent is back.
#[derive(SimpleObject)]
struct LoyaltyRedemptionReversed {
    /// The redemption after it.
    redemption: LoyaltyRedemption,
    /// The member after it.
    member: LoyaltyMember,
    /// What was written: its allocations name the credits that got points back. Those that had expired meanwhile expired again.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyRedemptionReverseResult: RedemptionNotFound, AlreadyReversed);

#[Object]
impl ReversalMutation {
    /// Gives back what a redemption spent and has not come back yet, to the credits that paid, with the expiry that they had;
    /// and one of the reward's stock. Needs the scope `loyalty:points:hold`. Refused where there is no such redemption, and
    /// where it was reversed before.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::EndSpending)),
        directive = cost::apply(10)
    )]
    async fn loyalty_redemption_reverse(
        &self,
        context: &Context<'_>,
        input: LoyaltyRedemptionReverseInput,
    ) -> Result<LoyaltyRedemptionReverseResult, Problem> {
        let visit = Visit::of(context);
        let (program, redemption) = redemption_of(visit, &input.redemption_id).await?;
        let command = Command::ReverseRedemption(ReverseRedemption { program, redemption });
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let redemption = done.redemption(visit)?;
                let MemberParts { member, entries, replayed } = done.into_member(visit)?;
                let reversed = LoyaltyRedemptionReversed { redemption, member, entries, replayed };
                Ok(LoyaltyRedemptionReverseResult::Reversed(reversed))
            }
            Answer::Refused(refusal) => LoyaltyRedemptionReverseResult::refused(visit, refusal),
        }
    }
}

/// The redemption that an input names, with its programme, which never changes.
async fn redemption_of(visit: &Visit, id: &str) -> Result<(String, RedemptionId), Problem> {
    visit.identified()?;
    let id: RedemptionId =
        id.parse().map_err(|error| Problem::bad_input("input.redemptionId", format!("{error}")))?;
    let redemptions = visit.services.pages.redemptions(&[id]).await;
    let redemption = redemptions.map_err(|error| visit.fault(&error))?.remove(&id);
    let program = redemption.map(|redemption| redemption.program);
    Ok((visit.program_of(program, "input.redemptionId")?, id))
}

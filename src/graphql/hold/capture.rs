//! Ending a hold: its points are spent, or given back.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::LoyaltyHold;
use crate::{
    auth::scopes::Access,
    commands::{CaptureHold, Command, ReleaseHold},
    graphql::{
        directives::{any_of, authenticated, cost, list_size, requires_scopes},
        entry::LoyaltyEntry,
        member::LoyaltyMember,
        problem::Problem,
        redemption::LoyaltyRedemption,
        refusal::{LoyaltyHoldExceeded, LoyaltyHoldNotFound, LoyaltyHoldNotOpen, refusals},
        scalars::LoyaltyPoints,
        submit::{Answer, MemberParts},
        visit::Visit,
    },
    ids::HoldId,
};

#[derive(Default)]
pub(crate) struct HoldEndMutation;

/// A hold to capture.
#[derive(InputObject)]
struct LoyaltyHoldCaptureInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// The hold.
    hold_id: ID,
    /// How many of its points are spent, 1 to what it holds; all where it is left out. The others go back to their credits. A
    /// reward's hold is captured as a whole.
    points: Option<LoyaltyPoints>,
    /// The order that they are spent on: 1 to 128 characters; the hold's own where it is left out.
    order_id: Option<ID>,
}

/// A hold to release.
#[derive(InputObject)]
struct LoyaltyHoldReleaseInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// The hold.
    hold_id: ID,
}

/// What became of a hold to capture.
#[derive(Union)]
#[expect(clippy::large_enum_variant, reason = "one is made for a request, and handed on at once")]
enum LoyaltyHoldCaptureResult {
    Captured(LoyaltyHoldCaptured),
    HoldNotFound(LoyaltyHoldNotFound),
    HoldNotOpen(LoyaltyHoldNotOpen),
    HoldExceeded(LoyaltyHoldExceeded),
}

/// What became of a hold to release.
#[derive(Union)]
#[expect(clippy::large_enum_variant, reason = "one is made for a request, and handed on at once")]
enum LoyaltyHoldReleaseResult {
    Released(LoyaltyHoldReleased),
    HoldNotFound(LoyaltyHoldNotFound),
    HoldNotOpen(LoyaltyHoldNotOpen),
}

/// Points of the hold are spent, and the others are back.
#[derive(SimpleObject)]
struct LoyaltyHoldCaptured {
    /// The hold after it.
    hold: LoyaltyHold,
    /// What was spent.
    redemption: LoyaltyRedemption,
    /// The member after it.
    member: LoyaltyMember,
    /// What was written: the points that were spent, those that went back, and those of them that had expired meanwhile.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

/// The points of the hold are back.
#[derive(SimpleObject)]
struct LoyaltyHoldReleased {
    /// The hold after it.
    hold: LoyaltyHold,
    /// The member after it.
    member: LoyaltyMember,
    /// What was written: the points that went back, and those of them that had expired meanwhile.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyHoldCaptureResult: HoldNotFound, HoldNotOpen, HoldExceeded);
refusals!(LoyaltyHoldReleaseResult: HoldNotFound, HoldNotOpen);

#[Object]
impl HoldEndMutation {
    /// Spends points of a hold, all or some; the others go back to the credits that they came from, with their own expiry.
    /// Needs the scope `loyalty:points:hold`. Refused where there is no such hold, where it has ended, and where more is to be
    /// spent than it holds.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::EndSpending)),
        directive = cost::apply(10)
    )]
    async fn loyalty_hold_capture(
        &self,
        context: &Context<'_>,
        input: LoyaltyHoldCaptureInput,
    ) -> Result<LoyaltyHoldCaptureResult, Problem> {
        let visit = Visit::of(context);
        let (program, hold) = hold_of(visit, &input.hold_id).await?;
        let command = Command::CaptureHold(CaptureHold {
            program,
            hold,
            points: input.points.map(|points| points.0),
            order: input.order_id.map(|id| id.0),
        });
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let (hold, redemption) = (done.hold(visit)?, done.redemption(visit)?);
                let MemberParts { member, entries, replayed } = done.into_member(visit)?;
                Ok(LoyaltyHoldCaptureResult::Captured(LoyaltyHoldCaptured {
                    hold,
                    redemption,
                    member,
                    entries,
                    replayed,
                }))
            }
            Answer::Refused(refusal) => LoyaltyHoldCaptureResult::refused(visit, refusal),
        }
    }

    /// Gives the points of a hold back to the credits that they came from, with their own expiry. Needs the scope
    /// `loyalty:points:hold`. Refused where there is no such hold, and where it has ended.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::EndSpending)),
        directive = cost::apply(10)
    )]
    async fn loyalty_hold_release(
        &self,
        context: &Context<'_>,
        input: LoyaltyHoldReleaseInput,
    ) -> Result<LoyaltyHoldReleaseResult, Problem> {
        let visit = Visit::of(context);
        let (program, hold) = hold_of(visit, &input.hold_id).await?;
        let command = Command::ReleaseHold(ReleaseHold { program, hold });
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let hold = done.hold(visit)?;
                let MemberParts { member, entries, replayed } = done.into_member(visit)?;
                let released = LoyaltyHoldReleased { hold, member, entries, replayed };
                Ok(LoyaltyHoldReleaseResult::Released(released))
            }
            Answer::Refused(refusal) => LoyaltyHoldReleaseResult::refused(visit, refusal),
        }
    }
}

/// The hold that an input names, with its programme, which never changes.
async fn hold_of(visit: &Visit, id: &str) -> Result<(String, HoldId), Problem> {
    visit.identified()?;
    let id: HoldId = id.parse().map_err(|error| Problem::bad_input("input.holdId", format!("{error}")))?;
    let holds = visit.services.pages.holds(&[id]).await;
    let hold = holds.map_err(|error| visit.fault(&error))?.remove(&id);
    Ok((visit.program_of(hold.map(|hold| hold.program), "input.holdId")?, id))
}

//! Setting points aside.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::LoyaltyHold;
use crate::{
    commands::{Command, HoldPoints, Price},
    graphql::{
        directives::{authenticated, cost, list_size},
        entry::LoyaltyEntry,
        member::LoyaltyMember,
        problem::Problem,
        refusal::{
            LoyaltyInsufficientPoints, LoyaltyMemberBlocked, LoyaltyNotAMember, LoyaltyOutOfStock,
            LoyaltyRewardNotFound, refusals,
        },
        scalars::LoyaltyPoints,
        submit::{Answer, MemberParts},
        visit::Visit,
    },
};

#[derive(Default)]
pub(crate) struct HoldMutation;

/// Points to set aside.
#[derive(InputObject)]
struct LoyaltyPointsHoldInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Whose points.
    customer_id: ID,
    /// Code of the currency; the programme's first where it is left out.
    currency: Option<String>,
    /// How many: above 0.
    points: LoyaltyPoints,
    /// How long, in seconds: 1 to 2,592,000 (30 days); as the programme says where it is left out.
    ttl_seconds: Option<i32>,
    /// The order that they are to be spent on: 1 to 128 characters.
    order_id: Option<ID>,
}

/// A reward to set aside.
#[derive(InputObject)]
struct LoyaltyRewardHoldInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Whose points.
    customer_id: ID,
    /// Id of the reward in the programme.
    reward_id: ID,
    /// How long, in seconds: 1 to 2,592,000 (30 days); as the programme says where it is left out.
    ttl_seconds: Option<i32>,
    /// The order that it is to be spent on: 1 to 128 characters.
    order_id: Option<ID>,
}

/// What became of points to hold.
#[derive(Union)]
#[expect(clippy::large_enum_variant, reason = "one is made for a request, and handed on at once")]
enum LoyaltyPointsHoldResult {
    Held(LoyaltyPointsHeld),
    NotAMember(LoyaltyNotAMember),
    InsufficientPoints(LoyaltyInsufficientPoints),
    MemberBlocked(LoyaltyMemberBlocked),
}

/// What became of a reward to hold.
#[derive(Union)]
#[expect(clippy::large_enum_variant, reason = "one is made for a request, and handed on at once")]
enum LoyaltyRewardHoldResult {
    Held(LoyaltyRewardHeld),
    RewardNotFound(LoyaltyRewardNotFound),
    NotAMember(LoyaltyNotAMember),
    InsufficientPoints(LoyaltyInsufficientPoints),
    MemberBlocked(LoyaltyMemberBlocked),
    OutOfStock(LoyaltyOutOfStock),
}

/// The points are set aside.
#[derive(SimpleObject)]
struct LoyaltyPointsHeld {
    /// The new hold.
    hold: LoyaltyHold,
    /// The member after it.
    member: LoyaltyMember,
    /// What was written: its allocations name the credits that the points came from.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

/// The reward's price and one of its stock are set aside.
#[derive(SimpleObject)]
struct LoyaltyRewardHeld {
    /// The new hold.
    hold: LoyaltyHold,
    /// The member after it.
    member: LoyaltyMember,
    /// What was written: its allocations name the credits that the points came from.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyPointsHoldResult: NotAMember, InsufficientPoints, MemberBlocked);
refusals!(LoyaltyRewardHoldResult: RewardNotFound, NotAMember, InsufficientPoints, MemberBlocked, OutOfStock);

#[Object]
impl HoldMutation {
    /// Sets points aside for a while: they are not available from then on, and capturing spends them. A customer may hold its
    /// own; services, staff and linked partners need the scope `loyalty:points:hold`. Refused where the customer is no member or is blocked, and where
    /// more is to be held than can be spent. A member has at most 100 open holds.
    #[graphql(directive = authenticated::apply(), directive = cost::apply(10))]
    async fn loyalty_points_hold(
        &self,
        context: &Context<'_>,
        input: LoyaltyPointsHoldInput,
    ) -> Result<LoyaltyPointsHoldResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?;
        let command = Command::HoldPoints(HoldPoints {
            program: program.id().to_owned(),
            customer: input.customer_id.0,
            price: Price::Points { points: input.points.0, currency: input.currency },
            ttl_seconds: ttl(input.ttl_seconds),
            order: input.order_id.map(|id| id.0),
        });
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let hold = done.hold(visit)?;
                let MemberParts { member, entries, replayed } = done.into_member(visit)?;
                Ok(LoyaltyPointsHoldResult::Held(LoyaltyPointsHeld { hold, member, entries, replayed }))
            }
            Answer::Refused(refusal) => LoyaltyPointsHoldResult::refused(visit, refusal),
        }
    }

    /// Sets the price of a reward aside for a while, together with one of its stock. A customer may do so for itself; services, staff and linked partners
    /// need the scope `loyalty:points:hold`. Refused as points to hold are, and where the programme has no such reward or
    /// nothing of it is left.
    #[graphql(directive = authenticated::apply(), directive = cost::apply(10))]
    async fn loyalty_reward_hold(
        &self,
        context: &Context<'_>,
        input: LoyaltyRewardHoldInput,
    ) -> Result<LoyaltyRewardHoldResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?;
        let command = Command::HoldPoints(HoldPoints {
            program: program.id().to_owned(),
            customer: input.customer_id.0,
            price: Price::Reward { reward: input.reward_id.0 },
            ttl_seconds: ttl(input.ttl_seconds),
            order: input.order_id.map(|id| id.0),
        });
        match visit.submit(&input.idempotency_key, command).await? {
            Answer::Done(done) => {
                let hold = done.hold(visit)?;
                let MemberParts { member, entries, replayed } = done.into_member(visit)?;
                Ok(LoyaltyRewardHoldResult::Held(LoyaltyRewardHeld { hold, member, entries, replayed }))
            }
            Answer::Refused(refusal) => LoyaltyRewardHoldResult::refused(visit, refusal),
        }
    }
}

/// A negative number is out of range, as 0 is: the command says so.
fn ttl(seconds: Option<i32>) -> Option<u32> {
    seconds.map(|seconds| u32::try_from(seconds).unwrap_or(0))
}

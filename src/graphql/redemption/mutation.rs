//! Spending points at once.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};
use serde::Deserialize;

use super::LoyaltyRedemption;
use crate::{
    commands::{Command, Price, Redeem},
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
pub(crate) struct RedemptionMutation;

/// Points to spend.
#[derive(InputObject, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LoyaltyPointsRedeemInput {
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
    /// The order that they are spent on: 1 to 128 characters. When goods of it come back, so do they.
    order_id: Option<ID>,
    /// What for: 1 to 128 characters.
    reason: Option<String>,
}

/// A reward to spend points on.
#[derive(InputObject, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LoyaltyRewardRedeemInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Whose points.
    customer_id: ID,
    /// Id of the reward in the programme.
    reward_id: ID,
    /// The order that it is part of: 1 to 128 characters. When goods of it come back, so do the points.
    order_id: Option<ID>,
}

impl LoyaltyPointsRedeemInput {
    /// The command and its key.
    pub(crate) fn command(self, visit: &Visit) -> Result<(String, Command), Problem> {
        let program = visit.program(self.program.as_ref(), "input.program")?;
        let command = Command::Redeem(Redeem {
            program: program.id().to_owned(),
            customer: self.customer_id.0,
            price: Price::Points { points: self.points.0, currency: self.currency },
            order: self.order_id.map(|id| id.0),
            reason: self.reason,
        });
        Ok((self.idempotency_key.0, command))
    }
}

impl LoyaltyRewardRedeemInput {
    /// The command and its key.
    pub(crate) fn command(self, visit: &Visit) -> Result<(String, Command), Problem> {
        let program = visit.program(self.program.as_ref(), "input.program")?;
        let command = Command::Redeem(Redeem {
            program: program.id().to_owned(),
            customer: self.customer_id.0,
            price: Price::Reward { reward: self.reward_id.0 },
            order: self.order_id.map(|id| id.0),
            reason: None,
        });
        Ok((self.idempotency_key.0, command))
    }
}

/// What became of points to spend.
#[derive(Union)]
#[expect(clippy::large_enum_variant, reason = "one is made for a request, and handed on at once")]
enum LoyaltyPointsRedeemResult {
    Redeemed(LoyaltyPointsRedeemed),
    NotAMember(LoyaltyNotAMember),
    InsufficientPoints(LoyaltyInsufficientPoints),
    MemberBlocked(LoyaltyMemberBlocked),
}

/// What became of a reward to spend points on.
#[derive(Union)]
#[expect(clippy::large_enum_variant, reason = "one is made for a request, and handed on at once")]
enum LoyaltyRewardRedeemResult {
    Redeemed(LoyaltyRewardRedeemed),
    RewardNotFound(LoyaltyRewardNotFound),
    NotAMember(LoyaltyNotAMember),
    InsufficientPoints(LoyaltyInsufficientPoints),
    MemberBlocked(LoyaltyMemberBlocked),
    OutOfStock(LoyaltyOutOfStock),
}

/// The points are spent.
#[derive(SimpleObject)]
struct LoyaltyPointsRedeemed {
    /// What was spent.
    redemption: LoyaltyRedemption,
    /// The member after it.
    member: LoyaltyMember,
    /// What was written: its allocations name the credits that paid.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

/// The reward is the member's: its price and one of its stock are taken.
#[derive(SimpleObject)]
struct LoyaltyRewardRedeemed {
    /// What was spent.
    redemption: LoyaltyRedemption,
    /// The member after it.
    member: LoyaltyMember,
    /// What was written: its allocations name the credits that paid.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    entries: Vec<LoyaltyEntry>,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyPointsRedeemResult: NotAMember, InsufficientPoints, MemberBlocked);
refusals!(LoyaltyRewardRedeemResult: RewardNotFound, NotAMember, InsufficientPoints, MemberBlocked, OutOfStock);

#[Object]
impl RedemptionMutation {
    /// Spends points, soonest expiry first. A customer may spend its own; services, staff and linked partners need the scope `loyalty:points:hold`.
    /// Refused where the customer is no member or is blocked, and where more is to be spent than there is (and than the
    /// programme lets the tier go below zero).
    #[graphql(directive = authenticated::apply(), directive = cost::apply(10))]
    async fn loyalty_points_redeem(
        &self,
        context: &Context<'_>,
        input: LoyaltyPointsRedeemInput,
    ) -> Result<LoyaltyPointsRedeemResult, Problem> {
        let visit = Visit::of(context);
        let (key, command) = input.command(visit)?;
        match visit.submit(&key, command).await? {
            Answer::Done(done) => {
                let redemption = done.redemption(visit)?;
                let MemberParts { member, entries, replayed } = done.into_member(visit)?;
                let redeemed = LoyaltyPointsRedeemed { redemption, member, entries, replayed };
                Ok(LoyaltyPointsRedeemResult::Redeemed(redeemed))
            }
            Answer::Refused(refusal) => LoyaltyPointsRedeemResult::refused(visit, refusal),
        }
    }

    /// Spends the price of a reward and takes one of its stock: never more than there are, however many ask at once. A customer
    /// may do so for itself; services, staff and linked partners need the scope `loyalty:points:hold`. Refused as points to spend are, and where the
    /// programme has no such reward or nothing of it is left.
    #[graphql(directive = authenticated::apply(), directive = cost::apply(10))]
    async fn loyalty_reward_redeem(
        &self,
        context: &Context<'_>,
        input: LoyaltyRewardRedeemInput,
    ) -> Result<LoyaltyRewardRedeemResult, Problem> {
        let visit = Visit::of(context);
        let (key, command) = input.command(visit)?;
        match visit.submit(&key, command).await? {
            Answer::Done(done) => {
                let redemption = done.redemption(visit)?;
                let MemberParts { member, entries, replayed } = done.into_member(visit)?;
                let redeemed = LoyaltyRewardRedeemed { redemption, member, entries, replayed };
                Ok(LoyaltyRewardRedeemResult::Redeemed(redeemed))
            }
            Answer::Refused(refusal) => LoyaltyRewardRedeemResult::refused(visit, refusal),
        }
    }
}

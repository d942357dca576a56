//! A redemption as clients see it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::{
    commands::{MemberSnapshot, Redemption},
    graphql::{
        directives::{authenticated, entity},
        member::LoyaltyMember,
        problem::{Problem, unless_forbidden},
        reward::LoyaltyReward,
        scalars::{DateTime, LoyaltyPoints},
        visit::Visit,
    },
    ids::{EntryId, RedemptionId},
};

/// Points that were spent. Whoever makes one has asked whether the caller may see it.
pub(crate) struct LoyaltyRedemption {
    redemption: Redemption,
    /// Where it is at hand, and the caller may see it.
    member: Option<Arc<MemberSnapshot>>,
}

impl LoyaltyRedemption {
    /// A redemption, with its member where that is at hand.
    pub(crate) fn of(redemption: Redemption, member: Option<Arc<MemberSnapshot>>) -> Self {
        Self { redemption, member }
    }

    /// A redemption by its id; None where there is none that the caller may see.
    pub(crate) async fn find(visit: &Visit, id: RedemptionId) -> Result<Option<Self>, Problem> {
        visit.identified()?;
        let redemptions = visit.services.pages.redemptions(&[id]).await;
        let redemption = redemptions.map_err(|error| visit.fault(&error))?.remove(&id);
        // No read more than where there is none: how long it takes tells nothing of another programme.
        let redemption = redemption.filter(|redemption| visit.caller.is_for(&redemption.program));
        let redemption =
            redemption.filter(|redemption| visit.caller.sees_made_by(redemption.partner.as_deref()));
        let Some(redemption) = redemption else { return Ok(None) };
        let member = owner(visit, &redemption).await?;
        Ok(member.map(|member| Self::of(redemption, Some(member))))
    }
}

/// Who spent it; None where the caller may not see the member.
async fn owner(visit: &Visit, redemption: &Redemption) -> Result<Option<Arc<MemberSnapshot>>, Problem> {
    let member = visit.members_by_id(&[redemption.member]).await?.remove(&redemption.member);
    let Some((asked, member)) = member else { return Ok(None) };
    Ok(unless_forbidden(visit.caller.read_member(asked))?.map(|_| member))
}

/// Points that one member spent. When goods of its order come back, so do points, to the credits that they came from.
#[Object(directive = entity::apply("id".to_owned()), directive = authenticated::apply())]
impl LoyaltyRedemption {
    /// `red_` and 32 hexadecimal digits; never given twice.
    async fn id(&self) -> ID {
        self.redemption.id.into()
    }

    /// What was spent: above 0.
    async fn points(&self) -> LoyaltyPoints {
        self.redemption.points.into()
    }

    /// What of it has come back: 0 to `points`.
    async fn recredited(&self) -> LoyaltyPoints {
        self.redemption.recredited.into()
    }

    /// Code of the currency that was spent.
    async fn currency_code(&self) -> &str {
        &self.redemption.currency
    }

    /// When it was spent.
    async fn redeemed_at(&self) -> DateTime {
        DateTime(self.redemption.redeemed_at)
    }

    /// Whether it was reversed as a whole.
    async fn reversed(&self) -> bool {
        self.redemption.reversed
    }

    /// The order that it was spent on; null where there was none.
    async fn order_id(&self) -> Option<ID> {
        self.redemption.order.clone().map(ID)
    }

    /// The reward that it was the price of; null for points alone.
    async fn reward_id(&self) -> Option<ID> {
        self.redemption.reward.clone().map(ID)
    }

    /// The same reward; null where the programme has it no longer.
    async fn reward(&self, context: &Context<'_>) -> Option<LoyaltyReward> {
        let program = Visit::of(context).programs().latest(&self.redemption.program)?;
        LoyaltyReward::find(program, self.redemption.reward.as_deref()?)
    }

    /// The entry that spent it: its allocations name the credits that paid.
    async fn entry_id(&self) -> ID {
        EntryId { member: self.redemption.member, seq: self.redemption.seq }.into()
    }

    /// Who spent it; null where the token does not allow reading the member.
    async fn member(&self, context: &Context<'_>) -> Option<Result<LoyaltyMember, Problem>> {
        let visit = Visit::of(context);
        let member = match &self.member {
            Some(member) => Ok(Some(Arc::clone(member))),
            None => owner(visit, &self.redemption).await,
        };
        member.map(|member| member.and_then(|member| visit.shown(member))).transpose()
    }
}

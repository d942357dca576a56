//! A hold as clients see it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use crate::{
    clock::Instant,
    commands::{HoldRecord, MemberSnapshot, OwnedHold, snapshot::HoldSnapshot},
    graphql::{
        directives::{authenticated, entity},
        member::LoyaltyMember,
        problem::{Problem, unless_forbidden},
        reward::LoyaltyReward,
        scalars::{DateTime, LoyaltyPoints},
        visit::Visit,
    },
    ids::HoldId,
    ledger::{Hold, HoldState, Points},
};

/// A hold at one moment. Whoever makes one has asked whether the caller may see it.
pub(crate) struct LoyaltyHold {
    record: HoldRecord,
    points: Points,
    captured: Points,
    state: HoldState,
    expires_at: Instant,
    program: String,
    member: Option<Arc<MemberSnapshot>>,
}

/// Where a hold stands. Each hold has one end, and it comes once.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "HoldState")]
pub(crate) enum LoyaltyHoldState {
    /// Its points are set aside.
    Open,
    /// Points of it were spent; the others went back to their credits.
    Captured,
    /// Its points went back to their credits.
    Released,
    /// Its time was over: its points went back to their credits, each with the expiry that it had.
    Expired,
}

impl LoyaltyHold {
    /// A hold, with its member where that is at hand.
    pub(crate) fn of(owned: OwnedHold, member: Option<Arc<MemberSnapshot>>, now: Instant) -> Self {
        let OwnedHold { program, record, hold, .. } = owned;
        let state = hold.state_at(now);
        let Hold { points, captured, expires_at, .. } = hold;
        Self { record, points, captured, state, expires_at, program, member }
    }

    /// The open holds of a member that the caller sees, the one that ends soonest first.
    pub(crate) fn open(visit: &Visit, member: &Arc<MemberSnapshot>, now: Instant) -> Vec<Self> {
        let of_wallet = |currency: &str, hold: &HoldSnapshot| Self {
            record: HoldRecord {
                id: hold.id,
                currency: currency.to_owned(),
                seq: 0,
                order: hold.order.clone(),
                reward: hold.reward.clone(),
                created_at: hold.created_at,
                partner: hold.partner.clone(),
            },
            points: hold.points,
            captured: Points::ZERO,
            state: HoldState::Open,
            expires_at: hold.expires_at,
            program: member.key.program.clone(),
            member: Some(Arc::clone(member)),
        };
        let mut holds: Vec<Self> = member
            .wallets
            .iter()
            .flat_map(|wallet| wallet.holds.iter().map(|hold| of_wallet(&wallet.currency, hold)))
            .filter(|hold| hold.expires_at > now)
            .filter(|hold| visit.caller.sees_made_by(hold.record.partner.as_deref()))
            .collect();
        holds.sort_by_key(|hold| (hold.expires_at, hold.record.id));
        holds
    }

    /// A hold by its id; None where there is none that the caller may see.
    pub(crate) async fn find(visit: &Visit, id: HoldId) -> Result<Option<Self>, Problem> {
        visit.identified()?;
        let holds = visit.services.pages.holds(&[id]).await;
        let hold = holds.map_err(|error| visit.fault(&error))?.remove(&id);
        // No read more than where there is none: how long it takes tells nothing of another programme.
        let hold = hold.filter(|hold| visit.caller.is_for(&hold.program));
        let hold = hold.filter(|hold| visit.caller.sees_made_by(hold.record.partner.as_deref()));
        let Some(hold) = hold else { return Ok(None) };
        let member = visit.members_by_id(&[hold.member]).await?.remove(&hold.member);
        let Some((asked, member)) = member else { return Ok(None) };
        let allowed = unless_forbidden(visit.caller.read_member(asked))?;
        Ok(allowed.map(|_| Self::of(hold, Some(member), visit.now())))
    }
}

/// Points of one member that are set aside until they are captured, released, or their time is over. They are not available
/// meanwhile, and nothing else can spend them.
#[Object(directive = entity::apply("id".to_owned()), directive = authenticated::apply())]
impl LoyaltyHold {
    /// `hld_` and 32 hexadecimal digits; never given twice.
    async fn id(&self) -> ID {
        self.record.id.into()
    }

    /// What was set aside: above 0.
    async fn points(&self) -> LoyaltyPoints {
        self.points.into()
    }

    /// What of it was spent: 0 unless it was captured, up to `points`.
    async fn captured(&self) -> LoyaltyPoints {
        self.captured.into()
    }

    /// Code of the currency that is held.
    async fn currency_code(&self) -> &str {
        &self.record.currency
    }

    /// Where it stands now, whether or not its end has been written down.
    async fn state(&self) -> LoyaltyHoldState {
        self.state.into()
    }

    /// When the points were set aside.
    async fn created_at(&self) -> DateTime {
        DateTime(self.record.created_at)
    }

    /// The instant from which its points are given back, unless it has ended before.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.expires_at)
    }

    /// The order that the points are to be spent on; null where nobody said.
    async fn order_id(&self) -> Option<ID> {
        self.record.order.clone().map(ID)
    }

    /// The reward that the points are the price of; one of its stock is set aside with them. Null for points alone.
    async fn reward_id(&self) -> Option<ID> {
        self.record.reward.clone().map(ID)
    }

    /// The same reward; null where the programme has it no longer.
    async fn reward(&self, context: &Context<'_>) -> Option<LoyaltyReward> {
        let program = Visit::of(context).programs().latest(&self.program)?;
        LoyaltyReward::find(program, self.record.reward.as_deref()?)
    }

    /// Whose points they are.
    async fn member(&self, context: &Context<'_>) -> Option<LoyaltyMember> {
        Visit::of(context).shown(Arc::clone(self.member.as_ref()?))
    }
}

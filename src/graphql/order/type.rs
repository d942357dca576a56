//! What loyalty did with an order, as clients see it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use tokio::sync::OnceCell;

use crate::{
    auth::Principal,
    clock::Instant,
    commands::{self, OrderAward, OrderState, Redemption},
    graphql::{
        directives::{authenticated, entity, list_size},
        entry::{LoyaltyEntry, LoyaltyExplanation},
        federation::Preloaded,
        member::LoyaltyMember,
        problem::{Problem, unless_forbidden},
        program::LoyaltyProgram,
        redemption::LoyaltyRedemption,
        scalars::{DateTime, LoyaltyPoints},
        visit::Visit,
    },
    ledger::Points,
    program::{Explanation, Program},
};

/// A recorded order. Whoever makes one has asked whether the caller may see it.
pub(crate) struct LoyaltyOrder {
    order: Arc<commands::Order>,
    program: Arc<Program>,
    known: Arc<Preloaded>,
    /// Read with its neighbours: see [`super::LoyaltyOrderConnection`].
    explained: Option<Box<Explanation>>,
    /// What was spent on it: read once, with its neighbours where it has some.
    spent: OnceCell<Arc<[Redemption]>>,
    now: Instant,
}

impl LoyaltyOrder {
    /// An order, with what else has been read. None where its programme is served no longer.
    pub(crate) fn new(visit: &Visit, order: Arc<commands::Order>, known: &Arc<Preloaded>) -> Option<Self> {
        let program = Arc::clone(visit.programs().latest(&order.program)?);
        let spent = OnceCell::new_with(known.spent(&(order.program.clone(), order.id.clone())).cloned());
        Some(Self { order, program, known: Arc::clone(known), explained: None, spent, now: visit.now() })
    }

    /// With what was spent on it.
    pub(super) fn paid_with(self, spent: Option<Arc<[Redemption]>>) -> Self {
        Self { spent: OnceCell::new_with(spent), ..self }
    }

    pub(super) fn explained_by(self, explained: Option<Box<Explanation>>) -> Self {
        Self { explained, ..self }
    }

    /// An order by its id, in the first of these programmes that has one which the caller may see.
    pub(crate) async fn find(
        visit: &Visit,
        known: &Arc<Preloaded>,
        programs: &[&Arc<Program>],
        id: &str,
    ) -> Result<Option<Self>, Problem> {
        visit.identified()?;
        let places: Vec<_> =
            programs.iter().map(|program| (program.id().to_owned(), id.to_owned())).collect();
        let mut unread = Vec::new();
        for place in &places {
            if known.order(place)?.is_none() {
                unread.push(place.clone());
            }
        }
        let mut read = visit.orders(&unread).await?;
        for place in &places {
            let preloaded = known.order(place)?.cloned().flatten();
            let Some(order) = preloaded.or_else(|| read.remove(place)) else { continue };
            let allowed = visit.caller.read_order((&order.program, &order.id), order.customer.as_deref());
            if unless_forbidden(allowed)?.is_some() {
                return Ok(Self::new(visit, order, known));
            }
        }
        Ok(None)
    }

    /// What it gave in the programme's first currency.
    fn award(&self) -> Option<&OrderAward> {
        main_award(&self.order, &self.program)
    }

    async fn spent_on(&self, visit: &Visit) -> Result<&Arc<[Redemption]>, Problem> {
        let read = || async {
            let place = (self.order.program.clone(), self.order.id.clone());
            Ok(visit.spent_on(std::slice::from_ref(&place)).await?.remove(&place).unwrap_or_default())
        };
        self.spent.get_or_try_init(read).await
    }

    /// A sum over what was spent on it in the programme's first currency.
    async fn sum_of_spent(
        &self,
        visit: &Visit,
        number: impl Fn(&Redemption) -> Points,
    ) -> Result<LoyaltyPoints, Problem> {
        let first = &self.program.first_currency().code;
        let spent = self.spent_on(visit).await?.iter().filter(|redemption| redemption.currency == *first);
        Ok(spent.map(number).sum::<Points>().into())
    }

    async fn earner(&self, visit: &Visit) -> Result<Option<LoyaltyMember>, Problem> {
        visit.earner(&self.known, &self.program, &self.order).await
    }

    /// Whether a customer asks for it by whose name it was recorded, and another member earned for it.
    async fn is_another_s(&self, visit: &Visit) -> Result<bool, Problem> {
        let is_customer = matches!(visit.caller.principal(), Principal::Customer { .. });
        Ok(is_customer && self.order.member.is_some() && self.earner(visit).await?.is_none())
    }

    fn of_award(&self, number: impl Fn(&OrderAward) -> Points) -> LoyaltyPoints {
        self.award().map_or(Points::ZERO, number).into()
    }
}

/// What an order gave in its programme's first currency.
pub(super) fn main_award<'a>(order: &'a commands::Order, program: &Program) -> Option<&'a OrderAward> {
    order.awards.iter().find(|award| award.currency == program.first_currency().code)
}

/// Where an order stands.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "OrderState")]
pub(crate) enum LoyaltyOrderState {
    /// It was recorded, and counts.
    Recorded,
    /// It was cancelled before it was fulfilled: what it gave was undone.
    Cancelled,
}

/// What loyalty did with an order. Points are in the programme's first currency.
#[Object(directive = entity::apply("id".to_owned()), directive = authenticated::apply())]
impl LoyaltyOrder {
    /// The OMS's own id of the order.
    async fn id(&self) -> ID {
        ID(self.order.id.clone())
    }

    /// The programme that rewarded it.
    async fn program(&self) -> LoyaltyProgram {
        LoyaltyProgram(Arc::clone(&self.program))
    }

    /// Who earned for it. Null for a guest's order and for one whose customer was no member, and where the token does not
    /// allow reading the member.
    async fn member(&self, context: &Context<'_>) -> Option<Result<LoyaltyMember, Problem>> {
        self.earner(Visit::of(context)).await.transpose()
    }

    /// Where it stands.
    async fn state(&self) -> LoyaltyOrderState {
        self.order.state.into()
    }

    /// Where it was placed, for example `ONLINE`, `STORE` or `APP`; null where nobody said.
    async fn channel(&self) -> Option<&str> {
        self.order.channel.as_deref()
    }

    /// When it was placed.
    async fn placed_at(&self) -> DateTime {
        DateTime(self.order.placed_at)
    }

    /// What it gave, before anything was taken back.
    async fn earned(&self) -> LoyaltyPoints {
        self.of_award(|award| award.earned)
    }

    /// What of it is kept and not spendable yet.
    async fn pending(&self) -> LoyaltyPoints {
        self.of_award(|award| award.pending(self.now))
    }

    /// What returns or a cancellation took back, all of them together.
    async fn clawed_back(&self) -> LoyaltyPoints {
        self.of_award(|award| award.clawed_back)
    }

    /// What was spent on it: whole, whatever has come back of it since.
    async fn spent(&self, context: &Context<'_>) -> Result<LoyaltyPoints, Problem> {
        self.sum_of_spent(Visit::of(context), |redemption| redemption.points).await
    }

    /// What of the points that were spent on it has come back: for returns, a cancellation, or by reversing.
    async fn recredited(&self, context: &Context<'_>) -> Result<LoyaltyPoints, Problem> {
        self.sum_of_spent(Visit::of(context), |redemption| redemption.recredited).await
    }

    /// What was spent on it, in every currency, oldest first.
    #[graphql(directive = list_size::apply(3, None, None, None))]
    async fn redemptions(&self, context: &Context<'_>) -> Result<Vec<LoyaltyRedemption>, Problem> {
        let visit = Visit::of(context);
        if self.is_another_s(visit).await? {
            return Ok(Vec::new());
        }
        let spent = self.spent_on(visit).await?.iter();
        Ok(spent.map(|redemption| LoyaltyRedemption::of(redemption.clone(), None)).collect())
    }

    /// What was to be taken back and was not, because the balance may not fall so far: left to the member.
    async fn uncollected(&self) -> LoyaltyPoints {
        self.of_award(|award| award.uncollected)
    }

    /// What it wrote into the member's ledger, in every currency: what it gave, what was taken back, what was spent on it and
    /// came back.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    async fn entries(&self, context: &Context<'_>) -> Result<Vec<LoyaltyEntry>, Problem> {
        let Some(member) = self.order.member else { return Ok(Vec::new()) };
        let visit = Visit::of(context);
        if self.is_another_s(visit).await? {
            return Ok(Vec::new());
        }
        let entries = visit.services.pages.entries_of_order(member, &self.order.id).await;
        let entries = entries.map_err(|error| visit.fault(&error))?.into_iter();
        Ok(entries.filter_map(|entry| LoyaltyEntry::seen_by(&visit.caller, entry)).collect())
    }

    /// Why it earned what it earned; null where it earned nothing.
    async fn explanation(&self, context: &Context<'_>) -> Option<Result<LoyaltyExplanation, Problem>> {
        if let Some(explanation) = &self.explained {
            return Some(Ok(Explanation::clone(explanation).into()));
        }
        let (member, lot) = (self.order.member?, self.award()?.lot);
        let visit = Visit::of(context);
        let entries = visit.services.pages.entries_by_number(member, &[lot]).await;
        match entries {
            Ok(entries) => {
                entries.into_iter().find_map(|entry| entry.explanation).map(|found| Ok(found.into()))
            }
            Err(error) => Some(Err(visit.fault(&error))),
        }
    }
}

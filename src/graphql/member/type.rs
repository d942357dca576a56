//! A member as clients see it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::{partner::LoyaltyPartnerLink, past::LoyaltyMemberAsOf, tier::LoyaltyTierStatus};
use crate::{
    clock::Instant,
    commands::{MemberKey, MemberSnapshot, MemberStatus},
    graphql::{
        customer::Customer,
        directives::{authenticated, cost, entity, list_size, names},
        entry::{LoyaltyEntryConnection, LoyaltyEntryKind},
        federation::Preloaded,
        hold::LoyaltyHold,
        order::LoyaltyOrderConnection,
        page::{PAGE_SIZE_DEFAULT, PageArguments},
        problem::Problem,
        program::LoyaltyProgram,
        scalars::DateTime,
        visit::Visit,
        wallet::LoyaltyBalance,
    },
    ids::MemberId,
    program::Program,
};

/// A member at one moment. Whoever makes one has asked whether the caller may see it.
pub(crate) struct LoyaltyMember {
    snapshot: Arc<MemberSnapshot>,
    program: Arc<Program>,
    now: Instant,
    /// The name that it was asked for by, where that has become another member.
    asked: Option<MemberKey>,
}

impl LoyaltyMember {
    pub(crate) fn new(snapshot: Arc<MemberSnapshot>, program: Arc<Program>, now: Instant) -> Self {
        Self { snapshot, program, now, asked: None }
    }

    pub(crate) fn has_id(&self, id: MemberId) -> bool {
        self.snapshot.id == id
    }

    /// The same, asked for by a name that may have become another member.
    pub(crate) fn asked_for_as(self, key: MemberKey) -> Self {
        let asked = (key != self.snapshot.key).then_some(key);
        Self { asked, ..self }
    }

    /// Lists go deeper than what a command's result shows of the member that it changed: they ask again.
    fn may_list(&self, visit: &Visit) -> Result<(), Problem> {
        visit.caller.read_member(self.asked.as_ref().unwrap_or(&self.snapshot.key).clone())?;
        Ok(())
    }
}

/// Where a membership stands.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "MemberStatus")]
pub(crate) enum LoyaltyMemberStatus {
    /// Earns, and may spend.
    Active,
    /// Earns, and may not spend.
    Blocked,
    /// Is another member now, which answers in its place.
    Merged,
}

/// A customer in a programme. What it shows is right to the second: time is let pass at every reading.
#[Object(directive = entity::apply("id".to_owned()), directive = authenticated::apply())]
impl LoyaltyMember {
    /// `mem_` and 32 hexadecimal digits; never given twice.
    async fn id(&self) -> ID {
        self.snapshot.id.into()
    }

    /// Who it is.
    async fn customer(&self) -> Option<Customer> {
        Some(Customer::new(self.snapshot.key.customer.clone(), Preloaded::of_member(&self.snapshot)))
    }

    /// The programme that it is a membership of.
    async fn program(&self) -> LoyaltyProgram {
        LoyaltyProgram(Arc::clone(&self.program))
    }

    /// Where the membership stands.
    async fn status(&self) -> LoyaltyMemberStatus {
        self.snapshot.status.into()
    }

    /// When the customer became a member.
    async fn enrolled_at(&self) -> DateTime {
        DateTime(self.snapshot.enrolled_at)
    }

    /// The wallet in the programme's first currency.
    async fn balance(&self) -> LoyaltyBalance {
        LoyaltyBalance::of(&self.snapshot, &self.program, 0, self.now)
    }

    /// One wallet for each currency of the programme, in its order.
    #[graphql(directive = list_size::apply(2, None, None, None))]
    async fn wallets(&self) -> Vec<LoyaltyBalance> {
        let currencies = 0..self.program.document().currencies.len();
        currencies.map(|i| LoyaltyBalance::of(&self.snapshot, &self.program, i, self.now)).collect()
    }

    /// The tier; null where the programme has none.
    async fn tier(&self) -> Option<LoyaltyTierStatus> {
        let reading = self.snapshot.standing.reading(&self.program, self.now)?;
        LoyaltyTierStatus::of(&reading, &self.program)
    }

    /// The member at an instant of the past: balances, credits and tier, by what had been recorded by then. Null before the
    /// enrolment; an instant in the future is null with the error `BAD_USER_INPUT`. Partners do not see it.
    #[graphql(directive = cost::apply(20))]
    async fn as_of(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The instant; not in the future.")] at: DateTime,
    ) -> Option<Result<LoyaltyMemberAsOf, Problem>> {
        let visit = Visit::of(context);
        if let Err(problem) = self.may_list(visit).and_then(|()| visit.is_no_partner()) {
            return Some(Err(problem));
        }
        LoyaltyMemberAsOf::read(visit, &self.snapshot, &self.program, at.0).await.transpose()
    }

    /// The open holds, the one that ends soonest first: at most 100. A partner sees its own.
    #[graphql(directive = list_size::apply(5, None, None, None))]
    async fn holds(&self, context: &Context<'_>) -> Vec<LoyaltyHold> {
        LoyaltyHold::open(Visit::of(context), &self.snapshot, self.now)
    }

    /// The partners that it has linked, in the order in which it did; to a partner, itself alone.
    #[graphql(directive = list_size::apply(3, None, None, None))]
    async fn partners(&self, context: &Context<'_>) -> Vec<LoyaltyPartnerLink> {
        let caller = &Visit::of(context).caller;
        let seen = self.snapshot.partners.iter().filter(|link| caller.sees_made_by(Some(&link.partner)));
        seen.cloned().map(LoyaltyPartnerLink::from).collect()
    }

    /// The ledger, newest first. What time did (points that became active or expired) is written down when the member is
    /// next changed or swept; balances show it at once. A partner sees what its own requests wrote.
    #[graphql(
        directive = cost::apply(5),
        directive = list_size::apply(20, names(&["first", "last"]), names(&["edges", "nodes"]), Some(false))
    )]
    async fn entries(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "So many from the newest on, or from `after` on: 1 to the service's page size (100 unless configured); 20 where neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after this cursor of this list, which are older.")] after: Option<
            String,
        >,
        #[graphql(desc = "So many of the oldest, or of those just before `before`; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor of this list, which are newer.")] before: Option<
            String,
        >,
        #[graphql(desc = "Only these kinds; all where it is left out or empty.")] kinds: Option<
            Vec<LoyaltyEntryKind>,
        >,
    ) -> Result<LoyaltyEntryConnection, Problem> {
        let visit = Visit::of(context);
        self.may_list(visit)?;
        let slice = PageArguments { first, after, last, before }.slice(visit.limits.page_size_max)?;
        LoyaltyEntryConnection::read(visit, self.snapshot.id, &kinds.unwrap_or_default(), slice).await
    }

    /// The orders that it earned for, newest first by when they were placed. A partner sees none.
    #[graphql(
        directive = cost::apply(5),
        directive = list_size::apply(20, names(&["first", "last"]), names(&["edges", "nodes"]), Some(false))
    )]
    async fn orders(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "So many from the newest on, or from `after` on: 1 to the service's page size (100 unless configured); 20 where neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only orders after this cursor of this list, which are older.")] after: Option<
            String,
        >,
        #[graphql(desc = "So many of the oldest, or of those just before `before`; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only orders before this cursor of this list, which are newer.")] before: Option<
            String,
        >,
    ) -> Result<LoyaltyOrderConnection, Problem> {
        let visit = Visit::of(context);
        self.may_list(visit)?;
        let slice = PageArguments { first, after, last, before }.slice(visit.limits.page_size_max)?;
        if visit.caller.is_partner() {
            return Ok(LoyaltyOrderConnection::empty(&self.snapshot, &self.program));
        }
        LoyaltyOrderConnection::read(context, visit, &self.snapshot, &self.program, slice).await
    }
}

const _: () = assert!(PAGE_SIZE_DEFAULT == 20, "the descriptions and @listSize above say 20");

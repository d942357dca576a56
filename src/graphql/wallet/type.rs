//! A balance as clients see it.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use crate::{
    clock::Instant,
    commands::{MemberSnapshot, WalletReading},
    graphql::{
        directives::{list_size, names},
        page::taken,
        problem::Problem,
        program::LoyaltyCurrency,
        scalars::{DateTime, LoyaltyPoints},
        visit::Visit,
    },
    ids::MemberId,
    ledger::Points,
    program::Program,
};

/// A wallet at one moment.
pub(crate) struct LoyaltyBalance {
    program: Arc<Program>,
    /// The currency's place in the programme.
    index: usize,
    member: MemberId,
    now: Instant,
    reading: WalletReading,
}

impl LoyaltyBalance {
    /// What a member has of the programme's `index`-th currency.
    pub(crate) fn of(snapshot: &MemberSnapshot, program: &Arc<Program>, index: usize, now: Instant) -> Self {
        let code = &program.document().currencies[index].code;
        let reading = snapshot.wallet_at(code, now);
        Self { program: Arc::clone(program), index, member: snapshot.id, now, reading }
    }

    /// A list of what is coming, whole as far as it is asked for. Of a member with many credits the hot balances know the next
    /// changes only.
    async fn coming(
        &self,
        visit: &Visit,
        first: Option<i32>,
        list: impl Fn(&WalletReading) -> &[(Instant, Points)],
    ) -> Result<Vec<LoyaltyExpiry>, Problem> {
        if visit.caller.is_partner() {
            return LoyaltyExpiry::list(&[], first);
        }
        let known = list(&self.reading);
        let enough =
            first.is_some_and(|first| usize::try_from(first).is_ok_and(|first| first <= known.len()));
        if enough || self.reading.listed_until.is_none() {
            return LoyaltyExpiry::list(known, first);
        }
        let member = visit.services.pages.whole_member(self.member).await;
        let member = member.map_err(|error| visit.fault(&error))?;
        let wallet = member.as_ref().and_then(|member| member.wallet(&self.reading.currency));
        let whole = wallet.map(|wallet| WalletReading::whole(wallet, self.now));
        LoyaltyExpiry::list(whole.as_ref().map_or(known, list), first)
    }
}

/// What a member has of one currency, right to the second at which it was asked for.
#[Object]
impl LoyaltyBalance {
    /// What is counted.
    async fn currency(&self) -> LoyaltyCurrency {
        LoyaltyCurrency::new(&self.program, self.index)
    }

    /// Spendable now. Below zero where more was taken back for returns than was left, as far as the programme allows.
    async fn available(&self) -> LoyaltyPoints {
        self.reading.available.into()
    }

    /// Earned and not spendable yet: it becomes so at the instants that `activations` names.
    async fn pending(&self) -> LoyaltyPoints {
        self.reading.pending.into()
    }

    /// Set aside by open holds: not available, and not spent yet.
    async fn held(&self) -> LoyaltyPoints {
        self.reading.held.into()
    }

    /// All that was ever earned by orders, whatever became of it since.
    async fn lifetime_earned(&self) -> LoyaltyPoints {
        self.reading.lifetime_earned.into()
    }

    /// Coming expiries of points that are active, soonest first. With what never expires they sum to `available` (or, below
    /// zero, to nothing). Empty to partners, as allocations are: credits are others'.
    #[graphql(directive = list_size::apply(12, names(&["first"]), None, Some(false)))]
    async fn expiries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "At most so many, 0 or more; all where it is left out.")] first: Option<i32>,
    ) -> Result<Vec<LoyaltyExpiry>, Problem> {
        self.coming(Visit::of(context), first, |reading| &reading.expiries).await
    }

    /// When pending points become spendable, soonest first. They sum to `pending`. Empty to partners.
    #[graphql(directive = list_size::apply(12, names(&["first"]), None, Some(false)))]
    async fn activations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "At most so many, 0 or more; all where it is left out.")] first: Option<i32>,
    ) -> Result<Vec<LoyaltyExpiry>, Problem> {
        self.coming(Visit::of(context), first, |reading| &reading.activations).await
    }

    /// Grows by one with every change, what time does included: two readings with the same version are the same. 0 where the
    /// currency has never moved.
    async fn version(&self) -> i64 {
        self.reading.version
    }
}

/// Points and the instant at which something happens to them.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyExpiry {
    /// From this instant on.
    at: DateTime,
    /// How many: above 0.
    points: LoyaltyPoints,
}

impl LoyaltyExpiry {
    fn list(all: &[(Instant, Points)], first: Option<i32>) -> Result<Vec<Self>, Problem> {
        let all = all.iter().map(|(at, points)| Self { at: DateTime(*at), points: (*points).into() });
        taken(all.collect(), first)
    }
}

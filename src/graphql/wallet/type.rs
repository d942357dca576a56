//! A balance as clients see it.

use std::sync::Arc;

use async_graphql::{Object, SimpleObject};

use crate::{
    clock::Instant,
    commands::{MemberSnapshot, WalletReading},
    graphql::{
        directives::{list_size, names},
        page::taken,
        problem::Problem,
        program::LoyaltyCurrency,
        scalars::{DateTime, LoyaltyPoints},
    },
    ledger::Points,
    program::Program,
};

/// A wallet at one moment.
pub(crate) struct LoyaltyBalance {
    program: Arc<Program>,
    /// The currency's place in the programme.
    index: usize,
    reading: WalletReading,
}

impl LoyaltyBalance {
    /// What a member has of the programme's `index`-th currency.
    pub(crate) fn of(snapshot: &MemberSnapshot, program: &Arc<Program>, index: usize, now: Instant) -> Self {
        let code = &program.document().currencies[index].code;
        Self { program: Arc::clone(program), index, reading: snapshot.wallet_at(code, now) }
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
    /// zero, to nothing).
    #[graphql(directive = list_size::apply(12, names(&["first"]), None, Some(false)))]
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn expiries(
        &self,
        #[graphql(desc = "At most so many, 0 or more; all where it is left out.")] first: Option<i32>,
    ) -> Result<Vec<LoyaltyExpiry>, Problem> {
        LoyaltyExpiry::list(&self.reading.expiries, first)
    }

    /// When pending points become spendable, soonest first. They sum to `pending`.
    #[graphql(directive = list_size::apply(12, names(&["first"]), None, Some(false)))]
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn activations(
        &self,
        #[graphql(desc = "At most so many, 0 or more; all where it is left out.")] first: Option<i32>,
    ) -> Result<Vec<LoyaltyExpiry>, Problem> {
        LoyaltyExpiry::list(&self.reading.activations, first)
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

//! A member at an instant of the past, as clients see it.

use std::sync::Arc;

use async_graphql::{ID, Object, SimpleObject};

use super::tier::LoyaltyTierStatus;
use crate::{
    clock::Instant,
    commands::{History, MemberSnapshot, PastWallet},
    graphql::{
        directives::{list_size, names},
        page::taken,
        problem::Problem,
        program::LoyaltyCurrency,
        scalars::{DateTime, LoyaltyPoints},
        visit::Visit,
    },
    ids::{EntryId, MemberId},
    ledger::Lot,
    program::Program,
};

/// A member at an instant of the past, from what had been recorded by then.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyMemberAsOf {
    /// The instant.
    at: DateTime,
    /// One wallet for each currency of the programme, in its order.
    #[graphql(directive = list_size::apply(2, None, None, None))]
    wallets: Vec<LoyaltyWalletAsOf>,
    /// The tier, by the ladder that the programme has today. Null where it has none, and before any tier was noted.
    tier: Option<LoyaltyTierStatus>,
}

/// A wallet at an instant of the past.
pub(crate) struct LoyaltyWalletAsOf {
    program: Arc<Program>,
    /// The currency's place in the programme.
    index: usize,
    member: MemberId,
    wallet: PastWallet,
}

/// The points of one credit, as far as they were still there.
#[derive(SimpleObject)]
struct LoyaltyLot {
    /// The entry that had credited them.
    entry_id: ID,
    /// How many it had credited.
    issued: LoyaltyPoints,
    /// How many of them were left: above 0.
    remaining: LoyaltyPoints,
    /// When they became, or were to become, spendable; of points that await an event, when they are called off without it.
    activates_at: DateTime,
    /// The instant from which they are gone; null where they never expire.
    expires_at: Option<DateTime>,
    /// Whether they could be spent.
    active: bool,
}

impl LoyaltyMemberAsOf {
    /// None before the enrolment.
    pub(super) async fn read(
        visit: &Visit,
        member: &MemberSnapshot,
        program: &Arc<Program>,
        at: Instant,
    ) -> Result<Option<Self>, Problem> {
        if at > visit.now() {
            return Err(Problem::bad_input("at", "must not be in the future"));
        }
        if at < member.enrolled_at {
            return Ok(None);
        }
        let history = visit.services.pages.history(member.id, at).await;
        let history = history.map_err(|error| visit.fault(&error))?;
        // A standing that never changed since changes began to be noted is what it is now.
        let standing = match &history {
            History { standing: None, is_standing_noted: false, .. } => Some(&member.standing),
            History { standing, .. } => standing.as_ref(),
        };
        let reading = standing.and_then(|standing| standing.reading(program, at));
        let wallet = |(index, currency): (usize, &crate::program::document::Currency)| LoyaltyWalletAsOf {
            program: Arc::clone(program),
            index,
            member: member.id,
            wallet: history.wallet_at(&currency.code, at),
        };
        Ok(Some(Self {
            at: DateTime(at),
            wallets: program.document().currencies.iter().enumerate().map(wallet).collect(),
            tier: reading.and_then(|reading| LoyaltyTierStatus::of(&reading, program)),
        }))
    }
}

/// What a member had of one currency.
#[Object]
impl LoyaltyWalletAsOf {
    /// What is counted.
    async fn currency(&self) -> LoyaltyCurrency {
        LoyaltyCurrency::new(&self.program, self.index)
    }

    /// What could be spent; below zero where more had been taken back than was left.
    async fn available(&self) -> LoyaltyPoints {
        self.wallet.reading.available.into()
    }

    /// What was earned and not spendable yet.
    async fn pending(&self) -> LoyaltyPoints {
        self.wallet.reading.pending.into()
    }

    /// What was set aside by holds.
    async fn held(&self) -> LoyaltyPoints {
        self.wallet.reading.held.into()
    }

    /// The credits that were not used up, in the order in which they would have been spent. Those that were active sum, less
    /// what was below zero, to `available`, the others to `pending`.
    #[graphql(directive = list_size::apply(20, names(&["first"]), None, Some(false)))]
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn lots(
        &self,
        #[graphql(desc = "At most so many, 0 or more; all where it is left out.")] first: Option<i32>,
    ) -> Result<Vec<LoyaltyLot>, Problem> {
        let shown = |lot: &Lot| LoyaltyLot {
            entry_id: EntryId { member: self.member, seq: lot.seq }.into(),
            issued: lot.issued.into(),
            remaining: lot.remaining.into(),
            activates_at: DateTime(lot.activates_at),
            expires_at: lot.expires_at.map(DateTime),
            active: lot.active,
        };
        taken(self.wallet.lots.iter().map(shown).collect(), first)
    }
}

//! An entry as clients see it.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::LoyaltyExplanation;
use crate::{
    auth::Caller,
    commands::Entry,
    graphql::{
        directives::list_size,
        page::{PageInfo, cursors},
        problem::Problem,
        scalars::{DateTime, LoyaltyPoints},
        visit::Visit,
    },
    ids::{EntryId, MemberId},
    ledger::{Allocation, Kind},
    store::Slice,
};

/// One line of a member's ledger. It never changes: what was wrong is put right by another line.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyEntry {
    /// Unique; given once.
    id: ID,
    /// What sort of movement it is.
    kind: LoyaltyEntryKind,
    /// Code of the currency that moved.
    currency_code: String,
    /// What the member gained (above 0) or lost (below 0); 0 where points only changed places: became active, were set aside,
    /// or came back from a hold.
    points: LoyaltyPoints,
    /// What moved, whichever way: above 0.
    amount: LoyaltyPoints,
    /// Spendable points in this currency after it.
    balance_after: LoyaltyPoints,
    /// When it happened: an order's time, a return's, the instant of an expiry.
    occurred_at: DateTime,
    /// When it was written down.
    recorded_at: DateTime,
    /// Of points gained: when they become spendable.
    activates_at: Option<DateTime>,
    /// Of points gained: the instant from which they are gone; null where they never expire.
    expires_at: Option<DateTime>,
    /// The order that caused it; null where there was none.
    order_id: Option<ID>,
    /// Why, where somebody gave a reason.
    reason: Option<String>,
    /// The version of the programme that it was reckoned by.
    program_version: u32,
    /// Which credits paid for it, and with how much. Of a loss, and of points set aside: the points that it took; what no credit
    /// paid for brought the balance below zero. Of points that came back: the credits that got them. Of any other gain: the
    /// part of itself that filled a balance below zero. Empty to partners.
    #[graphql(directive = list_size::apply(2, None, None, None))]
    allocations: Vec<LoyaltyAllocation>,
    /// Why an order earned so much; null for every other kind.
    explanation: Option<LoyaltyExplanation>,
    /// The partner whose app wrote it; null where none did.
    partner_id: Option<ID>,
}

/// What sort of movement an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub(crate) enum LoyaltyEntryKind {
    /// An order gave points.
    Earn,
    /// Points were given or taken by hand.
    Adjust,
    /// Pending points became spendable.
    Activate,
    /// Points that waited were called off, or the event that they awaited did not come in time.
    Cancel,
    /// A return or a cancelled order took points back.
    Clawback,
    /// Spent points came back.
    Recredit,
    /// Points were set aside.
    Hold,
    /// Points that were set aside were spent.
    Capture,
    /// Points that were set aside came back.
    Release,
    /// Points were spent.
    Redeem,
    /// Points ran out of time.
    Expire,
    /// Points came from another member.
    TransferIn,
    /// Points went to another member.
    TransferOut,
}

/// Points that one credit gave towards an entry.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyAllocation {
    /// The entry that had credited them.
    entry_id: ID,
    /// How many: above 0.
    points: LoyaltyPoints,
    /// When they would have expired; null where never.
    expires_at: Option<DateTime>,
}

/// A page of entries.
pub(crate) struct LoyaltyEntryConnection {
    cursors: Vec<String>,
    /// Those that the caller sees.
    entries: Vec<Entry>,
    page_info: PageInfo,
}

/// An entry in its list.
#[derive(SimpleObject)]
struct LoyaltyEntryEdge {
    /// Names the entry's place, for `after` and `before`.
    cursor: String,
    /// The entry.
    node: LoyaltyEntry,
}

impl LoyaltyEntryConnection {
    pub(crate) async fn read(
        visit: &Visit,
        member: MemberId,
        kinds: &[LoyaltyEntryKind],
        slice: Slice<i64>,
    ) -> Result<Self, Problem> {
        let kinds: Vec<Kind> = kinds.iter().map(|kind| Kind::from(*kind)).collect();
        let partner = visit.caller.principal().partner();
        let page = visit.services.pages.entries(member, (&kinds, partner), slice).await;
        let page = page.map_err(|error| visit.fault(&error))?;
        let (cursors, page_info) = cursors(&page, |entry| entry.movement.seq);
        Ok(Self { cursors, entries: page.items, page_info })
    }

    fn shown(&self, context: &Context<'_>) -> impl Iterator<Item = LoyaltyEntry> {
        let caller = &Visit::of(context).caller;
        self.entries.iter().cloned().filter_map(|entry| LoyaltyEntry::seen_by(caller, entry))
    }
}

/// A page of entries.
#[Object]
impl LoyaltyEntryConnection {
    /// The entries with their cursors, newest first.
    async fn edges(&self, context: &Context<'_>) -> Vec<LoyaltyEntryEdge> {
        let edge = |(cursor, node): (&String, _)| LoyaltyEntryEdge { cursor: cursor.clone(), node };
        self.cursors.iter().zip(self.shown(context)).map(edge).collect()
    }

    /// The entries alone, newest first.
    async fn nodes(&self, context: &Context<'_>) -> Vec<LoyaltyEntry> {
        self.shown(context).collect()
    }

    /// Where the page stands in the list.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }
}

impl LoyaltyEntry {
    fn whole(entry: Entry) -> Self {
        let movement = entry.movement;
        let points = movement.points().into();
        // By the credits' numbers, as they are read back: an answer and its replay are the same.
        let mut allocations = movement.allocations;
        allocations.sort_unstable_by_key(|allocation| allocation.lot);
        let allocation = |allocation: &Allocation| LoyaltyAllocation {
            entry_id: EntryId { member: entry.member, seq: allocation.lot }.into(),
            points: allocation.points.into(),
            expires_at: allocation.expires_at.map(DateTime),
        };
        Self {
            id: EntryId { member: entry.member, seq: movement.seq }.into(),
            kind: movement.kind.into(),
            currency_code: entry.currency,
            points,
            amount: movement.amount.into(),
            balance_after: movement.balance_after.into(),
            occurred_at: DateTime(movement.occurred_at),
            recorded_at: DateTime(entry.recorded_at),
            activates_at: movement.activates_at.map(DateTime),
            expires_at: movement.expires_at.map(DateTime),
            order_id: entry.order.map(ID),
            reason: entry.reason,
            program_version: entry.program_version,
            allocations: allocations.iter().map(allocation).collect(),
            explanation: entry.explanation.map(LoyaltyExplanation::from),
            partner_id: entry.partner.map(ID),
        }
    }
}

impl LoyaltyEntry {
    /// An entry as a caller sees it, if it does: partners see what their own requests wrote, and not which credits paid, because
    /// those are others'.
    pub(crate) fn seen_by(caller: &Caller, entry: Entry) -> Option<Self> {
        if !caller.sees_made_by(entry.partner.as_deref()) {
            return None;
        }
        let mut seen = Self::whole(entry);
        if caller.is_partner() {
            seen.allocations = Vec::new();
        }
        Some(seen)
    }
}

//! A member's place on the ladder as clients see it.

use std::sync::Arc;

use async_graphql::SimpleObject;

use crate::{
    graphql::{
        program::LoyaltyTier,
        scalars::{DateTime, Decimal},
    },
    program::{Program, TierReading},
};

/// Where a member stands on the ladder. Amounts are qualifying spend, in the currency of the orders.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyTierStatus {
    /// The tier held now. The next order earns at it.
    tier: LoyaltyTier,
    /// Since when.
    since: DateTime,
    /// The instant from which it is lost if nothing more is bought; null where it stays.
    until: Option<DateTime>,
    /// What was spent in the window that runs now: the calendar year in the programme's time zone, or ever since enrolment.
    /// Returns lower it.
    qualifying: Decimal,
    /// The tier above; null at the top.
    next: Option<LoyaltyTier>,
    /// What is missing in this window for the tier above; null at the top.
    to_next: Option<Decimal>,
    /// What is missing in this window to hold the tier beyond `until`, 0 where it is kept already; null for the lowest.
    to_keep: Option<Decimal>,
}

impl LoyaltyTierStatus {
    pub(super) fn of(reading: &TierReading<'_>, program: &Arc<Program>) -> Option<Self> {
        Some(Self {
            tier: LoyaltyTier::find(program, &reading.level.id)?,
            since: DateTime(reading.since),
            until: reading.until.map(DateTime),
            qualifying: Decimal(reading.qualifying),
            next: reading.next.and_then(|level| LoyaltyTier::find(program, &level.id)),
            to_next: reading.to_next.map(Decimal),
            to_keep: reading.to_keep.map(Decimal),
        })
    }
}

//! The open holds of a snapshot.

use serde::{Deserialize, Serialize};

use crate::{
    clock::Instant,
    commands::{HoldRecord, Member},
    ids::HoldId,
    ledger::{Points, Wallet},
};

/// An open hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldSnapshot {
    pub id: HoldId,
    pub points: Points,
    pub deficit: Points,
    pub order: Option<String>,
    pub reward: Option<String>,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub partner: Option<String>,
    /// Its points by when they end.
    pub parts: Vec<(Points, Option<Instant>)>,
}

pub(super) fn open_holds(wallet: &Wallet, member: &Member) -> Vec<HoldSnapshot> {
    let of_wallet = member.holds.iter().filter(|record| record.currency == wallet.currency);
    let snapshot = |record: &HoldRecord| {
        let hold = wallet.open_hold(record.seq)?;
        Some(HoldSnapshot {
            id: record.id,
            points: hold.points,
            deficit: hold.deficit,
            order: record.order.clone(),
            reward: record.reward.clone(),
            created_at: record.created_at,
            expires_at: hold.expires_at,
            partner: record.partner.clone(),
            parts: hold.parts.iter().map(|part| (part.points, part.expires_at)).collect(),
        })
    };
    of_wallet.filter_map(snapshot).collect()
}

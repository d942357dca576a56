//! Wallets, lots, entries and their allocations.

use entities::{allocation, entry, hold, lot, wallet};
use hashbrown::HashMap;

use super::{from_json, from_word, to_json, to_word};
use crate::{
    clock::Instant,
    commands::Entry,
    ids::MemberId,
    ledger::{Allocation, Hold, Lot, Movement, Points, Stored, Totals, Wallet},
    store::{StoreError, write::Row},
};

/// The parts of wallets as they were found.
#[derive(Default)]
pub(in crate::store) struct WalletParts {
    pub wallets: Vec<wallet::Model>,
    pub lots: Vec<lot::Model>,
    pub holds: Vec<hold::Model>,
    /// Of members whose lots were not all loaded: when time changes the first of the others.
    pub rest_due_at: HashMap<uuid::Uuid, Instant>,
}

/// Wallets with their lots and holds, by member.
pub(in crate::store) fn wallets(parts: WalletParts) -> Result<HashMap<MemberId, Vec<Wallet>>, StoreError> {
    let mut lots_of: HashMap<(uuid::Uuid, String), Vec<Lot>> = HashMap::new();
    for row in parts.lots {
        lots_of.entry((row.member_id, row.currency.clone())).or_default().push(lot_from_row(&row));
    }
    let mut holds_of: HashMap<(uuid::Uuid, String), Vec<Hold>> = HashMap::new();
    for row in &parts.holds {
        holds_of.entry((row.member_id, row.currency.clone())).or_default().push(super::hold::from_row(row)?);
    }
    let mut wallets: HashMap<MemberId, Vec<Wallet>> = HashMap::new();
    for row in parts.wallets {
        let place = (row.member_id, row.currency.clone());
        let stored = Stored {
            version: row.version,
            available: Points(row.available),
            pending: Points(row.pending),
            deficit: Points(row.deficit),
            totals: Totals {
                earned: Points(row.earned),
                adjusted: Points(row.adjusted),
                transferred: Points(row.transferred),
                clawed_back: Points(row.clawed_back),
                expired: Points(row.expired),
                cancelled: Points(row.cancelled),
                redeemed: Points(row.redeemed),
            },
            lots: lots_of.remove(&place).unwrap_or_default(),
            holds: holds_of.remove(&place).unwrap_or_default(),
            rest_due_at: parts.rest_due_at.get(&row.member_id).copied(),
            currency: row.currency,
        };
        wallets.entry(MemberId(row.member_id)).or_default().push(Wallet::restore(stored));
    }
    Ok(wallets)
}

fn lot_from_row(row: &lot::Model) -> Lot {
    Lot {
        seq: row.seq,
        issued: Points(row.issued),
        remaining: Points(row.remaining),
        expired: Points(row.expired),
        issued_at: row.issued_at,
        activates_at: row.activates_at,
        awaits_event: row.awaits_event,
        active: row.active,
        expires_at: row.expires_at,
        origin: row.origin_id.zip(row.origin_seq),
    }
}

pub(in crate::store) fn wallet_to_row(member: MemberId, wallet: &Wallet) -> Row<'_, wallet::Entity, 14> {
    Row([
        (wallet::Column::MemberId, member.0.into()),
        (wallet::Column::Currency, (&wallet.currency).into()),
        (wallet::Column::Version, wallet.version.into()),
        (wallet::Column::Available, wallet.available().0.into()),
        (wallet::Column::Pending, wallet.pending().0.into()),
        (wallet::Column::Deficit, wallet.deficit.0.into()),
        (wallet::Column::Earned, wallet.totals.earned.0.into()),
        (wallet::Column::Adjusted, wallet.totals.adjusted.0.into()),
        (wallet::Column::ClawedBack, wallet.totals.clawed_back.0.into()),
        (wallet::Column::Expired, wallet.totals.expired.0.into()),
        (wallet::Column::Held, wallet.held().0.into()),
        (wallet::Column::Redeemed, wallet.totals.redeemed.0.into()),
        (wallet::Column::Transferred, wallet.totals.transferred.0.into()),
        (wallet::Column::Cancelled, wallet.totals.cancelled.0.into()),
    ])
}

pub(in crate::store) fn lot_to_row<'a>(
    member: MemberId,
    currency: &'a String,
    lot: &Lot,
) -> Row<'a, lot::Entity, 13> {
    Row([
        (lot::Column::MemberId, member.0.into()),
        (lot::Column::Seq, lot.seq.into()),
        (lot::Column::Currency, currency.into()),
        (lot::Column::Issued, lot.issued.0.into()),
        (lot::Column::Remaining, lot.remaining.0.into()),
        (lot::Column::Expired, lot.expired.0.into()),
        (lot::Column::IssuedAt, lot.issued_at.into()),
        (lot::Column::ActivatesAt, lot.activates_at.into()),
        (lot::Column::Active, lot.active.into()),
        (lot::Column::ExpiresAt, lot.expires_at.into()),
        (lot::Column::AwaitsEvent, lot.awaits_event.into()),
        (lot::Column::OriginId, lot.origin.map(|(owner, _)| owner).into()),
        (lot::Column::OriginSeq, lot.origin.map(|(_, seq)| seq).into()),
    ])
}

pub(in crate::store) fn entry_to_row(entry: &Entry) -> Row<'_, entry::Entity, 21> {
    let movement = &entry.movement;
    Row([
        (entry::Column::MemberId, entry.member.0.into()),
        (entry::Column::Seq, movement.seq.into()),
        (entry::Column::Currency, (&entry.currency).into()),
        (entry::Column::Kind, to_word(&movement.kind).into()),
        (entry::Column::Debit, to_word(&movement.debit).into()),
        (entry::Column::Credit, to_word(&movement.credit).into()),
        (entry::Column::Amount, movement.amount.0.into()),
        (entry::Column::BalanceAfter, movement.balance_after.0.into()),
        (entry::Column::Deficit, movement.deficit.0.into()),
        (entry::Column::OccurredAt, movement.occurred_at.into()),
        (entry::Column::RecordedAt, entry.recorded_at.into()),
        (entry::Column::ActivatesAt, movement.activates_at.into()),
        (entry::Column::ExpiresAt, movement.expires_at.into()),
        (entry::Column::OrderId, (&entry.order).into()),
        (entry::Column::Reason, (&entry.reason).into()),
        (entry::Column::ProgramVersion, entry.program_version.cast_signed().into()),
        (entry::Column::Explanation, entry.explanation.as_ref().map(to_json).into()),
        (entry::Column::AwaitsEvent, movement.awaits_event.into()),
        (entry::Column::HoldSeq, movement.hold.into()),
        (entry::Column::LotSeq, movement.lot.into()),
        (entry::Column::PartnerId, (&entry.partner).into()),
    ])
}

pub(in crate::store) fn allocations_to_rows(
    entry: &Entry,
) -> impl Iterator<Item = Row<'_, allocation::Entity, 5>> {
    entry.movement.allocations.iter().map(|part| {
        Row([
            (allocation::Column::MemberId, entry.member.0.into()),
            (allocation::Column::Seq, entry.movement.seq.into()),
            (allocation::Column::LotSeq, part.lot.into()),
            (allocation::Column::Points, part.points.0.into()),
            (allocation::Column::ExpiresAt, part.expires_at.into()),
        ])
    })
}

/// Entries in the order of their rows, each with its allocations.
pub(in crate::store) fn entries(
    rows: Vec<entry::Model>,
    allocations: Vec<allocation::Model>,
) -> Result<Vec<Entry>, StoreError> {
    let mut parts: HashMap<(uuid::Uuid, i64), Vec<Allocation>> = HashMap::new();
    for row in allocations {
        let part = Allocation { lot: row.lot_seq, points: Points(row.points), expires_at: row.expires_at };
        parts.entry((row.member_id, row.seq)).or_default().push(part);
    }
    let entry = |row: entry::Model| {
        let movement = Movement {
            seq: row.seq,
            kind: from_word("entries", &row.kind)?,
            debit: from_word("entries", &row.debit)?,
            credit: from_word("entries", &row.credit)?,
            amount: Points(row.amount),
            balance_after: Points(row.balance_after),
            occurred_at: row.occurred_at,
            activates_at: row.activates_at,
            expires_at: row.expires_at,
            allocations: parts.remove(&(row.member_id, row.seq)).unwrap_or_default(),
            deficit: Points(row.deficit),
            awaits_event: row.awaits_event,
            hold: row.hold_seq,
            lot: row.lot_seq,
        };
        Ok(Entry {
            member: MemberId(row.member_id),
            currency: row.currency,
            movement,
            recorded_at: row.recorded_at,
            order: row.order_id,
            reason: row.reason,
            program_version: row.program_version.cast_unsigned(),
            explanation: row.explanation.as_deref().map(|json| from_json("entries", json)).transpose()?,
            partner: row.partner_id,
        })
    };
    rows.into_iter().map(entry).collect()
}

//! Wallets, lots, entries and their allocations.

use std::collections::HashMap;

use entities::{allocation, entry, hold, lot, wallet};
use sea_orm::ActiveValue::Set;

use super::{from_json, from_word, to_json, to_word};
use crate::{
    clock::Instant,
    commands::Entry,
    ids::MemberId,
    ledger::{Allocation, Hold, Lot, Movement, Points, Stored, Totals, Wallet},
    store::StoreError,
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

pub(in crate::store) fn wallet_to_row(member: MemberId, wallet: &Wallet) -> wallet::ActiveModel {
    wallet::ActiveModel {
        member_id: Set(member.0),
        currency: Set(wallet.currency.clone()),
        version: Set(wallet.version),
        available: Set(wallet.available().0),
        pending: Set(wallet.pending().0),
        deficit: Set(wallet.deficit.0),
        earned: Set(wallet.totals.earned.0),
        adjusted: Set(wallet.totals.adjusted.0),
        clawed_back: Set(wallet.totals.clawed_back.0),
        expired: Set(wallet.totals.expired.0),
        held: Set(wallet.held().0),
        redeemed: Set(wallet.totals.redeemed.0),
        transferred: Set(wallet.totals.transferred.0),
        cancelled: Set(wallet.totals.cancelled.0),
    }
}

pub(in crate::store) fn lot_to_row(member: MemberId, currency: &str, lot: &Lot) -> lot::ActiveModel {
    lot::ActiveModel {
        member_id: Set(member.0),
        seq: Set(lot.seq),
        currency: Set(currency.to_owned()),
        issued: Set(lot.issued.0),
        remaining: Set(lot.remaining.0),
        expired: Set(lot.expired.0),
        issued_at: Set(lot.issued_at),
        activates_at: Set(lot.activates_at),
        active: Set(lot.active),
        expires_at: Set(lot.expires_at),
        awaits_event: Set(lot.awaits_event),
        origin_id: Set(lot.origin.map(|(owner, _)| owner)),
        origin_seq: Set(lot.origin.map(|(_, seq)| seq)),
    }
}

pub(in crate::store) fn entry_to_row(entry: &Entry) -> entry::ActiveModel {
    let movement = &entry.movement;
    entry::ActiveModel {
        member_id: Set(entry.member.0),
        seq: Set(movement.seq),
        currency: Set(entry.currency.clone()),
        kind: Set(to_word(&movement.kind)),
        debit: Set(to_word(&movement.debit)),
        credit: Set(to_word(&movement.credit)),
        amount: Set(movement.amount.0),
        balance_after: Set(movement.balance_after.0),
        deficit: Set(movement.deficit.0),
        occurred_at: Set(movement.occurred_at),
        recorded_at: Set(entry.recorded_at),
        activates_at: Set(movement.activates_at),
        expires_at: Set(movement.expires_at),
        order_id: Set(entry.order.clone()),
        reason: Set(entry.reason.clone()),
        program_version: Set(entry.program_version.cast_signed()),
        explanation: Set(entry.explanation.as_ref().map(to_json)),
        awaits_event: Set(movement.awaits_event),
        hold_seq: Set(movement.hold),
        lot_seq: Set(movement.lot),
        partner_id: Set(entry.partner.clone()),
    }
}

pub(in crate::store) fn allocations_to_rows(
    entry: &Entry,
) -> impl Iterator<Item = allocation::ActiveModel> + '_ {
    entry.movement.allocations.iter().map(|part| allocation::ActiveModel {
        member_id: Set(entry.member.0),
        seq: Set(entry.movement.seq),
        lot_seq: Set(part.lot),
        points: Set(part.points.0),
        expires_at: Set(part.expires_at),
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

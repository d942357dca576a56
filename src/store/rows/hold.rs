//! Holds, redemptions and counters.

use std::collections::HashMap;

use entities::{counter, counter_lease, hold, redemption};
use sea_orm::ActiveValue::Set;

use super::{from_json, from_word, to_json, to_word};
use crate::{
    commands::{HoldRecord, Member, Redemption},
    ids::{HoldId, MemberId, RedemptionId},
    ledger::{Counter, Hold, Lease, Points},
    store::StoreError,
};

pub(in crate::store) fn from_row(row: &hold::Model) -> Result<Hold, StoreError> {
    Ok(Hold {
        seq: row.seq,
        points: Points(row.points),
        captured: Points(row.captured),
        parts: from_json("holds", &row.parts)?,
        deficit: Points(row.deficit),
        expires_at: row.expires_at,
        state: from_word("holds", &row.state)?,
    })
}

pub(in crate::store) fn record_from_row(row: &hold::Model) -> HoldRecord {
    HoldRecord {
        id: HoldId(row.id),
        currency: row.currency.clone(),
        seq: row.seq,
        order: row.order_id.clone(),
        reward: row.reward.clone(),
        created_at: row.created_at,
        partner: row.partner_id.clone(),
    }
}

pub(in crate::store) fn to_row(member: &Member, record: &HoldRecord, hold: &Hold) -> hold::ActiveModel {
    hold::ActiveModel {
        id: Set(record.id.0),
        program_id: Set(member.key.program.clone()),
        member_id: Set(member.id.0),
        currency: Set(record.currency.clone()),
        seq: Set(record.seq),
        points: Set(hold.points.0),
        captured: Set(hold.captured.0),
        parts: Set(to_json(&hold.parts)),
        deficit: Set(hold.deficit.0),
        state: Set(to_word(&hold.state)),
        order_id: Set(record.order.clone()),
        reward: Set(record.reward.clone()),
        created_at: Set(record.created_at),
        expires_at: Set(hold.expires_at),
        partner_id: Set(record.partner.clone()),
    }
}

pub(in crate::store) fn redemption_from_row(row: redemption::Model) -> Result<Redemption, StoreError> {
    Ok(Redemption {
        id: RedemptionId(row.id),
        program: row.program_id,
        member: MemberId(row.member_id),
        currency: row.currency,
        seq: row.seq,
        points: Points(row.points),
        parts: from_json("redemptions", &row.parts)?,
        deficit: Points(row.deficit),
        recredited: Points(row.recredited),
        order: row.order_id,
        reward: row.reward,
        counted: row.counted,
        redeemed_at: row.redeemed_at,
        reversed: row.reversed,
        partner: row.partner_id,
        new: false,
        changed: false,
    })
}

pub(in crate::store) fn redemption_to_row(redemption: &Redemption) -> redemption::ActiveModel {
    redemption::ActiveModel {
        id: Set(redemption.id.0),
        program_id: Set(redemption.program.clone()),
        member_id: Set(redemption.member.0),
        currency: Set(redemption.currency.clone()),
        seq: Set(redemption.seq),
        points: Set(redemption.points.0),
        parts: Set(to_json(&redemption.parts)),
        deficit: Set(redemption.deficit.0),
        recredited: Set(redemption.recredited.0),
        order_id: Set(redemption.order.clone()),
        reward: Set(redemption.reward.clone()),
        counted: Set(redemption.counted),
        redeemed_at: Set(redemption.redeemed_at),
        reversed: Set(redemption.reversed),
        partner_id: Set(redemption.partner.clone()),
    }
}

/// Counters with the leases that were found, by (program, name).
pub(in crate::store) fn counters(
    rows: Vec<counter::Model>,
    leases: Vec<counter_lease::Model>,
) -> HashMap<(String, String), Counter> {
    let mut counters: HashMap<(String, String), Counter> = rows
        .into_iter()
        .map(|row| {
            let counter =
                Counter { version: row.version, taken: row.taken, held: row.held, leases: Vec::new() };
            ((row.program_id, row.name), counter)
        })
        .collect();
    for row in leases {
        if let Some(counter) = counters.get_mut(&(row.program_id, row.name)) {
            let expires_at = row.expires_at;
            counter.leases.push(Lease { id: row.id, units: row.units, expires_at, open: row.open });
        }
    }
    counters
}

pub(in crate::store) fn counter_to_row(
    (program, name): &(String, String),
    counter: &Counter,
) -> counter::ActiveModel {
    counter::ActiveModel {
        program_id: Set(program.clone()),
        name: Set(name.clone()),
        version: Set(counter.version),
        taken: Set(counter.taken),
        held: Set(counter.held),
    }
}

pub(in crate::store) fn lease_to_row(
    (program, name): &(String, String),
    lease: &Lease,
) -> counter_lease::ActiveModel {
    counter_lease::ActiveModel {
        id: Set(lease.id),
        program_id: Set(program.clone()),
        name: Set(name.clone()),
        units: Set(lease.units),
        expires_at: Set(lease.expires_at),
        open: Set(lease.open),
    }
}

//! Holds, redemptions and counters.

use entities::{counter, counter_lease, hold, redemption};
use hashbrown::HashMap;

use super::{from_json, from_word, to_json, to_word};
use crate::{
    commands::{HoldRecord, Member, Redemption},
    ids::{HoldId, MemberId, RedemptionId},
    ledger::{Counter, Hold, Lease, Points},
    store::{StoreError, write::Row},
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

pub(in crate::store) fn to_row<'a>(
    member: &'a Member,
    record: &'a HoldRecord,
    hold: &Hold,
) -> Row<'a, hold::Entity, 15> {
    Row([
        (hold::Column::Id, record.id.0.into()),
        (hold::Column::ProgramId, (&member.key.program).into()),
        (hold::Column::MemberId, member.id.0.into()),
        (hold::Column::Currency, (&record.currency).into()),
        (hold::Column::Seq, record.seq.into()),
        (hold::Column::Points, hold.points.0.into()),
        (hold::Column::Captured, hold.captured.0.into()),
        (hold::Column::Parts, to_json(&hold.parts).into()),
        (hold::Column::Deficit, hold.deficit.0.into()),
        (hold::Column::State, to_word(&hold.state).into()),
        (hold::Column::OrderId, (&record.order).into()),
        (hold::Column::Reward, (&record.reward).into()),
        (hold::Column::CreatedAt, record.created_at.into()),
        (hold::Column::ExpiresAt, hold.expires_at.into()),
        (hold::Column::PartnerId, (&record.partner).into()),
    ])
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

pub(in crate::store) fn redemption_to_row(redemption: &Redemption) -> Row<'_, redemption::Entity, 15> {
    Row([
        (redemption::Column::Id, redemption.id.0.into()),
        (redemption::Column::ProgramId, (&redemption.program).into()),
        (redemption::Column::MemberId, redemption.member.0.into()),
        (redemption::Column::Currency, (&redemption.currency).into()),
        (redemption::Column::Seq, redemption.seq.into()),
        (redemption::Column::Points, redemption.points.0.into()),
        (redemption::Column::Parts, to_json(&redemption.parts).into()),
        (redemption::Column::Deficit, redemption.deficit.0.into()),
        (redemption::Column::Recredited, redemption.recredited.0.into()),
        (redemption::Column::OrderId, (&redemption.order).into()),
        (redemption::Column::Reward, (&redemption.reward).into()),
        (redemption::Column::Counted, redemption.counted.into()),
        (redemption::Column::RedeemedAt, redemption.redeemed_at.into()),
        (redemption::Column::Reversed, redemption.reversed.into()),
        (redemption::Column::PartnerId, (&redemption.partner).into()),
    ])
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

pub(in crate::store) fn counter_to_row<'a>(
    (program, name): &'a (String, String),
    counter: &Counter,
) -> Row<'a, counter::Entity, 5> {
    Row([
        (counter::Column::ProgramId, program.into()),
        (counter::Column::Name, name.into()),
        (counter::Column::Version, counter.version.into()),
        (counter::Column::Taken, counter.taken.into()),
        (counter::Column::Held, counter.held.into()),
    ])
}

pub(in crate::store) fn lease_to_row<'a>(
    (program, name): &'a (String, String),
    lease: &Lease,
) -> Row<'a, counter_lease::Entity, 6> {
    Row([
        (counter_lease::Column::Id, lease.id.into()),
        (counter_lease::Column::ProgramId, program.into()),
        (counter_lease::Column::Name, name.into()),
        (counter_lease::Column::Units, lease.units.into()),
        (counter_lease::Column::ExpiresAt, lease.expires_at.into()),
        (counter_lease::Column::Open, lease.open.into()),
    ])
}

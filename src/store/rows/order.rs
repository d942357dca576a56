//! Orders and returns.

use entities::{purchase, purchase_return};

use super::{from_json, from_word, to_json, to_word};
use crate::{
    commands::{Order, ReturnRecord},
    ids::MemberId,
    store::{StoreError, write::Row},
};

pub(in crate::store) fn from_row(row: purchase::Model) -> Result<Order, StoreError> {
    Ok(Order {
        program: row.program_id,
        id: row.order_id,
        customer: row.customer_id,
        member: row.member_id.map(MemberId),
        placed_at: row.placed_at,
        recorded_at: row.recorded_at,
        currency: row.currency,
        channel: row.channel,
        store: row.store_id,
        lines: from_json("purchases", &row.lines)?,
        program_version: row.program_version.cast_unsigned(),
        held: from_json("purchases", &row.held_tier)?,
        awards: from_json("purchases", &row.awards)?,
        state: from_word("purchases", &row.state)?,
        revision: row.revision.cast_unsigned(),
        content_hash: row.content_hash,
        history: from_json("purchases", &row.history)?,
        new: false,
        changed: false,
    })
}

pub(in crate::store) fn to_row(order: &Order) -> Row<'_, purchase::Entity, 17> {
    Row([
        (purchase::Column::ProgramId, (&order.program).into()),
        (purchase::Column::OrderId, (&order.id).into()),
        (purchase::Column::CustomerId, (&order.customer).into()),
        (purchase::Column::MemberId, order.member.map(|member| member.0).into()),
        (purchase::Column::PlacedAt, order.placed_at.into()),
        (purchase::Column::RecordedAt, order.recorded_at.into()),
        (purchase::Column::Currency, (&order.currency).into()),
        (purchase::Column::Channel, (&order.channel).into()),
        (purchase::Column::StoreId, (&order.store).into()),
        (purchase::Column::Lines, to_json(&order.lines).into()),
        (purchase::Column::ProgramVersion, order.program_version.cast_signed().into()),
        (purchase::Column::HeldTier, to_json(&order.held).into()),
        (purchase::Column::Awards, to_json(&order.awards).into()),
        (purchase::Column::State, to_word(&order.state).into()),
        (purchase::Column::ContentHash, (&order.content_hash).into()),
        (purchase::Column::Revision, order.revision.cast_signed().into()),
        (purchase::Column::History, to_json(&order.history).into()),
    ])
}

pub(in crate::store) fn return_from_row(row: purchase_return::Model) -> Result<ReturnRecord, StoreError> {
    Ok(ReturnRecord {
        outcome: from_json("purchase_returns", &row.outcome)?,
        program: row.program_id,
        id: row.return_id,
        order_id: row.order_id,
        returned_at: row.returned_at,
        recorded_at: row.recorded_at,
        content_hash: row.content_hash,
        new: false,
    })
}

pub(in crate::store) fn return_to_row(record: &ReturnRecord) -> Row<'_, purchase_return::Entity, 7> {
    Row([
        (purchase_return::Column::ProgramId, (&record.program).into()),
        (purchase_return::Column::ReturnId, (&record.id).into()),
        (purchase_return::Column::OrderId, (&record.order_id).into()),
        (purchase_return::Column::ReturnedAt, record.returned_at.into()),
        (purchase_return::Column::RecordedAt, record.recorded_at.into()),
        (purchase_return::Column::ContentHash, (&record.content_hash).into()),
        (purchase_return::Column::Outcome, to_json(&record.outcome).into()),
    ])
}

//! Orders and returns.

use entities::{purchase, purchase_return};
use sea_orm::ActiveValue::Set;

use super::{from_json, from_word, to_json, to_word};
use crate::{
    commands::{Order, ReturnRecord},
    ids::MemberId,
    store::StoreError,
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

pub(in crate::store) fn to_row(order: &Order) -> purchase::ActiveModel {
    purchase::ActiveModel {
        program_id: Set(order.program.clone()),
        order_id: Set(order.id.clone()),
        customer_id: Set(order.customer.clone()),
        member_id: Set(order.member.map(|member| member.0)),
        placed_at: Set(order.placed_at),
        recorded_at: Set(order.recorded_at),
        currency: Set(order.currency.clone()),
        channel: Set(order.channel.clone()),
        store_id: Set(order.store.clone()),
        lines: Set(to_json(&order.lines)),
        program_version: Set(order.program_version.cast_signed()),
        held_tier: Set(to_json(&order.held)),
        awards: Set(to_json(&order.awards)),
        state: Set(to_word(&order.state)),
        content_hash: Set(order.content_hash.clone()),
        revision: Set(order.revision.cast_signed()),
        history: Set(to_json(&order.history)),
    }
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

pub(in crate::store) fn return_to_row(record: &ReturnRecord) -> purchase_return::ActiveModel {
    purchase_return::ActiveModel {
        program_id: Set(record.program.clone()),
        return_id: Set(record.id.clone()),
        order_id: Set(record.order_id.clone()),
        returned_at: Set(record.returned_at),
        recorded_at: Set(record.recorded_at),
        content_hash: Set(record.content_hash.clone()),
        outcome: Set(to_json(&record.outcome)),
    }
}

//! Members.

use entities::member::{ActiveModel, Model};
use sea_orm::ActiveValue::Set;

use super::{from_json, from_word, to_json, to_word};
use crate::{
    clock::Instant,
    commands::{HoldRecord, Member, MemberKey},
    ids::MemberId,
    ledger::Wallet,
    program::Program,
    store::StoreError,
};

pub(in crate::store) fn from_row(
    row: Model,
    wallets: Vec<Wallet>,
    holds: Vec<HoldRecord>,
) -> Result<Member, StoreError> {
    Ok(Member {
        id: MemberId(row.id),
        key: MemberKey { program: row.program_id, customer: row.customer_id },
        status: from_word("members", &row.status)?,
        enrolled_at: row.enrolled_at,
        channel: row.channel,
        store: row.store_id,
        version: row.version,
        standing: from_json("members", &row.standing)?,
        next_seq: row.next_seq,
        wallets,
        merged_into: row.merged_into.map(MemberId),
        holds,
        partners: row.partners.map_or(Ok(Vec::new()), |links| from_json("members", &links))?,
        changed: false,
    })
}

pub(in crate::store) fn to_row(member: &Member, program: Option<&Program>, now: Instant) -> ActiveModel {
    ActiveModel {
        id: Set(member.id.0),
        program_id: Set(member.key.program.clone()),
        customer_id: Set(member.key.customer.clone()),
        status: Set(to_word(&member.status)),
        enrolled_at: Set(member.enrolled_at),
        channel: Set(member.channel.clone()),
        store_id: Set(member.store.clone()),
        version: Set(member.version),
        tier: Set(member.standing.tier.clone()),
        standing: Set(to_json(&member.standing)),
        next_seq: Set(member.next_seq),
        due_at: Set(member.due_at(program, now)),
        updated_at: Set(now),
        merged_into: Set(member.merged_into.map(|into| into.0)),
        partners: Set((!member.partners.is_empty()).then(|| to_json(&member.partners))),
    }
}

//! Members.

use entities::{
    member::{Column, Entity, Model},
    merge,
};

use super::{from_json, from_word, to_json, to_word};
use crate::{
    clock::Instant,
    commands::{HoldRecord, Member, MemberKey, Merged},
    ids::MemberId,
    ledger::Wallet,
    program::Program,
    store::{StoreError, write::Row},
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

pub(in crate::store) fn to_row<'a>(
    member: &'a Member,
    program: Option<&Program>,
    now: Instant,
) -> Row<'a, Entity, 15> {
    let partners = (!member.partners.is_empty()).then(|| to_json(&member.partners));
    Row([
        (Column::Id, member.id.0.into()),
        (Column::ProgramId, (&member.key.program).into()),
        (Column::CustomerId, (&member.key.customer).into()),
        (Column::Status, to_word(&member.status).into()),
        (Column::EnrolledAt, member.enrolled_at.into()),
        (Column::Channel, (&member.channel).into()),
        (Column::StoreId, (&member.store).into()),
        (Column::Version, member.version.into()),
        (Column::Tier, (&member.standing.tier).into()),
        (Column::Standing, to_json(&member.standing).into()),
        (Column::NextSeq, member.next_seq.into()),
        (Column::DueAt, member.due_at(program, now).into()),
        (Column::UpdatedAt, now.into()),
        (Column::MergedInto, member.merged_into.map(|into| into.0).into()),
        (Column::Partners, partners.into()),
    ])
}

pub(in crate::store) fn merged_from_row(row: &merge::Model) -> Result<Merged, StoreError> {
    Ok(Merged {
        member: MemberId(row.member_id),
        version: row.version,
        into: MemberId(row.into_id),
        merged_at: row.merged_at,
        moved: from_json("merges", &row.moved)?,
        new: false,
        changed: false,
    })
}

pub(in crate::store) fn merged_to_row(merged: &Merged) -> Row<'_, merge::Entity, 5> {
    Row([
        (merge::Column::MemberId, merged.member.0.into()),
        (merge::Column::Version, merged.version.into()),
        (merge::Column::IntoId, merged.into.0.into()),
        (merge::Column::MergedAt, merged.merged_at.into()),
        (merge::Column::Moved, to_json(&merged.moved).into()),
    ])
}

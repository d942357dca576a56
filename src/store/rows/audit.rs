//! Records of the audit log.

use entities::{audit_pending, audit_record};
use sea_orm::ActiveValue::Set;

use crate::{
    audit::{Actor, Record, Sealed},
    store::{StoreError, write::Row},
};

pub(crate) fn to_row(record: &Record) -> Row<'_, audit_pending::Entity, 8> {
    let Record { id, recorded_at, program, actor, actions } = record;
    Row([
        (audit_pending::Column::Id, (*id).into()),
        (audit_pending::Column::RecordedAt, (*recorded_at).into()),
        (audit_pending::Column::ProgramId, program.into()),
        (audit_pending::Column::ActorKind, actor.kind.name().to_owned().into()),
        (audit_pending::Column::Actor, (&actor.name).into()),
        (audit_pending::Column::Partner, (&actor.partner).into()),
        (audit_pending::Column::TokenId, (&actor.token_id).into()),
        (audit_pending::Column::Actions, actions.into()),
    ])
}

pub(crate) fn from_row(row: audit_pending::Model) -> Result<Record, StoreError> {
    let kind = row.actor_kind.parse().map_err(|error| StoreError::row("audit_pending", error))?;
    let actor = Actor { kind, name: row.actor, partner: row.partner, token_id: row.token_id };
    let (id, recorded_at, program, actions) = (row.id, row.recorded_at, row.program_id, row.actions);
    Ok(Record { id, recorded_at, program, actor, actions })
}

pub(crate) fn sealed_to_row(sealed: Sealed) -> audit_record::ActiveModel {
    let Sealed { record, seq, previous, hash } = sealed;
    audit_record::ActiveModel {
        seq: Set(seq),
        id: Set(record.id),
        recorded_at: Set(record.recorded_at),
        program_id: Set(record.program),
        actor_kind: Set(record.actor.kind.name().to_owned()),
        actor: Set(record.actor.name),
        partner: Set(record.actor.partner),
        token_id: Set(record.actor.token_id),
        actions: Set(record.actions),
        previous: Set(previous),
        hash: Set(hash),
    }
}

pub(crate) fn sealed_from_row(row: audit_record::Model) -> Result<Sealed, StoreError> {
    let kind = row.actor_kind.parse().map_err(|error| StoreError::row("audit_records", error))?;
    let actor = Actor { kind, name: row.actor, partner: row.partner, token_id: row.token_id };
    let (id, recorded_at, program, actions) = (row.id, row.recorded_at, row.program_id, row.actions);
    let record = Record { id, recorded_at, program, actor, actions };
    Ok(Sealed { record, seq: row.seq, previous: row.previous, hash: row.hash })
}

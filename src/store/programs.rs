//! Every version of every programme that has been served, so that an order's version is there as long as the order.

use entities::program_version::{ActiveModel, Column, Entity, Model};
use hashbrown::HashMap;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, sea_query::OnConflict,
};

use super::{
    Store, StoreError,
    rows::{self, to_json},
    tx::begin_writing,
    write::insert_into,
};
use crate::{
    audit::{Action, Actor, Record},
    clock::Instant,
    ids::IdSource,
    program::Program,
};

impl Store {
    /// Puts the programmes to be served beside those served before, and answers the latter. A version that is there with
    /// other content is refused: what orders were rewarded by must not change under them. What was not there before goes
    /// into the audit log.
    pub async fn register_programs(
        &self,
        served: &[Program],
        (ids, now): (&dyn IdSource, Instant),
    ) -> Result<Vec<Program>, StoreError> {
        let tx = begin_writing(&self.write).await?;
        for program in served {
            register(&tx, program, (ids, now)).await?;
        }
        tx.commit().await?;

        let stored = Entity::find()
            .order_by_asc(Column::ProgramId)
            .order_by_asc(Column::Version)
            .all(&self.write)
            .await?;
        let hashes: HashMap<(String, u32), String> = stored
            .iter()
            .map(|row| ((row.program_id.clone(), row.version.cast_unsigned()), row.content_hash.clone()))
            .collect();
        for program in served {
            let key = (program.id().to_owned(), program.version());
            if hashes.get(&key).is_some_and(|hash| *hash != program.content_hash()) {
                return Err(StoreError::ProgramChanged { program: key.0, version: key.1 });
            }
        }
        let known: Vec<(String, u32)> = served.iter().map(|p| (p.id().to_owned(), p.version())).collect();
        let older = |row: &&Model| !known.contains(&(row.program_id.clone(), row.version.cast_unsigned()));
        stored.iter().filter(older).map(from_row).collect()
    }
}

/// Puts a version there, if it is not. Two processes that start at once both find it afterwards, and one of them tells of it.
async fn register(
    tx: &DatabaseTransaction,
    program: &Program,
    (ids, now): (&dyn IdSource, Instant),
) -> Result<(), StoreError> {
    let before = Entity::find()
        .filter(Column::ProgramId.eq(program.id()))
        .filter(Column::Version.lt(program.version().cast_signed()))
        .order_by_desc(Column::Version)
        .one(tx)
        .await?;
    let document = to_json(&program.to_json());
    let row = ActiveModel {
        program_id: Set(program.id().to_owned()),
        version: Set(program.version().cast_signed()),
        document: Set(document.clone()),
        content_hash: Set(program.content_hash()),
        created_at: Set(now),
    };
    let known = OnConflict::columns([Column::ProgramId, Column::Version]).do_nothing().to_owned();
    if Entity::insert(row).on_conflict(known).exec_without_returning(tx).await? == 0 {
        return Ok(());
    }
    let action = Action {
        operation: "publish_program".into(),
        subject: Some(program.version().to_string().into()),
        before: before.map(|row| row.document.into()),
        after: Some(document.into()),
        ..Action::default()
    };
    let record = Record::new(ids.new_uuid(now), now, (Actor::operator("serve"), program.id()), &[action]);
    insert_into(tx, [rows::audit::to_row(&record)]).await
}

pub(super) fn from_row(row: &Model) -> Result<Program, StoreError> {
    Program::from_json(&row.document).map_err(|invalid| StoreError::StoredProgram {
        program: row.program_id.clone(),
        version: row.version.cast_unsigned(),
        reason: invalid.to_string(),
    })
}

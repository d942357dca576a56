//! Every version of every programme that has been served, so that an order's version is there as long as the order.

use std::collections::HashMap;

use entities::program_version::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, EntityTrait as _, QueryOrder as _, sea_query::OnConflict};

use super::{Store, StoreError, rows::to_json};
use crate::{clock::Instant, program::Program};

impl Store {
    /// Puts the programmes to be served beside those served before, and answers the latter. A version that is there with
    /// other content is refused: what orders were rewarded by must not change under them.
    pub async fn register_programs(
        &self,
        served: &[Program],
        now: Instant,
    ) -> Result<Vec<Program>, StoreError> {
        let rows = served.iter().map(|program| ActiveModel {
            program_id: Set(program.id().to_owned()),
            version: Set(program.version().cast_signed()),
            document: Set(to_json(&program.to_json())),
            content_hash: Set(program.content_hash()),
            created_at: Set(now),
        });
        // Two processes that start at once both find it there afterwards.
        let insert = Entity::insert_many(rows.collect::<Vec<_>>())
            .on_conflict(OnConflict::columns([Column::ProgramId, Column::Version]).do_nothing().to_owned());
        insert.exec_without_returning(&self.write).await?;

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

pub(super) fn from_row(row: &Model) -> Result<Program, StoreError> {
    Program::from_json(&row.document).map_err(|invalid| StoreError::StoredProgram {
        program: row.program_id.clone(),
        version: row.version.cast_unsigned(),
        reason: invalid.to_string(),
    })
}

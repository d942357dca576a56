//! What the world has still to be told of.

use entities::outbox;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::{Store, StoreError};
use crate::{clock::Instant, commands::MemberKey};

/// A change that waits to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    pub id: Uuid,
    pub member: MemberKey,
}

impl Store {
    /// The oldest changes that nobody has told yet; where an instant is given, of those that were made before it.
    pub async fn untold(&self, before: Option<Instant>, limit: u64) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = outbox::Entity::find()
            .apply_if(before, |find, before| find.filter(outbox::Column::CreatedAt.lte(before)))
            .order_by_asc(outbox::Column::CreatedAt)
            .limit(limit)
            .all(&self.pages.read)
            .await?;
        let row = |row: outbox::Model| OutboxRow {
            id: row.id,
            member: MemberKey { program: row.program_id, customer: row.customer_id },
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Takes told changes off the list.
    pub async fn told(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        if !ids.is_empty() {
            let told = outbox::Entity::delete_many().filter(outbox::Column::Id.is_in(ids.iter().copied()));
            told.exec(&self.write).await?;
        }
        Ok(())
    }

    /// How many changes wait.
    pub async fn untold_count(&self) -> Result<u64, StoreError> {
        Ok(outbox::Entity::find().count(&self.pages.read).await?)
    }
}

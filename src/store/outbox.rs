//! What the world has still to be told of: a row for each batch.

use entities::{outbox, outbox_batch};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Store, StoreError, find::by_any, rows};
use crate::{
    clock::Instant,
    commands::{Member, MemberKey},
};

/// Changes that wait to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    pub id: Uuid,
    /// Who was changed.
    pub members: Vec<MemberKey>,
}

/// A changed member as its row keeps it.
#[derive(Serialize, Deserialize)]
struct Changed {
    #[serde(flatten)]
    member: MemberKey,
    version: i64,
}

impl Store {
    /// The oldest changes that nobody has told yet; where an instant is given, of those that were made before it.
    pub async fn untold(&self, before: Option<Instant>, limit: u64) -> Result<Vec<OutboxRow>, StoreError> {
        let batches = outbox_batch::Entity::find()
            .apply_if(before, |find, before| find.filter(outbox_batch::Column::CreatedAt.lte(before)))
            .order_by_asc(outbox_batch::Column::CreatedAt)
            .limit(limit)
            .all(&self.pages.read)
            .await?;
        let mut rows = batches.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
        rows.extend(self.untold_of_first_release(before, limit - rows.len() as u64).await?);
        Ok(rows)
    }

    /// Servers of the first release, which may still be running beside this one, write a row for each member.
    async fn untold_of_first_release(
        &self,
        before: Option<Instant>,
        limit: u64,
    ) -> Result<impl Iterator<Item = OutboxRow> + use<>, StoreError> {
        let rows = outbox::Entity::find()
            .apply_if(before, |find, before| find.filter(outbox::Column::CreatedAt.lte(before)))
            .order_by_asc(outbox::Column::CreatedAt)
            .limit(limit)
            .all(&self.pages.read)
            .await?;
        Ok(rows.into_iter().map(|row| OutboxRow {
            id: row.id,
            members: vec![MemberKey { program: row.program_id, customer: row.customer_id }],
        }))
    }

    /// Takes told changes off the list.
    pub async fn told(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        if !ids.is_empty() {
            let ids = || ids.iter().copied();
            let batches = by_any(&self.write, outbox_batch::Column::Id, ids());
            outbox_batch::Entity::delete_many().filter(batches).exec(&self.write).await?;
            let of_first_release = by_any(&self.write, outbox::Column::Id, ids());
            outbox::Entity::delete_many().filter(of_first_release).exec(&self.write).await?;
        }
        Ok(())
    }

    /// How many rows wait.
    pub async fn untold_count(&self) -> Result<u64, StoreError> {
        let read = &self.pages.read;
        Ok(outbox_batch::Entity::find().count(read).await? + outbox::Entity::find().count(read).await?)
    }
}

fn from_row(row: &outbox_batch::Model) -> Result<OutboxRow, StoreError> {
    let changed: Vec<Changed> = rows::from_json("outbox_batches", &row.members)?;
    Ok(OutboxRow { id: row.id, members: changed.into_iter().map(|changed| changed.member).collect() })
}

/// The row of a batch.
pub(super) fn to_row(id: Uuid, members: &[&Member], now: Instant) -> outbox_batch::ActiveModel {
    let changed = |member: &&Member| Changed { member: member.key.clone(), version: member.version };
    outbox_batch::ActiveModel {
        id: Set(id),
        members: Set(rows::to_json(&members.iter().map(changed).collect::<Vec<_>>())),
        created_at: Set(now),
    }
}

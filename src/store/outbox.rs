//! What the world has still to be told of: a row for each batch.

use entities::{outbox, outbox_batch};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Store, StoreError, find::by_any, rows, write::Row};
use crate::{
    clock::Instant,
    commands::{Member, MemberKey},
};

/// Rows that are told at once: batches of several members, and members.
const BATCHES_MAX: u64 = 20;
const MEMBERS_MAX: u64 = 500;

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
    /// The oldest changes that nobody has told yet, of those that were made until an instant. None are left where there is
    /// none.
    pub async fn untold(&self, until: Instant) -> Result<Vec<OutboxRow>, StoreError> {
        let batches = outbox_batch::Entity::find()
            .filter(outbox_batch::Column::CreatedAt.lte(until))
            .order_by_asc(outbox_batch::Column::CreatedAt)
            .limit(BATCHES_MAX)
            .all(&self.pages.read)
            .await?;
        let mut rows = batches.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
        if rows.is_empty() {
            rows.extend(self.untold_of_first_release(until).await?);
        }
        Ok(rows)
    }

    /// When the last of the changes was made that nobody has told yet.
    pub async fn last_untold(&self) -> Result<Option<Instant>, StoreError> {
        let read = &self.pages.read;
        let batch = outbox_batch::Entity::find().order_by_desc(outbox_batch::Column::CreatedAt).one(read);
        let of_first_release = outbox::Entity::find().order_by_desc(outbox::Column::CreatedAt).one(read);
        let batch = batch.await?.map(|row| row.created_at);
        Ok(batch.max(of_first_release.await?.map(|row| row.created_at)))
    }

    /// Servers of the first release, which may still be running beside this one, write a row for each member.
    async fn untold_of_first_release(
        &self,
        until: Instant,
    ) -> Result<impl Iterator<Item = OutboxRow> + use<>, StoreError> {
        let rows = outbox::Entity::find()
            .filter(outbox::Column::CreatedAt.lte(until))
            .order_by_asc(outbox::Column::CreatedAt)
            .limit(MEMBERS_MAX)
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
pub(super) fn to_row(id: Uuid, members: &[&Member], now: Instant) -> Row<'static, outbox_batch::Entity, 3> {
    let changed = |member: &&Member| Changed { member: member.key.clone(), version: member.version };
    let members = rows::to_json(&members.iter().map(changed).collect::<Vec<_>>());
    Row([
        (outbox_batch::Column::Id, id.into()),
        (outbox_batch::Column::Members, members.into()),
        (outbox_batch::Column::CreatedAt, now.into()),
    ])
}

//! PostgreSQL: what a batch writes once for all its commands is longer than most texts, so it is compressed; by LZ4, which
//! costs a fraction of what the other way does. Where the server was built without it, nothing changes.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const COLUMNS: [(&str, &str); 3] =
    [("audit_pending", "actions"), ("audit_records", "actions"), ("outbox_batches", "members")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Each table for itself: nobody waits for two.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        alter(manager, |alter| {
            format!("DO $$ BEGIN {alter} lz4; EXCEPTION WHEN feature_not_supported THEN NULL; END $$")
        })
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        alter(manager, |alter| format!("{alter} default")).await
    }
}

async fn alter(
    manager: &SchemaManager<'_>,
    statement: impl Fn(String) -> String + Send,
) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        for (table, column) in COLUMNS {
            let alter = format!("ALTER TABLE {table} ALTER COLUMN {column} SET COMPRESSION");
            manager.get_connection().execute_unprepared(&statement(alter)).await?;
        }
    }
    Ok(())
}

//! Rows that change leave room beside them in PostgreSQL, so that the new version lands on the same page and no index
//! hears of it.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Tables whose rows change, and how full their pages are made, in percent.
const FILL: [(&str, u32); 3] = [("members", 70), ("wallets", 70), ("lots", 85)];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Each table for itself: nobody waits for two.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, percent) in FILL {
            alter(manager, &format!("ALTER TABLE {table} SET (fillfactor = {percent})")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, _) in FILL {
            alter(manager, &format!("ALTER TABLE {table} RESET (fillfactor)")).await?;
        }
        Ok(())
    }
}

async fn alter(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

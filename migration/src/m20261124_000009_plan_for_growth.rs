//! PostgreSQL: no statistics of a table before it is large.
//!
//! A connection keeps a statement's plan. One that was made when statistics said that a table has a handful of rows reads
//! the whole table, and is kept when it no longer has a handful: until the next look of the autovacuum every command then
//! reads all that there is. Without statistics PostgreSQL expects some pages of rows and finds them by their keys, which is
//! right for ever.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// All that grow.
const TABLES: [&str; 13] = [
    "allocations",
    "counter_leases",
    "counters",
    "entries",
    "holds",
    "idempotency_keys",
    "lots",
    "members",
    "purchase_returns",
    "purchases",
    "redemptions",
    "standings",
    "wallets",
];
const THRESHOLDS: [&str; 3] =
    ["autovacuum_analyze_threshold", "autovacuum_vacuum_threshold", "autovacuum_vacuum_insert_threshold"];
/// Rows that have to change before anybody looks; a share of the table's rows comes on top.
const ROWS: u32 = 10_000;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Each table for itself: nobody waits for two.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        alter(manager, |table| {
            let set = THRESHOLDS.map(|threshold| format!("{threshold} = {ROWS}")).join(", ");
            format!("ALTER TABLE {table} SET ({set})")
        })
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        alter(manager, |table| format!("ALTER TABLE {table} RESET ({})", THRESHOLDS.join(", "))).await
    }
}

async fn alter(manager: &SchemaManager<'_>, statement: impl Fn(&str) -> String + Send) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        for table in TABLES {
            manager.get_connection().execute_unprepared(&statement(table)).await?;
        }
    }
    Ok(())
}

//! What a merge moved beside lots, so that it can be undone; and PostgreSQL's type of its rows.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text, timestamp_with_time_zone, uuid},
    sea_orm::DatabaseBackend,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// And no statistics before it is large, as of all tables that grow (`plan_for_growth`).
const POSTGRES: &str = "CREATE TYPE merges_row_1 AS \
    (member_id uuid, version int8, into_id uuid, merged_at timestamptz, moved text); \
    ALTER TABLE merges SET (autovacuum_analyze_threshold = 10000, autovacuum_vacuum_threshold = 10000, \
    autovacuum_vacuum_insert_threshold = 10000);";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Merges::Table)
            .col(uuid(Merges::MemberId))
            .col(big_integer(Merges::Version))
            .col(uuid(Merges::IntoId))
            .col(timestamp_with_time_zone(Merges::MergedAt))
            .col(text(Merges::Moved))
            .primary_key(Index::create().col(Merges::MemberId).col(Merges::Version))
            .to_owned();
        manager.create_table(table).await?;
        let index =
            Index::create().name("ix_merges_into_id").table(Merges::Table).col(Merges::IntoId).to_owned();
        manager.create_index(index).await?;
        run(manager, POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, "DROP TYPE IF EXISTS merges_row_1").await?;
        manager.drop_table(Table::drop().table(Merges::Table).to_owned()).await
    }
}

async fn run(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

#[derive(DeriveIden)]
enum Merges {
    Table,
    MemberId,
    Version,
    IntoId,
    MergedAt,
    Moved,
}

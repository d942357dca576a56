//! PostgreSQL: what a statement calls that finds a row other than it was seen. The statement fails, and all that it did is undone.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// 40001 is what PostgreSQL itself answers where two transactions cannot both have seen the truth.
const CREATE: &str = "CREATE OR REPLACE FUNCTION loyalty_raced() RETURNS integer LANGUAGE plpgsql AS $$ \
    BEGIN RAISE EXCEPTION 'another process changed what this batch changes' USING ERRCODE = '40001'; END $$";
const DROP: &str = "DROP FUNCTION IF EXISTS loyalty_raced()";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, CREATE).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DROP).await
    }
}

async fn run(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

//! PostgreSQL: the keys of orders and of idempotency keys begin with what tells them apart. A programme comes first in each
//! row of a table where there are few programmes: every step of a search compared it, found it the same, and went on to the
//! id. A row costs a fifth less to put into its tree so.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DatabaseBackend, RuntimeErr, Statement},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Tables, and what tells their rows apart within a programme.
const TABLES: [(&str, &str); 2] = [("purchases", "order_id"), ("idempotency_keys", "key")];
const PROGRAM: &str = "program_id";
/// How often a table is asked for, and for how long each time: everybody else who wants it waits behind that.
const TRIES: usize = 30;
const LOCK: &str = "SET lock_timeout = '1s'";
/// Who builds a tree beside writers waits for those who were there before, and stands in nobody's way.
const NO_LOCK: &str = "SET lock_timeout = 0";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, id) in TABLES {
            begin_with(manager, table, [id, PROGRAM]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, id) in TABLES {
            begin_with(manager, table, [PROGRAM, id]).await?;
        }
        Ok(())
    }
}

/// Whether a lock was not to be had in time, whatever language the server says it in.
fn is_lock_timeout(error: &DbErr) -> bool {
    let DbErr::Exec(RuntimeErr::SqlxError(error)) = error else { return false };
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("55P03"))
}

/// Gives a table's primary key another order of columns: the tree is built beside those who write, and takes the other's place
/// between two of them. What was cut short is begun again.
async fn begin_with(
    manager: &SchemaManager<'_>,
    table: &str,
    [first, second]: [&str; 2],
) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    let connection = manager.get_connection();
    let is_so = async |condition: String| {
        let found = format!("SELECT FROM pg_index WHERE {condition}");
        let found =
            connection.query_one_raw(Statement::from_string(DatabaseBackend::Postgres, found)).await?;
        Ok::<_, DbErr>(found.is_some())
    };
    let (key, new) = (format!("{table}_pkey"), format!("{table}_by_{first}"));
    let is_new = format!(
        "indexrelid = to_regclass('{key}') AND pg_get_indexdef(indexrelid, 1, true) IN ('{first}', '\"{first}\"')"
    );
    let is_replaced = is_so(is_new).await?;
    connection.execute_unprepared(NO_LOCK).await?;
    if is_replaced || is_so(format!("indexrelid = to_regclass('{new}') AND NOT indisvalid")).await? {
        connection.execute_unprepared(&format!("DROP INDEX CONCURRENTLY IF EXISTS {new}")).await?;
    }
    if !is_replaced {
        let create = format!(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {new} ON {table} (\"{first}\", \"{second}\")"
        );
        connection.execute_unprepared(&create).await?;
        connection.execute_unprepared(LOCK).await?;
        let replace = format!(
            "ALTER TABLE {table} DROP CONSTRAINT {key}, ADD CONSTRAINT {key} PRIMARY KEY USING INDEX {new}"
        );
        let mut tries = 1;
        while let Err(error) = connection.execute_unprepared(&replace).await {
            if tries == TRIES || !is_lock_timeout(&error) {
                return Err(error);
            }
            tries += 1;
        }
    }
    connection.execute_unprepared("RESET lock_timeout").await?;
    Ok(())
}

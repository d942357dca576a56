//! The schema of the database: bring it up to date, or say that it is not.

use std::time::Duration;

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};

use super::{Store, StoreError, connect::for_schema};

/// Any number that nobody else locks: processes that migrate one database at once wait for one another.
const MIGRATION_LOCK: i64 = 0x006c_6f79_616c_7479;
/// How soon a process that has to wait for another's migration asks again.
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

impl Store {
    /// Applies the migrations that are missing; answers how many there were.
    pub async fn migrate(&self) -> Result<usize, StoreError> {
        if self.write.get_database_backend() != DatabaseBackend::Postgres {
            let pending = pending(&self.write).await?;
            Migrator::up(&self.write, None).await?;
            return Ok(pending);
        }
        let connection = for_schema(&self.address).await?;
        while !try_lock(&connection).await? {
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        let pending = pending(&connection).await?;
        let applied = Migrator::up(&connection, None).await;
        // Closing gives the lock back.
        let _ = connection.close().await;
        applied?;
        Ok(pending)
    }

    /// Refuses a schema that is not the one of this version.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        match pending(&self.write).await? {
            0 => Ok(()),
            pending => Err(StoreError::SchemaIsOlder { pending }),
        }
    }
}

/// Asked for again and again: whoever waits inside of a statement is waited for by the building of an index, which holds
/// the lock.
async fn try_lock(connection: &impl ConnectionTrait) -> Result<bool, StoreError> {
    let sql = format!("SELECT pg_try_advisory_lock({MIGRATION_LOCK}) AS taken");
    let row = connection.query_one_raw(Statement::from_string(DatabaseBackend::Postgres, sql)).await?;
    Ok(row.map(|row| row.try_get("", "taken")).transpose()?.unwrap_or(false))
}

async fn pending(connection: &impl ConnectionTrait) -> Result<usize, StoreError> {
    match Migrator::get_pending_migrations_read_only(connection).await {
        Ok(pending) => Ok(pending.len()),
        // The runner's own word for a migration that was applied and is not known here.
        Err(DbErr::Custom(unknown)) => Err(StoreError::SchemaIsNewer { unknown }),
        Err(error) => Err(error.into()),
    }
}

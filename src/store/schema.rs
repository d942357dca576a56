//! The schema of the database: bring it up to date, or say that it is not.

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, TransactionTrait as _};

use super::{Store, StoreError};

/// Any number that nobody else locks: processes that migrate one database at once wait for one another.
const MIGRATION_LOCK: i64 = 0x006c_6f79_616c_7479;

impl Store {
    /// Applies the migrations that are missing; answers how many there were.
    pub async fn migrate(&self) -> Result<usize, StoreError> {
        if self.write.get_database_backend() != DatabaseBackend::Postgres {
            let pending = pending(&self.write).await?;
            Migrator::up(&self.write, None).await?;
            return Ok(pending);
        }
        let tx = self.write.begin().await?;
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        let pending = pending(&tx).await?;
        Migrator::up(&tx, None).await?;
        tx.commit().await?;
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

async fn pending(connection: &impl ConnectionTrait) -> Result<usize, StoreError> {
    match Migrator::get_pending_migrations_read_only(connection).await {
        Ok(pending) => Ok(pending.len()),
        // The runner's own word for a migration that was applied and is not known here.
        Err(DbErr::Custom(unknown)) => Err(StoreError::SchemaIsNewer { unknown }),
        Err(error) => Err(error.into()),
    }
}

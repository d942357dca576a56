//! What time it is by the database.

use std::time::Instant as Stopwatch;

use sea_orm::{ConnectionTrait as _, DatabaseBackend, Statement};

use super::{Store, StoreError};
use crate::clock::{Instant, LedgerClock, Look};

impl Store {
    /// Sets a clock by PostgreSQL's, which all who share the database can see. SQLite is this machine's own and has its clock:
    /// there this changes nothing.
    pub async fn set_clock(&self, clock: &LedgerClock) -> Result<(), StoreError> {
        let connection = &self.pages.read;
        if connection.get_database_backend() != DatabaseBackend::Postgres {
            return Ok(());
        }
        let statement = Statement::from_string(DatabaseBackend::Postgres, "SELECT clock_timestamp()");
        let asked = Stopwatch::now();
        let row = connection.query_one_raw(statement).await?;
        let answered = Stopwatch::now();
        let said: Option<Instant> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        let said = said.ok_or_else(|| StoreError::row("clock_timestamp()", "there is no row"))?;
        clock.set(Look { asked, said, answered });
        Ok(())
    }
}

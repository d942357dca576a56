//! What can go wrong below: a fault, never a refusal.

use std::{borrow::Cow, sync::Arc};

use sea_orm::{
    DbErr, RuntimeErr, SqlErr,
    sqlx::{self, error::DatabaseError},
};

/// A fault of the database, or of what it holds.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database answered: {0}")]
    Database(#[from] DbErr),
    /// A decision over what was loaded hit a fault of ours; the log has it. Nothing was saved.
    #[error("a decision panicked")]
    Panicked,
    /// Another process recorded an order between two looks at it: a second try knows its member.
    #[error("another process recorded an order of the batch meanwhile")]
    Raced,
    /// What a process remembers does not decide a batch: somebody was to be refused, or nothing to be saved that would show
    /// whether it still holds. Nothing was done; a look decides.
    #[error("what is remembered does not decide the batch")]
    Unproven,
    /// A batch was decided by how another of this process would leave a counter, and that one was not saved. Nothing was done; a
    /// look decides.
    #[error("the batch before did not leave a counter as it was foretold")]
    Forestalled,
    /// The database did not answer in time.
    #[error("the database did not answer within {0:?}")]
    Silent(std::time::Duration),
    /// A row that this version cannot read.
    #[error("a row of `{table}` cannot be read: {reason}")]
    Row { table: &'static str, reason: String },
    #[error(
        "the database's schema is older than this server: {pending} migration(s) are missing; run `loyalty migrate`, or set LOYALTY_MIGRATE=true"
    )]
    SchemaIsOlder { pending: usize },
    #[error(
        "the database's schema is newer than this server: it has migrations that this server does not know ({unknown})"
    )]
    SchemaIsNewer { unknown: String },
    #[error(
        "version {version} of programme `{program}` was served before with other content; give the change a version of its own"
    )]
    ProgramChanged { program: String, version: u32 },
    #[error("version {version} of programme `{program}`, as stored, is not valid: {reason}")]
    StoredProgram { program: String, version: u32, reason: String },
}

impl StoreError {
    pub(crate) fn row(table: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Row { table, reason: reason.to_string() }
    }

    /// What PostgreSQL answered is of another kind than was asked for.
    pub(super) fn answer(error: sqlx::Error) -> Self {
        Self::Database(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
    }

    /// Whether another process got there first: the same statement would find it now.
    pub fn is_conflict(&self) -> bool {
        let Self::Database(error) = self else {
            return matches!(self, Self::Raced | Self::Unproven | Self::Forestalled);
        };
        // 40001 serialization failure, 40P01 deadlock.
        matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
            || sql_state(error).is_some_and(|state| state == "40001" || state == "40P01")
    }

    /// Whether the database has no room left. Nothing was done; with more room the same may succeed.
    pub fn is_full(&self) -> bool {
        let Self::Database(error) = self else { return false };
        // 13 is SQLite's SQLITE_FULL, 53100 PostgreSQL's disk_full.
        sql_state(error).is_some_and(|state| state == "13" || state == "53100")
    }

    /// Whether the way to the database broke, so that nothing is known of what was under way.
    pub fn is_connection(&self) -> bool {
        let Self::Database(error) = self else { return matches!(self, Self::Silent(_)) };
        // Class 57P: the server is shutting down, or starting up; class 08: the connection failed.
        let ended = |state: String| state.starts_with("57P") || state.starts_with("08");
        match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
            _ if sql_state(error).is_some_and(ended) => true,
            DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e)) => matches!(
                **e,
                sqlx::Error::Io(_)
                    | sqlx::Error::Protocol(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
            ),
            _ => false,
        }
    }
}

fn sql_state(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e))
        | DbErr::Conn(RuntimeErr::SqlxError(e)) => {
            e.as_database_error().and_then(DatabaseError::code).map(Cow::into_owned)
        }
        _ => None,
    }
}

//! What the statements of a batch go through: SQLite's transaction, or a lane to PostgreSQL.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};

use super::lane::Lane;

/// One batch's connection. Dropped before it has ended, it undoes what it did.
pub(super) enum Tx {
    Sqlite(DatabaseTransaction),
    Postgres(Lane),
}

/// A transaction that will write. SQLite takes its lock at once: one that has begun to read cannot wait for it any more.
pub(super) async fn begin_writing(write: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    match write.get_database_backend() {
        DbBackend::Sqlite => write.begin_with_options(options).await,
        _ => write.begin().await,
    }
}

impl Tx {
    /// Whether a batch may find rows by their places, if it knows them.
    pub(super) fn goes_by_places(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(lane) => lane.goes_by_places(),
        }
    }

    pub(super) async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(lane) => lane.end("COMMIT").await,
        }
    }

    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(lane) => lane.end("ROLLBACK").await,
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(tx) => tx.get_database_backend(),
            Self::Postgres(lane) => lane.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(tx) => tx.execute_raw(statement).await,
            Self::Postgres(lane) => lane.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(tx) => tx.execute_unprepared(sql).await,
            Self::Postgres(lane) => lane.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(tx) => tx.query_one_raw(statement).await,
            Self::Postgres(lane) => lane.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(tx) => tx.query_all_raw(statement).await,
            Self::Postgres(lane) => lane.query_all_raw(statement).await,
        }
    }
}

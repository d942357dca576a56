//! Lanes: connections to PostgreSQL that batches keep from one to the next.
//!
//! The pool asks a connection twice whether it still lives when it comes back. A lane that did its work has just shown it, so it
//! goes to the side, and the next batch takes it from there without a question. One that did not is closed: whatever it was
//! in the middle of is undone with it.

use std::{
    mem,
    sync::{
        Arc, Mutex as Lock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Instant as Stopwatch,
};

use metrics::counter;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sqlx::{
        self, AssertSqlSafe, Connection as _, Executor as _, PgConnection, PgPool, Postgres,
        pool::PoolConnection,
        postgres::{PgArguments, PgRow},
    },
};
use sea_query_sqlx::SqlxValues;
use tokio::{
    sync::{Mutex, MutexGuard},
    time::timeout,
};

use super::{
    Recall,
    connect::{ACQUIRE_TIMEOUT, IDLE_BEFORE_PING},
};

/// Rows of a batch of a hundred commands or two; of larger ones a connection need not keep the buffers.
const ROWS_USUAL: usize = 1_000;

/// Of so many batches one finds its rows by their keys. That is how PostgreSQL comes to clear a page of the versions that
/// nobody sees any more: who comes by a row's place never does, and who comes by its key does so at each change, which is half
/// of what it costs to find the row. A page has room for some sixteen more versions (see the migration
/// `leave_room_in_members`).
const CLEARING: usize = 4;

/// Connections on the side. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    pool: PgPool,
    idle_max: usize,
    idle: Arc<Lock<Vec<Idle>>>,
    /// What is remembered of what is on their other side.
    pub recall: Recall,
    /// How many batches have asked how to find their rows.
    batches: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Idle {
    connection: PoolConnection<Postgres>,
    since: Stopwatch,
}

/// A connection that is a batch's own until it is [kept](Self::keep) or dropped.
pub(super) struct Lane {
    /// None once it is kept.
    connection: Mutex<Option<PoolConnection<Postgres>>>,
    lanes: Lanes,
    /// Whether so much was written that the connection's buffers are larger than most batches need.
    is_swollen: AtomicBool,
}

impl Lanes {
    /// None with SQLite, whose connection is no way off.
    pub(super) fn of(database: &DatabaseConnection, idle_max: u32, recall: Recall) -> Option<Self> {
        (database.get_database_backend() == DbBackend::Postgres).then(|| Self {
            pool: database.get_postgres_connection_pool().clone(),
            idle_max: idle_max as usize,
            idle: Arc::default(),
            recall,
            batches: Arc::default(),
        })
    }

    /// A connection that answers, as far as is known.
    pub(super) async fn take(&self) -> Result<Lane, DbErr> {
        let connection = match self.just_used() {
            Some(connection) => connection,
            // Seldom, and its future is large: whoever holds it would be as large.
            None => Box::pin(self.answering()).await?,
        };
        Ok(Lane {
            connection: Mutex::new(Some(connection)),
            lanes: self.clone(),
            is_swollen: AtomicBool::new(false),
        })
    }

    /// Closes those that are on the side, and the pool.
    pub(super) async fn close(&self) {
        drop(mem::take(&mut *self.idle()));
        self.pool.close().await;
    }

    /// The last that came to the side, if that is not long ago.
    fn just_used(&self) -> Option<PoolConnection<Postgres>> {
        let idle = self.idle().pop_if(|idle| idle.since.elapsed() < IDLE_BEFORE_PING)?;
        Some(idle.connection)
    }

    /// One from the side that was asked, or one from the pool.
    async fn answering(&self) -> Result<PoolConnection<Postgres>, DbErr> {
        let idle = self.idle().pop();
        if let Some(Idle { mut connection, .. }) = idle {
            if let Ok(Ok(())) = timeout(ACQUIRE_TIMEOUT, connection.ping()).await {
                return Ok(connection);
            }
            close(connection);
            self.close_all();
        }
        self.pool.acquire().await.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))
    }

    /// Where one connection has died the others have, too; and who knows what is on the other side of the next.
    fn close_all(&self) {
        self.recall.forget_all();
        self.idle().drain(..).for_each(|idle| close(idle.connection));
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    /// Begins a transaction.
    pub(super) async fn begin(self) -> Result<Self, DbErr> {
        self.execute_unprepared("BEGIN").await?;
        Ok(self)
    }

    /// Ends the transaction, and leaves the connection to the next.
    pub(super) async fn end(self, how: &str) -> Result<(), DbErr> {
        self.execute_unprepared(how).await?;
        self.keep();
        Ok(())
    }

    /// Leaves the connection, in no transaction, to the next.
    pub(super) fn keep(mut self) {
        let Some(mut connection) = self.connection.get_mut().take() else { return };
        if *self.is_swollen.get_mut() {
            connection.shrink_buffers();
        }
        let mut idle = self.lanes.idle();
        if idle.len() < self.lanes.idle_max {
            idle.push(Idle { connection, since: Stopwatch::now() });
        }
    }

    /// Whether a batch may find rows by their places, if it knows them.
    pub(super) fn goes_by_places(&self) -> bool {
        !self.lanes.batches.fetch_add(1, Relaxed).is_multiple_of(CLEARING)
    }

    /// Takes note that so many rows are written.
    pub(super) fn writes(&self, rows: usize) {
        self.is_swollen.fetch_or(rows > ROWS_USUAL, Relaxed);
    }

    /// Runs a statement whose arguments are encoded already.
    pub(super) async fn rows(&self, text: Arc<str>, arguments: PgArguments) -> Result<Vec<PgRow>, DbErr> {
        let mut connection = self.connection().await;
        let query = sqlx::query_with(AssertSqlSafe(text), arguments);
        query.fetch_all(&mut **own(&mut connection)).await.map_err(|error| DbErr::Query(self.failed(error)))
    }

    fn failed(&self, error: sqlx::Error) -> RuntimeErr {
        if matches!(error, sqlx::Error::Io(_)) {
            self.lanes.close_all();
        }
        RuntimeErr::SqlxError(Arc::new(error))
    }

    async fn connection(&self) -> MutexGuard<'_, Option<PoolConnection<Postgres>>> {
        counter!(crate::telemetry::SQL_STATEMENTS_TOTAL).increment(1);
        self.connection.lock().await
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.get_mut().take() {
            close(connection);
        }
    }
}

/// Closes without a word: whoever does not answer would not hear it, and must not keep a place in the pool until then.
fn close(connection: PoolConnection<Postgres>) {
    drop(connection.detach());
}

fn own(connection: &mut Option<PoolConnection<Postgres>>) -> &mut PoolConnection<Postgres> {
    connection.as_mut().expect("a lane has its connection until it is kept, which consumes it")
}

#[async_trait::async_trait]
impl ConnectionTrait for Lane {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut connection = self.connection().await;
        let result = query(statement).execute(&mut **own(&mut connection)).await;
        result.map(ExecResult::from).map_err(|error| DbErr::Exec(self.failed(error)))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut connection = self.connection().await;
        let connection: &mut PgConnection = own(&mut connection);
        let result = connection.execute(AssertSqlSafe(sql)).await;
        result.map(ExecResult::from).map_err(|error| DbErr::Exec(self.failed(error)))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut connection = self.connection().await;
        let row = query(statement).fetch_optional(&mut **own(&mut connection)).await;
        row.map(|row| row.map(QueryResult::from)).map_err(|error| DbErr::Query(self.failed(error)))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut connection = self.connection().await;
        let rows = query(statement).fetch_all(&mut **own(&mut connection)).await;
        rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
            .map_err(|error| DbErr::Query(self.failed(error)))
    }
}

fn query(statement: Statement) -> sqlx::query::Query<'static, Postgres, SqlxValues> {
    let values = statement.values.unwrap_or(sea_orm::sea_query::Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

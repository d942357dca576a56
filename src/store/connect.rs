//! Opening the database.

use std::time::Duration;

use futures_util::future::BoxFuture;
use metrics::counter;
use sea_orm::{
    ConnectOptions as SeaOptions, Database, DatabaseBackend, DatabaseConnection,
    sqlx::{
        self, Connection as _, PgConnection, SqliteConnection,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};
use tokio::time::timeout;

use super::{Address, Lanes, Pages, Recall, Store, StoreError};

/// Which database, and how many connections its readers may cost.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// `postgres://…` or `sqlite://…`.
    pub url: String,
    pub pool_max: u32,
    /// How much is remembered of the members that were changed last; nothing where it is 0.
    pub recall_bytes: u64,
}

/// Batches that PostgreSQL runs at once for one process: a batch is a chain of questions and answers, and while one waits
/// the other uses the machine. More than these were slower again, because each has fewer commands.
const POSTGRES_BATCHES: usize = 2;
/// As many lanes, and one for a sweep: nobody ever waits for one.
const LANES: u32 = 3;
/// Below that age an idle connection is used without a question; above it is asked whether it still lives. A question
/// at every use would cost every request a round trip.
pub(super) const IDLE_BEFORE_PING: Duration = Duration::from_secs(5);
/// Prepared statements that a connection keeps: more than there are texts in a stretch of time ([`super::plans`]), but for
/// SQLite's, which has one for each number of rows.
const STATEMENTS_KEPT: usize = 128;
/// Every row is found by a key, or by its place. Left to itself, PostgreSQL would read whole tables as long as they are small, and keep to
/// the plan when they no longer are. Nor is it to have statistics of them while they are: see the migration
/// `plan_for_growth`.
const PLANS_BY_KEY: [(&str, &str); 6] = [
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_memoize", "off"),
    ("jit", "off"),
    ("plan_cache_mode", "force_generic_plan"),
];
/// Longer than any batch takes: who holds a row for that long has stopped, and must not stop everybody.
const LOCK_TIMEOUT: &str = "10s";
/// A batch is never idle for longer than its decisions take. Who is has been cut off without the database's hearing of it,
/// and must be gone before those who wait for its rows give up.
const IDLE_TIMEOUT: &str = "5s";
const STATEMENT_TIMEOUT: &str = "30s";
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(30);

impl Store {
    /// Connects. Nothing is created but, with `mode=rwc`, an SQLite file and its folder.
    pub async fn connect(options: &ConnectOptions) -> Result<Self, StoreError> {
        let sqlite = options.url.starts_with("sqlite:");
        if sqlite {
            create_folder(&options.url)?;
        }
        // Whoever writes waits for no reader's connection, and nobody for a batch's: each batch has a lane, and so has a sweep.
        let write =
            open(options, if sqlite { 1 } else { options.pool_max.saturating_sub(LANES).max(1) }).await?;
        let lanes = if sqlite {
            None
        } else {
            Lanes::of(&open(options, LANES).await?, LANES, Recall::new(options.recall_bytes))
        };
        // An in-memory SQLite database belongs to its connection.
        let read = if options.url.contains(":memory:") {
            write.clone()
        } else {
            open(options, options.pool_max).await?
        };
        Ok(Self { write, lanes, pages: Pages { read }, address: Address(options.url.clone()) })
    }

    /// How many batches may be under way at once. SQLite has one writer.
    pub fn batches_at_once(&self) -> usize {
        match self.write.get_database_backend() {
            DatabaseBackend::Sqlite => 1,
            _ => POSTGRES_BATCHES,
        }
    }

    /// Gives the connections back.
    pub async fn close(&self) {
        // What a failing close would tell is of no use to anybody any more.
        let _ = self.pages.read.close_by_ref().await;
        let _ = self.write.close_by_ref().await;
        if let Some(lanes) = &self.lanes {
            lanes.close().await;
        }
    }
}

async fn open(options: &ConnectOptions, connections: u32) -> Result<DatabaseConnection, StoreError> {
    let mut sea = SeaOptions::new(options.url.clone());
    sea.max_connections(connections)
        .sqlx_logging(false)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire_if_idle_for(IDLE_BEFORE_PING)
        // Connections are kept: the task that would retire them miscounts when one comes back while it begins, and
        // then turns in a circle for ever (sqlx 0.9, `spawn_maintenance_tasks`).
        .idle_timeout(None)
        .max_lifetime(None)
        .map_sqlx_postgres_pool_opts(|pool| pool.after_release(|connection, _| still_answers(connection)))
        .map_sqlx_postgres_opts(|postgres| {
            postgres.statement_cache_capacity(STATEMENTS_KEPT).options(PLANS_BY_KEY).options([
                ("lock_timeout", LOCK_TIMEOUT),
                ("statement_timeout", STATEMENT_TIMEOUT),
                ("idle_in_transaction_session_timeout", IDLE_TIMEOUT),
            ])
        })
        .map_sqlx_sqlite_pool_opts(|pool| pool.after_release(|connection, _| has_ended(connection)))
        .map_sqlx_sqlite_opts(|sqlite| {
            // WAL lets readers go on beside the writer; FULL makes an acknowledged commit outlive a power cut.
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .statement_cache_capacity(STATEMENTS_KEPT)
                .busy_timeout(SQLITE_BUSY_TIMEOUT)
        });
    let mut connection = Database::connect(sea).await?;
    connection.set_metric_callback(|_| counter!(crate::telemetry::SQL_STATEMENTS_TOTAL).increment(1));
    Ok(connection)
}

/// One connection to PostgreSQL for changes of the schema: an index of many rows takes its time. Who has to wait for a
/// table gives up soon, because everybody else waits behind.
pub(super) async fn for_schema(address: &Address) -> Result<DatabaseConnection, StoreError> {
    let mut sea = SeaOptions::new(address.0.clone());
    sea.max_connections(1).sqlx_logging(false).idle_timeout(None).max_lifetime(None).map_sqlx_postgres_opts(
        |postgres| postgres.options([("lock_timeout", LOCK_TIMEOUT), ("statement_timeout", "0")]),
    );
    Ok(Database::connect(sea).await?)
}

/// Whether a connection answers, so that it may be used again. The driver (sqlx 0.9) asks too, and waits for ever: every
/// way to the database that falls silent would take one of the few connections with it.
fn still_answers(connection: &mut PgConnection) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    Box::pin(async move { Ok(matches!(timeout(ACQUIRE_TIMEOUT, connection.ping()).await, Ok(Ok(())))) })
}

/// Whether a connection's transaction has ended, so that it may be used again. SQLite itself rolls back some transactions
/// that fail, on a full disk above all, and some commits that fail leave theirs open. The driver (sqlx 0.9) counts either as
/// open for ever: it would make savepoints of the next transactions, and what they commit would be gone with the connection.
fn has_ended(connection: &mut SqliteConnection) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    Box::pin(async move {
        // Answered after everything that was asked before, a rollback included.
        connection.ping().await?;
        Ok(!connection.is_in_transaction())
    })
}

fn create_folder(url: &str) -> Result<(), StoreError> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split('?').next().unwrap_or(path);
    let folder = std::path::Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !path.starts_with(":memory:") => std::fs::create_dir_all(folder).map_err(|error| {
            StoreError::Database(sea_orm::DbErr::Custom(format!(
                "cannot make `{}`: {error}",
                folder.display()
            )))
        }),
        _ => Ok(()),
    }
}

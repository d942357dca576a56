//! A fresh database for every test: an SQLite file, or a clone of a migrated PostgreSQL template.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use loyalty::store::{ConnectOptions, Store};
use sea_orm::{ConnectionTrait as _, Database as Sea, DatabaseBackend, DatabaseConnection, Statement};
use tempfile::TempDir;

/// What a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// With in-process hot balances.
    Sqlite,
    /// With Redis.
    Postgres,
}

/// A database of the test's own.
pub(crate) struct Database {
    pub(crate) backend: Backend,
    pub(crate) url: String,
    /// Keeps keys in the shared Redis apart.
    pub(crate) prefix: String,
    _folder: Option<TempDir>,
}

/// The address of a server that `with-servers` started.
pub(crate) fn server_url(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run the tests with `make it`, which starts the servers")
    })
}

fn unique_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

const TEMPLATE: &str = "loyalty_template";

impl Database {
    /// A migrated and otherwise empty database.
    pub(crate) async fn fresh(backend: Backend) -> Self {
        let name = unique_name();
        match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}?mode=rwc", folder.path().join("loyalty.db").display());
                migrate(&url).await;
                Self { backend, url, prefix: name, _folder: Some(folder) }
            }
            Backend::Postgres => {
                let admin = admin().await;
                make_template(&admin).await;
                admin
                    .execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
                    .await
                    .unwrap();
                admin.close().await.unwrap();
                Self { backend, url: address_of(&name), prefix: name, _folder: None }
            }
        }
    }

    /// A database with nothing in it.
    pub(crate) async fn empty(backend: Backend) -> Self {
        let name = unique_name();
        match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}?mode=rwc", folder.path().join("loyalty.db").display());
                Self { backend, url, prefix: name, _folder: Some(folder) }
            }
            Backend::Postgres => {
                let admin = admin().await;
                admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
                admin.close().await.unwrap();
                Self { backend, url: address_of(&name), prefix: name, _folder: None }
            }
        }
    }

    /// A migrated and otherwise empty database on a PostgreSQL of the test's own.
    pub(crate) async fn at(server: &str) -> Self {
        let name = unique_name();
        let admin = connect(server).await;
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        admin.close().await.unwrap();
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        migrate(&url).await;
        Self { backend: Backend::Postgres, url, prefix: name, _folder: None }
    }

    /// An SQLite database in a folder, to be made by whoever opens it.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let url = format!("sqlite://{}?mode=rwc", folder.join("loyalty.db").display());
        Self { backend: Backend::Sqlite, url, prefix: unique_name(), _folder: None }
    }

    /// The environment that makes `loyalty` use it.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let mut environment = vec![
            ("DATABASE_URL".to_owned(), self.url.clone()),
            ("LOYALTY_HOT_PREFIX".to_owned(), self.prefix.clone()),
        ];
        if self.backend == Backend::Postgres {
            environment.push(("REDIS_URL".to_owned(), server_url("TEST_REDIS_URL")));
        }
        environment
    }

    /// One number out of the database.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let connection = connect(&self.url).await;
        number(&connection, sql).await
    }

    /// Changes the database behind the service's back.
    pub(crate) async fn execute(&self, sql: &str) -> u64 {
        let connection = connect(&self.url).await;
        connection.execute_unprepared(sql).await.unwrap().rows_affected()
    }

    /// The same, where it may be refused: with the reason.
    pub(crate) async fn try_execute(&self, sql: &str) -> Result<u64, String> {
        let connection = connect(&self.url).await;
        let done = connection.execute_unprepared(sql).await;
        done.map(|done| done.rows_affected()).map_err(|error| error.to_string())
    }

    /// Takes a PostgreSQL database away, from under whoever uses it.
    pub(crate) async fn drop_by_force(&self) {
        let name = self.url.rsplit('/').next().unwrap();
        admin().await.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    }
}

async fn number(connection: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

async fn admin() -> DatabaseConnection {
    connect(&server_url("TEST_DATABASE_URL")).await
}

async fn connect(server: &str) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(server);
    // Nobody retires the connection of a test; the task that would may turn in a circle, see `Store::connect`.
    options.max_connections(1).sqlx_logging(false).idle_timeout(None).max_lifetime(None);
    Sea::connect(options).await.unwrap()
}

fn address_of(name: &str) -> String {
    let url = server_url("TEST_DATABASE_URL");
    format!("{}/{name}", url.rsplit_once('/').unwrap().0)
}

/// Makes the template once; whoever comes while it is made waits.
async fn make_template(admin: &DatabaseConnection) {
    admin.execute_unprepared("SELECT pg_advisory_lock(1)").await.unwrap();
    let found = admin
        .query_one_raw(Statement::from_string(
            DatabaseBackend::Postgres,
            format!("SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'"),
        ))
        .await
        .unwrap();
    if found.is_none() {
        admin.execute_unprepared("CREATE DATABASE loyalty_template_new").await.unwrap();
        migrate(&address_of("loyalty_template_new")).await;
        let rename = format!("ALTER DATABASE loyalty_template_new RENAME TO {TEMPLATE}");
        admin.execute_unprepared(&rename).await.unwrap();
    }
    admin.execute_unprepared("SELECT pg_advisory_unlock(1)").await.unwrap();
}

async fn migrate(url: &str) {
    let store =
        Store::connect(&ConnectOptions { url: url.to_owned(), pool_max: 1, recall_bytes: 0 }).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
}

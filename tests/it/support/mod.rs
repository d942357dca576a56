//! What the tests stand on: a fresh database each, a real server process, a client.

pub(crate) mod client;
pub(crate) mod database;
pub(crate) mod fake_clock;
pub(crate) mod feed;
pub(crate) mod graph;
pub(crate) mod proxy;
pub(crate) mod redis_server;
pub(crate) mod server;
pub(crate) mod small_disk;

pub(crate) use self::{
    client::Client,
    database::{Backend, Database},
    server::Server,
};

/// Runs async tests once on SQLite with in-process hot balances, and once on PostgreSQL with Redis.
#[macro_export]
macro_rules! on_each_backend {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test($crate::support::Backend::Sqlite).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test($crate::support::Backend::Postgres).await;
            })+
        }
    };
}

//! A Redis of the test's own, to be stopped and started.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use redis::aio::MultiplexedConnection;
use tempfile::TempDir;

/// Dropped, it is killed.
pub(crate) struct RedisServer {
    child: Child,
    port: u16,
    folder: TempDir,
}

/// How often each command has been served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commands(BTreeMap<String, u64>);

impl Commands {
    /// What was served since, without what asking for it cost.
    pub(crate) fn since(&self, before: &Self) -> BTreeMap<String, u64> {
        let own = ["info", "client|setinfo", "hello", "ping", "auth", "select"];
        let served = |(name, count): (&String, &u64)| {
            (name.clone(), count - before.0.get(name).copied().unwrap_or_default())
        };
        let served = self.0.iter().map(served);
        served.filter(|(name, count)| *count > 0 && !own.contains(&name.as_str())).collect()
    }
}

impl RedisServer {
    pub(crate) async fn start() -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let child = spawn(port, &folder);
        let server = Self { child, port, folder };
        server.connect().await;
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Stops it; what it knew is there again after the next start, or is not.
    pub(crate) async fn stop(&mut self, keeps: bool) {
        let mut connection = self.connect().await;
        let how = if keeps { "SAVE" } else { "NOSAVE" };
        // The answer is the end of the connection.
        let _: Result<(), _> = redis::cmd("SHUTDOWN").arg(how).query_async(&mut connection).await;
        self.child.wait().unwrap();
        let dump = self.folder.path().join("dump.rdb");
        if keeps {
            assert!(dump.exists());
        } else if dump.exists() {
            std::fs::remove_file(dump).unwrap();
        }
    }

    pub(crate) async fn restart(&mut self) {
        self.child = spawn(self.port, &self.folder);
        self.connect().await;
    }

    /// Connects as soon as it listens.
    async fn connect(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.url()).unwrap();
        loop {
            if let Ok(mut connection) = client.get_multiplexed_async_connection().await
                && redis::cmd("PING").query_async::<String>(&mut connection).await.is_ok()
            {
                return connection;
            }
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn commands(&self) -> Commands {
        let mut connection = self.connect().await;
        let text: String = redis::cmd("INFO").arg("commandstats").query_async(&mut connection).await.unwrap();
        let line = |line: &str| {
            let (name, figures) = line.strip_prefix("cmdstat_")?.split_once(':')?;
            let calls = figures.strip_prefix("calls=")?.split(',').next()?;
            Some((name.to_owned(), calls.parse().ok()?))
        };
        Commands(text.lines().filter_map(line).collect())
    }
}

fn spawn(port: u16, folder: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--dir"])
        .arg(folder.path())
        .args(["--save", "3600 1", "--appendonly", "no"])
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server starts; `make test` installs it")
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // It may be stopped already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

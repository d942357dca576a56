//! A Redis of the test's own, to be stopped and started.

use std::collections::BTreeMap;

use loyalty_servers::Redis;
use redis::aio::MultiplexedConnection;

/// Dropped, it is killed.
pub(crate) struct RedisServer(Redis);

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
        Self(Redis::start().await.unwrap())
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// Has it save what it holds now.
    pub(crate) async fn save(&self) {
        redis::cmd("SAVE").exec_async(&mut self.connect().await).await.unwrap();
    }

    /// SIGKILL. What it had saved is there again after the next start, or is not.
    pub(crate) async fn kill(&mut self, keeps: bool) {
        self.0.kill().await.unwrap();
        if !keeps {
            self.0.forget().unwrap();
        }
    }

    pub(crate) async fn start_again(&mut self) {
        self.0.start_again().await.unwrap();
    }

    async fn connect(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.url()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    /// Has it say no to a command from now on.
    pub(crate) async fn forbid(&self, command: &str) {
        let mut acl = redis::cmd("ACL");
        acl.arg(&["SETUSER", "default", &format!("-{command}")]);
        acl.exec_async(&mut self.connect().await).await.unwrap();
    }

    /// Everything that it holds, by name.
    pub(crate) async fn keys(&self) -> Vec<String> {
        redis::cmd("KEYS").arg("*").query_async(&mut self.connect().await).await.unwrap()
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

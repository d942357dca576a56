//! One connection to one life of a Redis server.
//!
//! This is not the crate's `ConnectionManager` (read at 1.8.1), because that hides the one thing this room must see. It
//! retries no command, so over RESP2 the command that meets a broken connection fails; but the new connection is in place
//! before that caller hears of it, so others can read from a server that has just come back with an old dump and see no
//! error at all. Over RESP3 (`?protocol=resp3` in the address) it reconnects without any command failing. Nor does it
//! leave a connection that only times out. A link never reconnects: once broken every command fails, and the next link
//! asks the server which life it is in before anything is read.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, ErrorKind, Pipeline, RedisError, Script, ServerErrorKind,
    aio::MultiplexedConnection,
};

use super::{
    HotError,
    slot::{self, Era, Slot},
};
use crate::commands::MemberSnapshot;

/// Commands that may wait to be written before their callers wait too.
const COMMANDS_WAITING: usize = 1024;

/// Members that one script puts: nobody else is served meanwhile.
const PUTS_AT_ONCE: usize = 100;

/// Cheap to share: every command is multiplexed over the one connection.
pub(super) struct Link {
    connection: MultiplexedConnection,
    era: Era,
    put_if_newer: Script,
    pace: Script,
}

impl Link {
    /// The caller sets the time limit, here and for every command.
    pub(super) async fn connect(client: &Client) -> Result<Self, HotError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_pipeline_buffer_size(COMMANDS_WAITING);
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let put_if_newer = Script::new(include_str!("put_if_newer.lua"));
        let info: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
        let era = Era::from_info(&info).ok_or(HotError::NoRunId)?;
        let pace = Script::new(include_str!("pace/gcra.lua"));
        put_if_newer.prepare_invoke().load_async(&mut connection).await?;
        Ok(Self { connection, era, put_if_newer, pace })
    }

    pub(super) async fn ping(&self) -> Result<(), RedisError> {
        redis::cmd("PING").exec_async(&mut self.connection.clone()).await
    }

    /// One script. The first that finds it missing brings it.
    pub(super) async fn pace(&self, key: &str, interval: u64, burst: u64) -> Result<u64, RedisError> {
        self.pace.key(key).arg(interval).arg(burst).invoke_async(&mut self.connection.clone()).await
    }

    pub(super) async fn text(&self, key: &str, ttl: Duration) -> Result<Option<String>, RedisError> {
        let mut get = redis::cmd("GETEX");
        get.arg(key).arg("EX").arg(ttl.as_secs()).query_async(&mut self.connection.clone()).await
    }

    pub(super) async fn keep_text(&self, key: &str, text: &str, ttl: Duration) -> Result<(), RedisError> {
        let mut set = redis::cmd("SET");
        set.arg(key).arg(text).arg("EX").arg(ttl.as_secs()).exec_async(&mut self.connection.clone()).await
    }

    /// One MGET. None where nothing usable is held.
    pub(super) async fn read(&self, keys: &[String]) -> Result<Vec<Option<Slot>>, RedisError> {
        let values: Vec<Option<Vec<u8>>> =
            redis::cmd("MGET").arg(keys).query_async(&mut self.connection.clone()).await?;
        Ok(values.into_iter().map(|value| slot::decode(&value?, &self.era)).collect())
    }

    /// One round trip for all, some at a time by one script: calling it costs as much as two of its puts. Then the news, on
    /// its channel: whoever hears it finds what was put.
    pub(super) async fn put(
        &self,
        entries: &[Entry<'_>],
        news: Option<(&str, &[u8])>,
    ) -> Result<(), RedisError> {
        let mut connection = self.connection.clone();
        let mut puts = Pipeline::new();
        for some in entries.chunks(PUTS_AT_ONCE) {
            let put = puts.cmd("EVALSHA").arg(self.put_if_newer.get_hash()).arg(some.len());
            for entry in some {
                put.arg(&entry.key);
            }
            for entry in some {
                put.arg(slot::encode(entry.member, &self.era))
                    .arg(u64::try_from(entry.ttl.as_millis()).unwrap_or(u64::MAX).max(1));
            }
            put.ignore();
        }
        if let Some((channel, news)) = news {
            puts.cmd("PUBLISH").arg(channel).arg(news).ignore();
        }
        match puts.exec_async(&mut connection).await {
            // Somebody flushed the server's scripts. Puts that went through before may be repeated.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.put_if_newer.prepare_invoke().load_async(&mut connection).await?;
                puts.exec_async(&mut connection).await
            }
            outcome => outcome,
        }
    }
}

/// What to put: a member, or the absence of one.
pub(super) struct Entry<'a> {
    pub(super) key: String,
    pub(super) member: Option<&'a MemberSnapshot>,
    pub(super) ttl: Duration,
}

//! The composition root: builds the rooms, leaves first, and takes them down in the opposite order.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::BoxFuture;
use tokio::{
    sync::watch,
    task::{JoinError, JoinHandle},
};

use crate::{
    clock::SharedClock,
    commands::{MemberKey, MemberSnapshot},
    config::{Config, HotPlace},
    events::{Relay, RelayOptions},
    hot::{Hot, HotConfig, HotError, Kind, LoadMembers},
    ids::SharedIds,
    journal::{BatchTime, Clerk, ClerkParts, Journal, JournalLimits},
    program::{Program, Programs, registry::InvalidPrograms},
    store::{ConnectOptions, Pages, Store, StoreError},
};

/// What the reception calls. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    pub programs: Arc<Programs>,
    pub journal: Journal,
    pub hot: Hot,
    pub pages: Pages,
    pub clock: SharedClock,
}

/// The rooms behind the reception, running.
pub struct App {
    pub services: Services,
    pub store: Store,
    clerk: JoinHandle<()>,
    relay: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

/// Why the rooms cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Programs(#[from] InvalidPrograms),
    #[error("REDIS_URL: {0}")]
    Hot(#[from] HotError),
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
}

/// How the rooms are opened.
pub struct Opening {
    /// The programmes to be served, the first of them the default unless the configuration names another.
    pub programs: Vec<Program>,
    pub time: BatchTime,
    pub clock: SharedClock,
    pub ids: SharedIds,
}

/// Members that the in-process hot balances keep.
const MEMORY_MEMBERS_MAX: u64 = 1_000_000;
/// A row of the outbox is left to the process that wrote it for this many relay rounds.
const GRACE_ROUNDS: u32 = 4;

/// Opens the database, migrating it where the configuration says so.
pub async fn open_store(config: &Config) -> Result<Store, StoreError> {
    let options = ConnectOptions {
        url: config.storage.url.expose().to_owned(),
        pool_max: config.storage.connections_max,
    };
    let store = Store::connect(&options).await?;
    if config.storage.migrate {
        let applied = store.migrate().await?;
        if applied > 0 {
            tracing::info!(applied, "migrated the database");
        }
    }
    store.check_schema().await?;
    Ok(store)
}

/// Connects to the hot balances; one that is away is no reason not to start.
pub async fn open_hot(config: &Config, pages: Pages) -> Result<Hot, HotError> {
    let kind = match &config.hot.place {
        HotPlace::Redis { url } => Kind::Redis { url: url.expose().to_owned() },
        HotPlace::Memory => Kind::Memory,
        HotPlace::Off => Kind::Off,
    };
    let hot = HotConfig {
        kind,
        prefix: config.hot.prefix.clone(),
        ttl: config.hot.ttl,
        capacity: MEMORY_MEMBERS_MAX,
        timeout: HotConfig::DEFAULT_TIMEOUT,
    };
    Hot::connect(hot, pages).await
}

impl LoadMembers for Pages {
    fn load<'a>(
        &'a self,
        keys: &'a [MemberKey],
    ) -> BoxFuture<'a, Result<HashMap<MemberKey, MemberSnapshot>, StoreError>> {
        Box::pin(self.members(keys))
    }
}

impl App {
    pub async fn start(config: &Config, opening: Opening) -> Result<Self, StartError> {
        let Opening { programs, time, clock, ids } = opening;
        let store = open_store(config).await?;
        let served = store.register_programs(programs, clock.now()).await?;
        let programs = Arc::new(Programs::new(served, config.programs.default.as_deref())?);
        let pages = store.pages().clone();
        let hot = open_hot(config, pages.clone()).await?;
        let interval = config.hot.relay_interval;
        let (told, relay) = Relay::new(
            store.clone(),
            hot.clone(),
            clock.clone(),
            RelayOptions { interval, grace: interval * GRACE_ROUNDS },
        );
        relay.catch_up().await?;
        let (journal, clerk) = Clerk::new(ClerkParts {
            store: store.clone(),
            programs: programs.clone(),
            hot: hot.clone(),
            ids,
            time,
            told,
            limits: JournalLimits {
                queue_commands_max: config.limits.queue_commands_max,
                batch_commands_max: config.limits.batch_commands_max,
            },
        });
        let (stop, stopped) = watch::channel(false);
        Ok(Self {
            services: Services { programs, journal, hot, pages, clock },
            store,
            clerk: tokio::spawn(clerk.run()),
            relay: tokio::spawn(relay.run(stopped)),
            stop,
        })
    }

    /// Finishes what waits, tells what is untold, and closes the database. Every clone of the services must be gone, or
    /// the clerk waits for more work.
    pub async fn stop(self) -> Result<(), JoinError> {
        drop(self.services);
        self.clerk.await?;
        // The relay is there as long as this is: a send can only fail after it ended.
        let _ = self.stop.send(true);
        self.relay.await?;
        self.store.close().await;
        Ok(())
    }
}

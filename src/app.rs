//! The composition root: builds the rooms, leaves first, and takes them down in the opposite order.

mod door;

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use hashbrown::HashMap;
use tokio::{
    sync::watch,
    task::{JoinError, JoinHandle},
};

pub use self::door::door;
use crate::{
    clock::{Clock as _, Instant, LedgerClock, SharedClock},
    commands::{MemberKey, MemberSnapshot},
    config::{Config, HotPlace},
    events::{Live, Relay, RelayOptions},
    graphql::{self, Services},
    hot::{Hot, HotConfig, HotError, Kind, LoadMembers},
    ids::SharedIds,
    jobs::{audit::Keeper, sweep::sweep_regularly},
    journal::{BatchTime, Clerk, ClerkParts, JournalLimits, Rivalry, Sweeper, Turns},
    program::{Program, Programs, registry::InvalidPrograms},
    store::{ConnectOptions, Pages, Store, StoreError},
};

/// The rooms behind the reception, running.
pub struct App {
    pub services: Services,
    pub store: Store,
    clerk: JoinHandle<()>,
    stop_clerk: watch::Sender<bool>,
    relay: JoinHandle<()>,
    live: JoinHandle<()>,
    sealing: JoinHandle<()>,
    stop_relay: watch::Sender<bool>,
    pub sweeper: Sweeper,
    sweeps: Option<JoinHandle<()>>,
    stop_sweeps: watch::Sender<bool>,
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
    /// Which time batches have, given the clock.
    pub time: fn(SharedClock) -> BatchTime,
    /// Set by the database's before anything goes by it.
    pub clock: Arc<LedgerClock>,
    pub ids: SharedIds,
}

/// Members that the in-process hot balances keep.
const MEMORY_MEMBERS_MAX: u64 = 1_000_000;
/// A row of the outbox is left to the process that wrote it for this many relay rounds.
const GRACE_ROUNDS: u32 = 4;

/// The subgraph's SDL.
pub fn sdl() -> &'static str {
    graphql::schema::sdl()
}

/// Opens the database, migrating it where the configuration says so.
pub async fn open_store(config: &Config) -> Result<Store, StoreError> {
    let options = ConnectOptions {
        url: config.storage.url.expose().to_owned(),
        pool_max: config.storage.connections_max,
        recall_bytes: config.storage.recall_bytes,
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
        timeout: config.hot.timeout,
    };
    Hot::connect(hot, pages).await
}

impl LoadMembers for Pages {
    fn load<'a>(
        &'a self,
        keys: &'a [MemberKey],
        now: Instant,
    ) -> BoxFuture<'a, Result<HashMap<MemberKey, MemberSnapshot>, StoreError>> {
        Box::pin(self.members_at(keys, now))
    }
}

impl App {
    pub async fn start(config: &Config, opening: Opening) -> Result<Self, StartError> {
        let Opening { programs, time, clock, ids } = opening;
        let store = open_store(config).await?;
        store.set_clock(&clock).await?;
        let before = store.register_programs(&programs, (&*ids, clock.now())).await?;
        let mut programs = Programs::new(programs, config.programs.default.as_deref())?;
        for program in before {
            programs.remember(program);
        }
        let programs = Arc::new(programs);
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
        let sweeper = Sweeper {
            store: store.clone(),
            programs: programs.clone(),
            hot: hot.clone(),
            ids: ids.clone(),
            time: time(clock.clone()),
            told: told.clone(),
        };
        let (journal, clerk) = Clerk::new(ClerkParts {
            store: store.clone(),
            programs: programs.clone(),
            hot: hot.clone(),
            ids: ids.clone(),
            time: time(clock.clone()),
            told,
            rivalry: Rivalry::default(),
            turns: Turns::default(),
            limits: JournalLimits {
                queue_commands_max: config.limits.queue_commands_max,
                batch_commands_max: config.limits.batch_commands_max,
                batch_timeout: config.limits.batch_timeout,
            },
        });
        let (stop_clerk, clerk_stopped) = watch::channel(false);
        let (stop_relay, relay_stopped) = watch::channel(false);
        let live = Live::new(hot.clone(), pages.clone(), interval);
        let keeper = Keeper {
            trail: store.trail(),
            ids: ids.clone(),
            clock: clock.clone(),
            program: programs.default_id().to_owned(),
            retention: config.jobs.audit_retention,
        };
        let sealing = keeper.run(config.jobs.audit_interval, stop_relay.subscribe());
        Ok(Self {
            services: Services { programs, journal, hot, pages, clock, trail: store.trail(), ids },
            sealing: tokio::spawn(sealing),
            store,
            clerk: tokio::spawn(clerk.run(clerk_stopped)),
            stop_clerk,
            relay: tokio::spawn(relay.run(relay_stopped)),
            live: tokio::spawn(live.run(stop_relay.subscribe())),
            stop_relay,
            sweeper,
            sweeps: None,
            stop_sweeps: watch::channel(false).0,
        })
    }

    /// Sweeps at intervals until the rooms are closed.
    pub fn sweep_regularly(&mut self, interval: Duration) {
        let sweeping = sweep_regularly(self.sweeper.clone(), interval, self.stop_sweeps.subscribe());
        self.sweeps = Some(tokio::spawn(sweeping));
    }

    /// What is served, by id.
    pub fn program_ids(&self) -> Vec<&str> {
        self.services.programs.all().map(|program| program.id()).collect()
    }

    /// Done when the clerk is gone, which it never is by itself: without it nothing can be recorded any more.
    pub fn watch_clerk(&self) -> impl Future<Output = ()> + Send + use<> {
        let stop_clerk = self.stop_clerk.clone();
        async move { stop_clerk.closed().await }
    }

    /// Finishes what waits, tells what is untold, and closes the database.
    pub async fn stop(self) -> Result<(), JoinError> {
        // Each task holds its receiver until it ends: a send can only fail where there is nothing left to stop.
        let _ = self.stop_clerk.send(true);
        let _ = self.stop_sweeps.send(true);
        self.clerk.await?;
        if let Some(sweeps) = self.sweeps {
            sweeps.await?;
        }
        let _ = self.stop_relay.send(true);
        self.relay.await?;
        self.live.await?;
        self.sealing.await?;
        self.store.close().await;
        Ok(())
    }
}

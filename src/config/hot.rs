//! Hot balances and the relay that repairs them.

use std::time::Duration;

use super::{
    ConfigError, DatabaseKind, Secret,
    reader::Reader,
    variables::{HOT, HOT_PREFIX, HOT_TIMEOUT, HOT_TTL, REDIS_URL, RELAY_INTERVAL},
};

/// Where hot balances are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotConfig {
    pub place: HotPlace,
    /// What keys start with.
    pub prefix: String,
    pub ttl: Duration,
    /// How often the relay looks at the outbox.
    pub relay_interval: Duration,
    /// How long Redis may take for a read or a put.
    pub timeout: Duration,
}

/// What keeps hot balances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HotPlace {
    /// The address may hold a password.
    Redis { url: Secret },
    /// This process: right as long as no other process writes to the same database.
    Memory,
    /// Every read asks the database.
    Off,
}

#[derive(Clone, Copy)]
enum Word {
    Redis,
    Memory,
    Off,
}

impl HotConfig {
    pub(super) fn read(reader: &Reader<'_>, database: DatabaseKind) -> Result<Self, ConfigError> {
        let url = reader.set(&REDIS_URL);
        if url.as_ref().is_some_and(|url| !url.starts_with("redis://")) {
            return Err(ConfigError::new(&REDIS_URL, "must start with `redis://` (TLS is not built in)"));
        }
        let words = [("redis", Word::Redis), ("memory", Word::Memory), ("off", Word::Off)];
        let place = match (reader.choice(&HOT, &words)?, url) {
            (Some(Word::Redis) | None, Some(url)) => HotPlace::Redis { url: Secret::new(url) },
            (Some(Word::Redis), None) => {
                return Err(ConfigError::new(
                    &HOT,
                    format!("is `redis`, so `{}` must be set", REDIS_URL.name),
                ));
            }
            (Some(Word::Memory), _) => HotPlace::Memory,
            (Some(Word::Off), _) => HotPlace::Off,
            (None, None) => match database {
                DatabaseKind::Sqlite => HotPlace::Memory,
                // A copy in this process would be wrong as soon as a second one shares the database.
                DatabaseKind::Postgres => HotPlace::Off,
            },
        };
        Ok(Self {
            place,
            prefix: reader.text(&HOT_PREFIX),
            ttl: Duration::from_secs(reader.number(&HOT_TTL, 1..=31_536_000)?),
            relay_interval: reader.millis(&RELAY_INTERVAL, 10..=3_600_000)?,
            timeout: reader.millis(&HOT_TIMEOUT, 1..=60_000)?,
        })
    }
}

//! The ledger's database.

use super::{
    ConfigError, Secret,
    reader::Reader,
    variables::{DATABASE_POOL_MAX, DATABASE_URL, MIGRATE, RECALL_BYTES},
};

/// Where the ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageConfig {
    /// May hold a password.
    pub url: Secret,
    pub kind: DatabaseKind,
    pub connections_max: u32,
    /// How much of members is remembered between batches.
    pub recall_bytes: u64,
    /// Whether `serve` brings the tables up to date.
    pub migrate: bool,
}

/// What keeps the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

impl StorageConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let url = reader.text(&DATABASE_URL);
        let kind = match url.split_once(':') {
            Some(("sqlite", _)) => DatabaseKind::Sqlite,
            Some(("postgres" | "postgresql", _)) => DatabaseKind::Postgres,
            _ => return Err(ConfigError::new(&DATABASE_URL, "must start with `sqlite://` or `postgres://`")),
        };
        Ok(Self {
            url: Secret::new(url),
            kind,
            connections_max: reader.number(&DATABASE_POOL_MAX, 1..=1_000)?,
            recall_bytes: reader.number(&RECALL_BYTES, 0..=1 << 32)?,
            // Several processes share a PostgreSQL: there, one migrates on purpose.
            migrate: reader.flag(&MIGRATE)?.unwrap_or(kind == DatabaseKind::Sqlite),
        })
    }
}

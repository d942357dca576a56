//! Which operations are known by name, and whether others are answered.

use std::{fs, path::PathBuf, time::Duration};

use super::{
    ConfigError,
    reader::Reader,
    variables::{OPERATIONS_MANIFEST, PERSISTED, PERSISTED_PER_MINUTE, PERSISTED_TTL},
};

/// Persisted operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationsConfig {
    pub persisted: Persisted,
    /// The file of the trusted operations.
    pub manifest: Option<PathBuf>,
    /// How long one that a client registered is kept unused.
    pub ttl: Duration,
    /// How many one principal may register a minute; zero is as many as it likes.
    pub per_minute: u32,
}

/// How operations may be named instead of sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Persisted {
    /// Only those of the manifest.
    Off,
    /// Those, and whatever a client has sent before with its hash.
    #[default]
    Automatic,
    /// Nothing but those of the manifest is answered, named or sent.
    Only,
}

impl OperationsConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let words = [("off", Persisted::Off), ("automatic", Persisted::Automatic), ("only", Persisted::Only)];
        let persisted = reader.choice(&PERSISTED, &words)?.unwrap_or_default();
        let manifest = reader.set(&OPERATIONS_MANIFEST).map(PathBuf::from);
        if persisted == Persisted::Only && manifest.is_none() {
            let reason = format!("is `only`, so `{}` must be set", OPERATIONS_MANIFEST.name);
            return Err(ConfigError::new(&PERSISTED, reason));
        }
        let ttl = Duration::from_secs(reader.number(&PERSISTED_TTL, 1..=31_536_000)?);
        let per_minute = reader.number(&PERSISTED_PER_MINUTE, 0..=10_000_000)?;
        Ok(Self { persisted, manifest, ttl, per_minute })
    }

    /// The text of the manifest.
    pub fn manifest(&self) -> Result<Option<String>, ConfigError> {
        let Some(path) = &self.manifest else { return Ok(None) };
        fs::read_to_string(path).map(Some).map_err(|error| {
            let reason = format!("names `{}`, which cannot be read: {error}", path.display());
            ConfigError::new(&OPERATIONS_MANIFEST, reason)
        })
    }

    /// Why its text cannot be used.
    pub fn invalid_manifest(reason: &dyn std::fmt::Display) -> ConfigError {
        ConfigError::new(&OPERATIONS_MANIFEST, format!("names no manifest: {reason}"))
    }
}

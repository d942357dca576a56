//! What the operator decides, read once at the start. One file a concern.
//!
//! The environment is a parameter, so that every rule can be tested without touching the process. [`variables`] is the
//! table of what is read.

pub mod auth;
pub mod claims;
pub mod hot;
pub mod jobs;
pub mod limits;
pub mod operations;
pub mod programs;
mod reader;
pub mod router;
pub mod server;
pub mod storage;
pub mod variables;

use self::reader::Reader;
pub use self::{
    auth::{AuthConfig, JwksSource, SecretSource},
    claims::{ClaimNames, ClaimPaths},
    hot::{HotConfig, HotPlace},
    jobs::JobsConfig,
    limits::{LimitsConfig, RatesConfig},
    operations::{OperationsConfig, Persisted},
    programs::ProgramsConfig,
    reader::{ConfigError, Secret},
    router::{RouterConfig, RouterSecrets, TlsFiles},
    server::{LogFormat, ServerConfig},
    storage::{DatabaseKind, StorageConfig},
};

/// Everything that is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub server: ServerConfig,
    pub storage: StorageConfig,
    pub hot: HotConfig,
    pub jobs: JobsConfig,
    pub auth: AuthConfig,
    pub programs: ProgramsConfig,
    pub limits: LimitsConfig,
    pub operations: OperationsConfig,
    pub router: RouterConfig,
}

impl Config {
    /// Reads the environment: `|name| std::env::var(name).ok()` in a process. Files that it names are read by
    /// [`AuthConfig::secret`] and [`ProgramsConfig::load`].
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let reader = Reader(&lookup);
        let storage = StorageConfig::read(&reader)?;
        Ok(Self {
            server: ServerConfig::read(&reader)?,
            hot: HotConfig::read(&reader, storage.kind)?,
            jobs: JobsConfig::read(&reader)?,
            storage,
            auth: AuthConfig::read(&reader)?,
            programs: ProgramsConfig::read(&reader),
            limits: LimitsConfig::read(&reader)?,
            operations: OperationsConfig::read(&reader)?,
            router: RouterConfig::read(&reader)?,
        })
    }
}

#[cfg(test)]
mod tests;

//! The test stand: servers of our own on free ports, with data of their own, for the length of one run.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use loyalty_servers::{Children, Postgres, Redis};
use tokio::process::Command;

use crate::settings::Settings;

/// The database that the limits have for themselves.
pub(crate) const LIMITS: &str = "limits";
/// The one that `PostgreSQL` comes with.
const MAINTENANCE: &str = "postgres";

/// As a team would run it: an acknowledged commit is on the disk.
const POSTGRES_SETTINGS: [&str; 5] =
    ["fsync=on", "synchronous_commit=on", "shared_buffers=1GB", "max_wal_size=4GB", "min_wal_size=2GB"];

/// Leaves behind as many files of the write-ahead log as `min_wal_size` keeps, to be written into again. A server that has run
/// for a while has them. A new one makes each, 16 MiB of zeros, under somebody's commit.
const FILES_OF_THE_LOG: [&str; 2] = [
    "DO $$ BEGIN FOR file IN 1..128 LOOP
        PERFORM pg_logical_emit_message(false, '', ''), pg_switch_wal();
    END LOOP; END $$",
    "CHECKPOINT",
];

pub(crate) struct Stand {
    pub settings: Settings,
    /// Logs, copies, the report.
    pub work: PathBuf,
    pub postgres: Postgres,
    pub redis: Redis,
    /// The servers that are measured.
    pub children: Children,
}

impl Stand {
    pub(crate) async fn start(settings: Settings) -> Result<Self> {
        fs::create_dir_all(&settings.work).with_context(|| format!("making {}", settings.work.display()))?;
        let work = fs::canonicalize(&settings.work)?;
        let children = Children::new(work.join("logs"));
        let postgres = Postgres::start_with(&settings.data, &POSTGRES_SETTINGS, &[]).await?;
        let redis = match Redis::start().await {
            Ok(redis) => redis,
            Err(error) => {
                postgres.stop().await?;
                return Err(error);
            }
        };
        let stand = Self { settings, work, postgres, redis, children };
        for statement in FILES_OF_THE_LOG {
            stand.sql(MAINTENANCE, statement).await?;
        }
        Ok(stand)
    }

    /// Stops everything, those who ask before those who answer.
    pub(crate) async fn stop(mut self) -> Result<(Settings, PathBuf)> {
        self.children.stop().await;
        self.redis.stop().await?;
        self.postgres.stop().await?;
        Ok((self.settings, self.work))
    }

    /// One of `PostgreSQL`'s own clients, pointed at a database.
    pub(crate) fn postgres_client(&self, program: &str, database: &str) -> Command {
        let mut command = Command::new(self.postgres.binaries().join(program));
        command
            .envs([("PGHOST", "127.0.0.1"), ("PGUSER", "postgres"), ("PGDATABASE", database)])
            .env("PGPORT", self.postgres.port().to_string())
            .kill_on_drop(true);
        command
    }

    pub(crate) fn database_url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.postgres.port())
    }

    /// Redis's own databases have numbers.
    pub(crate) fn redis_url(&self, number: u8) -> String {
        format!("{}/{number}", self.redis.url())
    }

    pub(crate) async fn create_database(&self, name: &str) -> Result<()> {
        self.sql(MAINTENANCE, &format!("CREATE DATABASE {name}")).await.map(drop)
    }

    /// Runs one statement, and answers what it answers without headings.
    pub(crate) async fn sql(&self, database: &str, statement: &str) -> Result<String> {
        self.psql(database, &["--command".as_ref(), statement.as_ref()]).await
    }

    pub(crate) async fn sql_file(&self, database: &str, file: &Path) -> Result<()> {
        self.psql(database, &["--file".as_ref(), file.as_ref()]).await.map(drop)
    }

    async fn psql(&self, database: &str, arguments: &[&std::ffi::OsStr]) -> Result<String> {
        let mut command = self.postgres_client("psql", database);
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        let output = command.args(arguments).output().await.context("running psql")?;
        if !output.status.success() {
            bail!("psql {database}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// What Redis says of every command since its start, and of what it read.
    pub(crate) async fn redis_statistics(&self) -> Result<String> {
        let output = Command::new("redis-cli")
            .args(["-u", &self.redis.url(), "INFO", "commandstats", "stats"])
            .output()
            .await
            .context("running redis-cli: apt-get install redis-tools")?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// An empty folder below the work folder.
    pub(crate) fn scratch(&self, name: &str) -> Result<PathBuf> {
        let folder = self.work.join(name);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("emptying {}", folder.display()));
            }
            _ => {}
        }
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(folder)
    }
}

/// Where a file of this crate is.
pub(crate) fn project_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

//! A private `PostgreSQL`. It refuses to run as root, so root runs it as Debian's user `postgres`.

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::Signal,
    unistd::{User, geteuid},
};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

use crate::process;

/// The oldest release the project is tried with.
const OLDEST: u32 = 15;
/// A server that recovers nothing is up in a second; a loaded machine takes longer.
const PATIENCE: Duration = Duration::from_mins(1);
/// Closes connections and stops in order; SIGTERM would wait for every client to leave.
const FAST_SHUTDOWN: Signal = Signal::SIGINT;

pub(super) struct Postgres {
    child: Child,
    directory: TempDir,
    port: u16,
}

impl Postgres {
    pub(super) async fn start() -> Result<Self> {
        let binaries = binaries()?;
        let user = server_user()?;
        let directory = tempfile::Builder::new().prefix("loyalty-postgres-").tempdir()?;
        if let Some(user) = &user {
            let (owner, group) = (Some(user.uid.as_raw()), Some(user.gid.as_raw()));
            std::os::unix::fs::chown(directory.path(), owner, group)
                .context("handing the directory to postgres")?;
        }
        let data = directory.path().join("data");
        initialise(&binaries, &data, user.as_ref()).await?;
        let port = super::free_port()?;
        let log_file = directory.path().join("server.log");
        let log = fs::File::create(&log_file)?;
        let child = process::tied(&binaries.join("postgres"), FAST_SHUTDOWN, user.as_ref())
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
            .args(["-c", &format!("port={port}"), "-c", "max_connections=300"])
            // The one setting that differs from a real server: the data need not survive a power cut.
            .args(["-c", "fsync=off"])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .current_dir(directory.path())
            .spawn()
            .context("starting postgres")?;
        let mut server = Self { child, directory, port };
        if let Err(error) = server.wait_until_ready(&binaries).await {
            let log = fs::read_to_string(&log_file).unwrap_or_default();
            return Err(error.context(format!("PostgreSQL's log:\n{log}")));
        }
        Ok(server)
    }

    /// The administrator's address: the tests make databases of their own beside this one.
    pub(super) fn url(&self) -> String {
        format!("postgres://postgres@{}:{}/postgres", Ipv4Addr::LOCALHOST, self.port)
    }

    pub(super) async fn stop(mut self) -> Result<()> {
        process::stop(&mut self.child, FAST_SHUTDOWN).await?;
        self.directory.close().context("removing PostgreSQL's directory")
    }

    async fn wait_until_ready(&mut self, binaries: &Path) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let port = self.port.to_string();
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("PostgreSQL ended at once: {status}");
            }
            let ready = Command::new(binaries.join("pg_isready"))
                .args(["--quiet", "--host=127.0.0.1", "--port", &port])
                .status()
                .await
                .context("running pg_isready")?;
            if ready.success() {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        bail!("PostgreSQL did not answer within {} seconds", PATIENCE.as_secs())
    }
}

async fn initialise(binaries: &Path, data: &Path, user: Option<&User>) -> Result<()> {
    let output = process::tied(&binaries.join("initdb"), Signal::SIGKILL, user)
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
        .arg(data)
        .current_dir("/")
        .output()
        .await
        .context("running initdb")?;
    if !output.status.success() {
        bail!("initdb failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// Who runs the server: another user where we are root, ourselves otherwise.
fn server_user() -> Result<Option<User>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    match User::from_name("postgres")? {
        Some(user) => Ok(Some(user)),
        None => {
            bail!("PostgreSQL does not run as root and there is no user postgres: apt-get install postgresql")
        }
    }
}

/// Debian keeps every release's binaries apart and off the search path; elsewhere they are on it.
fn binaries() -> Result<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().filter_map(|entry| {
        let release = entry.file_name().to_str()?.parse::<u32>().ok()?;
        let binaries = entry.path().join("bin");
        (release >= OLDEST && binaries.join("initdb").is_file()).then_some((release, binaries))
    });
    let on_path = || Some(process::find("initdb")?.parent()?.to_path_buf());
    debian
        .max_by_key(|(release, _)| *release)
        .map(|(_, binaries)| binaries)
        .or_else(on_path)
        .with_context(|| format!("no PostgreSQL {OLDEST} or newer here: apt-get install postgresql"))
}

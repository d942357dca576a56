//! A private `PostgreSQL`. It refuses to run as root, so root runs it as Debian's user `postgres`.

use std::{
    env, fs,
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
/// Leaves everything as it is and goes: the next start recovers.
const IMMEDIATE_SHUTDOWN: Signal = Signal::SIGQUIT;

/// A server with one role, `postgres`, that needs no password.
pub struct Postgres {
    child: Child,
    start: Start,
    directory: TempDir,
}

/// How it is started, the first time and again.
struct Start {
    binaries: PathBuf,
    user: Option<User>,
    port: u16,
    configuration: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Postgres {
    /// A fresh server for tests, ready for connections. The one setting that differs from a real server's: its data need not
    /// survive a power cut.
    pub async fn start() -> Result<Self> {
        Self::start_with(&env::temp_dir(), &["fsync=off"], &[]).await
    }

    /// A fresh server with its directory below `parent`, settings of its own, each as `name=value`, and more in its
    /// environment.
    pub async fn start_with(
        parent: &Path,
        configuration: &[&str],
        environment: &[(String, String)],
    ) -> Result<Self> {
        let binaries = binaries()?;
        let user = server_user()?;
        let directory = tempfile::Builder::new().prefix("loyalty-postgres-").tempdir_in(parent)?;
        if let Some(user) = &user {
            let (owner, group) = (Some(user.uid.as_raw()), Some(user.gid.as_raw()));
            std::os::unix::fs::chown(directory.path(), owner, group)
                .context("handing the directory to postgres")?;
        }
        initialise(&binaries, &directory.path().join(DATA), user.as_ref()).await?;
        let start = Start {
            binaries,
            user,
            port: super::free_port()?,
            configuration: configuration.iter().map(|&setting| setting.to_owned()).collect(),
            environment: environment.to_vec(),
        };
        let mut server = Self { child: start.spawn(directory.path())?, start, directory };
        server.wait_until_ready().await?;
        Ok(server)
    }

    /// The administrator's address: the tests make databases of their own beside this one.
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}:{}/postgres", Ipv4Addr::LOCALHOST, self.start.port)
    }

    pub fn port(&self) -> u16 {
        self.start.port
    }

    /// The folder with the programs of its release.
    pub fn binaries(&self) -> &Path {
        &self.start.binaries
    }

    /// Ends it in order, and removes what it had.
    pub async fn stop(mut self) -> Result<()> {
        process::stop(&mut self.child, FAST_SHUTDOWN).await?;
        self.directory.close().context("removing PostgreSQL's directory")
    }

    /// Stops it in the middle of whatever it does: every connection breaks, nothing is finished or written down.
    pub async fn stop_at_once(&mut self) -> Result<()> {
        process::stop(&mut self.child, IMMEDIATE_SHUTDOWN).await?;
        Ok(())
    }

    /// SIGKILL, for the server and for every process of a connection: none of them is asked.
    pub async fn kill(&mut self) -> Result<()> {
        let server = self.child.id().context("it runs")?;
        // Each connection's process is in a group of its own.
        let connections = process::children_of(server)?;
        self.child.kill().await.context("killing postgres")?;
        for connection in connections {
            process::kill_stranger(connection).await;
        }
        Ok(())
    }

    /// Starts it again after its end, at the same port and on the same data; recovers first where that is needed.
    pub async fn start_again(&mut self) -> Result<()> {
        self.child = self.start.spawn(self.directory.path())?;
        self.wait_until_ready().await
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        self.answers().await.map_err(|error| {
            let log = fs::read_to_string(self.directory.path().join(LOG)).unwrap_or_default();
            error.context(format!("PostgreSQL's log:\n{log}"))
        })
    }

    async fn answers(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let port = self.start.port.to_string();
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("PostgreSQL ended at once: {status}");
            }
            let ready = Command::new(self.start.binaries.join("pg_isready"))
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

/// In the server's directory.
const DATA: &str = "data";
const LOG: &str = "server.log";

impl Start {
    fn spawn(&self, directory: &Path) -> Result<Child> {
        let log = fs::File::options().create(true).append(true).open(directory.join(LOG))?;
        // The environment is the server's alone, not that of the program that turns root into its user.
        process::tied(Path::new("/usr/bin/env"), FAST_SHUTDOWN, self.user.as_ref())
            .args(self.environment.iter().map(|(name, value)| format!("{name}={value}")))
            .arg(self.binaries.join("postgres"))
            .arg("-D")
            .arg(directory.join(DATA))
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
            .args(["-c", &format!("port={}", self.port), "-c", "max_connections=300"])
            .args(self.configuration.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .current_dir(directory)
            .spawn()
            .context("starting postgres")
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

//! A private Redis that keeps nothing on disk unless it is told to.

use std::{fs, io::ErrorKind, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::Child,
    time::{Instant, sleep},
};

use crate::process;

const PATIENCE: Duration = Duration::from_secs(30);

/// A server that saves when it is told to (`SAVE`), and never by itself.
pub struct Redis {
    child: Child,
    directory: TempDir,
    port: u16,
}

impl Redis {
    /// An empty server, ready for connections.
    pub async fn start() -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("loyalty-redis-").tempdir()?;
        let port = super::free_port()?;
        let child = spawn(directory.path(), port)?;
        let mut server = Self { child, directory, port };
        server.wait_until_ready().await?;
        Ok(server)
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it in order, and removes what it had.
    pub async fn stop(mut self) -> Result<()> {
        process::stop(&mut self.child, Signal::SIGTERM).await?;
        self.directory.close().context("removing Redis's directory")
    }

    /// SIGKILL: what was not saved is gone.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.context("killing redis-server")
    }

    /// Starts it again after its end, at the same port and with what was last saved.
    pub async fn start_again(&mut self) -> Result<()> {
        self.child = spawn(self.directory.path(), self.port)?;
        self.wait_until_ready().await
    }

    /// Removes what was saved: the next start is an empty one.
    pub fn forget(&self) -> Result<()> {
        match fs::remove_file(self.directory.path().join(DUMP)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error).context("removing Redis's dump"),
            _ => Ok(()),
        }
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        self.answers().await.map_err(|error| {
            let log = fs::read_to_string(self.directory.path().join(LOG)).unwrap_or_default();
            error.context(format!("Redis's log:\n{log}"))
        })
    }

    async fn answers(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("Redis ended at once: {status}");
            }
            // It listens before it has loaded what it had; then it says so instead.
            if matches!(ping(self.port).await, Ok(answer) if answer.starts_with("+PONG")) {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        bail!("Redis did not answer within {} seconds", PATIENCE.as_secs())
    }
}

async fn ping(port: u16) -> Result<String> {
    let mut connection = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await?);
    connection.write_all(b"PING\r\n").await?;
    let mut answer = String::new();
    connection.read_line(&mut answer).await?;
    Ok(answer)
}

/// In the server's directory.
const DUMP: &str = "dump.rdb";
const LOG: &str = "server.log";

fn spawn(directory: &Path, port: u16) -> Result<Child> {
    let program =
        process::find("redis-server").context("no redis-server here: apt-get install redis-server")?;
    let log = fs::File::options().create(true).append(true).open(directory.join(LOG))?;
    process::tied(&program, Signal::SIGTERM, None)
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no", "--dbfilename", DUMP, "--dir"])
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("starting redis-server")
}

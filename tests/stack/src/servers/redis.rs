//! A private Redis that keeps nothing on disk.

use std::{fs, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    process::Child,
    time::{Instant, sleep},
};

use crate::process;

const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Redis {
    child: Child,
    directory: TempDir,
    port: u16,
}

impl Redis {
    pub(super) async fn start() -> Result<Self> {
        let program =
            process::find("redis-server").context("no redis-server here: apt-get install redis-server")?;
        let directory = tempfile::Builder::new().prefix("loyalty-redis-").tempdir()?;
        let port = super::free_port()?;
        let log_file = directory.path().join("server.log");
        let log = fs::File::create(&log_file)?;
        let child = process::tied(&program, Signal::SIGTERM, None)
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(directory.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("starting redis-server")?;
        let mut server = Self { child, directory, port };
        if let Err(error) = server.wait_until_ready().await {
            let log = fs::read_to_string(&log_file).unwrap_or_default();
            return Err(error.context(format!("Redis's log:\n{log}")));
        }
        Ok(server)
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(super) async fn stop(mut self) -> Result<()> {
        process::stop(&mut self.child, Signal::SIGTERM).await?;
        self.directory.close().context("removing Redis's directory")
    }

    /// With nothing to load, a Redis that accepts connections answers them.
    async fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("Redis ended at once: {status}");
            }
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        bail!("Redis did not answer within {} seconds", PATIENCE.as_secs())
    }
}

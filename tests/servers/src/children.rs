//! Programs that run beside one another: their logs, their health, their end.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    time::{Instant, sleep},
};

use crate::process;

/// A debug build on a busy machine migrates and composes in a few seconds.
const PATIENCE: Duration = Duration::from_secs(90);
/// Lines of a dead child's log that are shown.
const LAST_LINES: usize = 20;
/// Characters of such a line.
const LINE_MAX: usize = 400;

/// In the order of their start.
pub struct Children {
    logs: PathBuf,
    running: Vec<Running>,
}

struct Running {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Children {
    /// None yet; each will write into a log of its name in the folder.
    pub fn new(logs: PathBuf) -> Self {
        Self { logs, running: Vec::new() }
    }

    /// Starts a child whose output goes to a log of its name, begun anew.
    pub fn start(&mut self, name: &'static str, mut command: Command) -> Result<()> {
        fs::create_dir_all(&self.logs).with_context(|| format!("making {}", self.logs.display()))?;
        let log = self.logs.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("making {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().with_context(|| format!("starting {name}"))?;
        self.running.push(Running { name, child, log });
        Ok(())
    }

    /// Asks a health address until it is content; a child that dies meanwhile ends the waiting.
    pub async fn wait_for(&mut self, name: &str, url: &str) -> Result<()> {
        let client = reqwest::Client::new();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            self.check()?;
            if let Ok(answer) = client.get(url).send().await
                && answer.status().is_success()
            {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        let seconds = PATIENCE.as_secs();
        bail!("{name} was not well within {seconds} seconds (asked {url})\n{}", self.last_lines(name))
    }

    /// The same for a child that has no such address: waits until it accepts connections.
    pub async fn wait_for_port(&mut self, name: &str, port: u16) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            self.check()?;
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        let seconds = PATIENCE.as_secs();
        bail!("{name} did not listen within {seconds} seconds (port {port})\n{}", self.last_lines(name))
    }

    /// A child's process id, as long as it runs.
    pub fn id(&self, name: &str) -> Option<u32> {
        self.running.iter().find(|running| running.name == name)?.child.id()
    }

    /// Ends with an error when the first child does.
    pub async fn watch(&mut self) -> Result<()> {
        let mut ended = signal(SignalKind::child())?;
        loop {
            self.check()?;
            ended.recv().await;
        }
    }

    /// Stops them, the last one first: whoever asks goes before whoever answers.
    pub async fn stop(&mut self) {
        while let Some(mut running) = self.running.pop() {
            if let Err(error) = process::stop(&mut running.child, Signal::SIGTERM).await {
                eprintln!("stopping {}: {error:#}", running.name);
            }
        }
    }

    /// An error where one of them has ended.
    pub fn check(&mut self) -> Result<()> {
        for running in &mut self.running {
            if let Some(status) = running.child.try_wait()? {
                let name = running.name;
                bail!("{name} died ({status})\n{}", self.last_lines(name));
            }
        }
        Ok(())
    }

    fn last_lines(&self, name: &str) -> String {
        let Some(running) = self.running.iter().find(|running| running.name == name) else {
            return String::new();
        };
        let text = fs::read_to_string(&running.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last: Vec<String> =
            lines[lines.len().saturating_sub(LAST_LINES)..].iter().map(|line| shortened(line)).collect();
        format!("{} ends with:\n{}", running.log.display(), last.join("\n"))
    }
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(LINE_MAX) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = process::tied(Path::new("/bin/sh"), Signal::SIGTERM, None);
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn a_death_is_told_with_the_name_and_the_last_lines() {
        let directory = tempfile::tempdir().unwrap();
        let mut children = Children::new(directory.path().join("logs"));
        children.start("patient", shell("exec tail -f /dev/null")).unwrap();
        children.start("mortal", shell("seq 1 30; exit 3")).unwrap();
        let error = children.watch().await.unwrap_err().to_string();
        children.stop().await;
        assert!(error.starts_with("mortal died (exit status: 3)"), "{error}");
        assert!(error.contains("mortal.log ends with:\n11\n"), "{error}");
        assert!(error.ends_with("\n30"), "{error}");
        assert!(children.running.is_empty());
    }
}

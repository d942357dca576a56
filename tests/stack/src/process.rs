//! Child processes that do not outlive this one.
//!
//! Three lines of defence. A child is asked to stop (SIGTERM, or what the caller names) and killed when it does not. Tokio
//! kills it when its handle is dropped. And should this process be killed hard, the kernel signals the child: `setpriv
//! --pdeathsig` arranges that between fork and exec, which needs no unsafe code here. Where there is no `setpriv` (it is
//! Linux's) the first two remain.
//!
//! The kernel ties a child to the *thread* that started it, so children are started from the main thread.

use std::{path::Path, process::ExitStatus, time::Duration};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{self, Signal},
    unistd::{Pid, User},
};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

/// How long a child may take to stop before it is killed.
const GRACE: Duration = Duration::from_secs(20);

/// A command whose process gets `signal` when this process dies, and runs as `user` where one is given.
///
/// It is put into a process group of its own, so that Ctrl-C at the terminal reaches this process alone, which then stops
/// its children in order.
pub(crate) fn tied(program: &Path, signal: Signal, user: Option<&User>) -> Command {
    let mut command = match (find("setpriv"), user) {
        (Some(setpriv), user) => {
            let mut command = Command::new(setpriv);
            let name = signal.as_str().trim_start_matches("SIG");
            command.arg(format!("--pdeathsig={name}"));
            if let Some(user) = user {
                command.arg(format!("--reuid={}", user.uid));
                command.arg(format!("--regid={}", user.gid)).arg("--clear-groups");
            }
            command.arg("--").arg(program);
            command
        }
        (None, Some(user)) => {
            let mut command = Command::new(program);
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
            command
        }
        (None, None) => Command::new(program),
    };
    command.process_group(0).kill_on_drop(true);
    command
}

/// Asks a child to stop, waits, and kills it when it takes too long.
pub(crate) async fn stop(child: &mut Child, signal: Signal) -> Result<ExitStatus> {
    if let Some(id) = child.id() {
        let id = i32::try_from(id).context("a process id that does not fit")?;
        // A child that ended a moment ago is what was wanted.
        let _ = signal::kill(Pid::from_raw(id), signal);
    }
    if let Ok(status) = timeout(GRACE, child.wait()).await {
        status.context("waiting for a child to stop")
    } else {
        child.kill().await.context("killing a child that did not stop")?;
        child.wait().await.context("waiting for a killed child")
    }
}

/// Where the search path has `program`.
pub(crate) fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file())
}

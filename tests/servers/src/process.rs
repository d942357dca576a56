//! Child processes that do not outlive this one.
//!
//! Three lines of defence. A child is asked to stop (SIGTERM, or what the caller names) and killed when it does not. Tokio
//! kills it when its handle is dropped. And should this process be killed hard, the kernel signals the child: `setpriv
//! --pdeathsig` arranges that between fork and exec, which needs no unsafe code here. Where there is no `setpriv` (it is
//! Linux's) the first two remain.
//!
//! The kernel ties a child to the *thread* that started it, so children are started from the main thread.

use std::{fs, path::Path, process::ExitStatus, time::Duration};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{self, Signal},
    unistd::{Pid, User},
};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

/// How long a child may take to stop before it is killed.
const GRACE: Duration = Duration::from_secs(20);

/// A command whose process gets `signal` when this process dies, and runs as `user` where one is given.
///
/// It is put into a process group of its own, so that Ctrl-C at the terminal reaches this process alone, which then stops
/// its children in order.
pub fn tied(program: &Path, signal: Signal, user: Option<&User>) -> Command {
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
pub async fn stop(child: &mut Child, signal: Signal) -> Result<ExitStatus> {
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

/// The processes that a process has started and that still run.
pub fn children_of(parent: u32) -> Result<Vec<Pid>> {
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc").context("listing the processes")? {
        let name = entry?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        // It may have ended since it was listed.
        let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
        let (state, parent_of_it) = state_and_parent(&stat);
        if state != ZOMBIE && parent_of_it == parent.to_string() {
            children.push(Pid::from_raw(id));
        }
    }
    Ok(children)
}

/// SIGKILL for a process that is no child of ours; done when it has ended.
pub async fn kill_stranger(id: Pid) {
    // It may have ended by itself.
    let _ = signal::kill(id, Signal::SIGKILL);
    let lives = || {
        let stat = fs::read_to_string(format!("/proc/{id}/stat"));
        stat.is_ok_and(|stat| state_and_parent(&stat).0 != ZOMBIE)
    };
    while lives() {
        sleep(Duration::from_millis(1)).await;
    }
}

/// Has ended, and nobody has asked how.
const ZOMBIE: &str = "Z";

/// From `/proc/<id>/stat`: the name stands in brackets and may hold anything; after it come the state and the parent.
fn state_and_parent(stat: &str) -> (&str, &str) {
    let mut rest = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    (rest.next().unwrap_or_default(), rest.next().unwrap_or_default())
}

/// Where the search path has `program`.
pub fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file())
}

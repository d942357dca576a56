//! `with-servers -- COMMAND`: a private `PostgreSQL` and a private Redis for the length of one command. The tests make their
//! databases in them.

use std::{
    ffi::OsString,
    io::IsTerminal,
    os::unix::process::ExitStatusExt,
    process::{ExitCode, ExitStatus},
};

use anyhow::{Context, Result, bail};
use loyalty_servers::{Postgres, Redis};
use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal as listen},
};

/// Runs `command` with `TEST_DATABASE_URL` and `TEST_REDIS_URL` set, and ends as it ends.
pub(crate) async fn run(command: &[OsString]) -> Result<ExitCode> {
    let Some((program, arguments)) = command.split_first() else {
        bail!("with-servers needs a command after --");
    };
    let (terminate, interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let postgres = Postgres::start().await?;
    let redis = match Redis::start().await {
        Ok(redis) => redis,
        Err(error) => {
            postgres.stop().await?;
            return Err(error);
        }
    };
    let child = Command::new(program)
        .args(arguments)
        .env("TEST_DATABASE_URL", postgres.url())
        .env("TEST_REDIS_URL", redis.url())
        .spawn()
        .with_context(|| format!("starting {}", program.to_string_lossy()));
    let status = match child {
        Ok(child) => attend(child, terminate, interrupt).await,
        Err(error) => Err(error),
    };
    redis.stop().await?;
    postgres.stop().await?;
    Ok(exit_code(status?))
}

/// Waits for the command, handing signals on to it.
///
/// Ctrl-C at a terminal reaches the command by itself, so it is only handed on where there is no terminal.
async fn attend(
    mut child: Child,
    mut terminate: tokio::signal::unix::Signal,
    mut interrupt: tokio::signal::unix::Signal,
) -> Result<ExitStatus> {
    let id = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
    loop {
        let signal = tokio::select! {
            status = child.wait() => return status.context("waiting for the command"),
            _ = terminate.recv() => Signal::SIGTERM,
            _ = interrupt.recv() => Signal::SIGINT,
        };
        if let Some(id) = id
            && (signal == Signal::SIGTERM || !std::io::stdin().is_terminal())
        {
            // The command may have ended a moment ago; the next turn sees it.
            let _ = signal::kill(id, signal);
        }
    }
}

/// The command's code, or what shells say of a command that a signal ended.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_s_status_becomes_ours() {
        for (raw, expected) in [(0, 0), (1 << 8, 1), (100 << 8, 100), (15, 143)] {
            let status = ExitStatus::from_raw(raw);
            assert_eq!(exit_code(status), ExitCode::from(expected), "raw status {raw}");
        }
    }
}

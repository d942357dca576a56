//! The neighbours of loyalty, for development and for the joined tests.
//!
//! Three subgraphs with data of their own (OMS, inventory, CRM), a supervisor that starts them with loyalty and a gateway,
//! and a wrapper that gives a command a private PostgreSQL and Redis. Nothing here is part of the service.

mod process;
mod servers;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "loyalty-stack", about, version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a command with a private PostgreSQL and Redis (`TEST_DATABASE_URL`, `TEST_REDIS_URL`).
    WithServers {
        /// The command and its arguments, after `--`.
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

/// One thread: children are tied to the thread that starts them (see `process`), and there is little to do.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::WithServers { command } => servers::run(&command).await,
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("loyalty-stack: {error:#}");
        ExitCode::FAILURE
    })
}

//! The command line: reads the arguments and calls one room.

mod migrate;
mod replay;
mod schema;
mod serve;
mod sweep;
mod token;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{config::Config, telemetry};

/// Loyalty: points, tiers and their ledger as a GraphQL federation subgraph.
///
/// Configuration comes from the environment; the README has the table.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Task>,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Serve the subgraph (the default).
    Serve,
    /// Bring the database's schema up to date.
    Migrate,
    /// Replay a feed of orders and returns through the same commands as live ones.
    Replay(replay::ReplayArguments),
    /// Write down, once, what time has done to members whom nobody touched.
    Sweep,
    /// Check the books: conservation, the hot balances against the ledger, and the audit log's chain.
    Verify(verify::VerifyArguments),
    /// Print the subgraph's SDL, or the JSON Schema of a programme document.
    Schema(schema::SchemaArguments),
    /// Mint a token for development.
    Token(token::TokenArguments),
}

/// Any error of a task, as it is shown.
type TaskResult = Result<ExitCode, Box<dyn std::error::Error>>;

/// Runs what the arguments ask for.
pub async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match Config::from_env(|name| std::env::var(name).ok()) {
        Ok(config) => config,
        Err(error) => return fail(&error),
    };
    if let Err(error) = telemetry::start_logs(&config.server) {
        return fail(&error);
    }
    let result = match arguments.command.unwrap_or(Task::Serve) {
        Task::Serve => serve::run(&config).await,
        Task::Migrate => migrate::run(&config).await,
        Task::Replay(arguments) => replay::run(&config, arguments).await,
        Task::Sweep => sweep::run(&config).await,
        Task::Verify(arguments) => verify::run(&config, arguments).await,
        Task::Schema(arguments) => Ok(schema::run(&arguments)),
        Task::Token(arguments) => token::run(&config, &arguments),
    };
    result.unwrap_or_else(|error| fail(&*error))
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("loyalty: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because {error}");
        cause = error.source();
    }
    ExitCode::FAILURE
}

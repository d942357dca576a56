//! The neighbours of loyalty, for development and for the joined tests.
//!
//! Three subgraphs with data of their own (OMS, inventory, CRM), a supervisor that starts them with loyalty and a gateway,
//! and a wrapper that gives a command a private `PostgreSQL` and Redis. Nothing here is part of the service.

mod crm;
mod dataset;
mod dates;
mod feed;
mod inventory;
mod money;
mod oms;
mod ports;
mod servers;
mod slice;
mod subgraph;
mod up;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::ports::{Part, Ports};

#[derive(Parser)]
#[command(name = "loyalty-stack", about, version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start loyalty, its neighbours, the gateway and the page; load the orders; say where everything is.
    Up(up::Settings),
    /// Serve orders and returns.
    Oms(Neighbour),
    /// Serve products, prices and stock.
    Inventory(Neighbour),
    /// Serve people.
    Crm(Neighbour),
    /// Print a neighbour's SDL, so that the graph can be composed with nothing running.
    Schema { neighbour: Named },
    /// Cut the committed slice of orders from the whole feed.
    Slice {
        /// The feed, gzipped.
        #[arg(long)]
        feed: PathBuf,
        #[arg(long, default_value = "tests/stack/data/orders.jsonl.gz")]
        out: PathBuf,
    },
    /// Run a command with a private `PostgreSQL` and Redis (`TEST_DATABASE_URL`, `TEST_REDIS_URL`).
    WithServers {
        /// The command and its arguments, after `--`.
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Named {
    Oms,
    Inventory,
    Crm,
}

#[derive(Args)]
struct Neighbour {
    /// Keeps by how many minutes the orders are moved.
    #[arg(long, env = "DATA_DIR", default_value = "data")]
    data: PathBuf,
}

/// One thread: children are tied to the thread that starts them (see `process`), and there is little to do.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("loyalty-stack: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::WithServers { command } => return servers::run(&command).await,
        Command::Up(settings) => return up::run(&settings).await,
        Command::Oms(neighbour) => oms::serve(&neighbour.data, Ports::read()?.of(Part::Oms)).await?,
        Command::Inventory(neighbour) => {
            inventory::serve(&neighbour.data, Ports::read()?.of(Part::Inventory)).await?;
        }
        Command::Crm(neighbour) => crm::serve(&neighbour.data, Ports::read()?.of(Part::Crm)).await?,
        Command::Schema { neighbour: Named::Oms } => print!("{}", oms::sdl()),
        Command::Schema { neighbour: Named::Inventory } => print!("{}", inventory::sdl()),
        Command::Schema { neighbour: Named::Crm } => print!("{}", crm::sdl()),
        Command::Slice { feed, out } => slice::cut(&feed, &out)?,
    }
    Ok(ExitCode::SUCCESS)
}

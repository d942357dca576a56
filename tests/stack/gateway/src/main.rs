//! The gateway of the development stack: composes the subgraphs, then serves them as one graph.
//!
//!     loyalty-gateway compose --subgraph oms=http://127.0.0.1:4002/graphql … --out supergraph.graphql
//!     loyalty-gateway serve --port 4000 --subgraph … --data data/gateway
//!
//! A subgraph is `name=url`, or `name=url@file.graphql` where its SDL is read from a file and nothing need run.

// The router's middlewares are one deeply nested type.
#![recursion_limit = "256"]

mod composition;
mod router;
mod subgraph;

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use hive_router::ntex;

use crate::subgraph::Subgraph;

#[derive(Parser)]
#[command(name = "loyalty-gateway", about, version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the supergraph.
    Compose {
        #[command(flatten)]
        subgraphs: Subgraphs,
        /// Where to write it; standard output where absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Compose and serve.
    Serve {
        #[command(flatten)]
        subgraphs: Subgraphs,
        #[command(flatten)]
        settings: router::Settings,
    },
}

#[derive(Args)]
struct Subgraphs {
    /// `name=url` or `name=url@file`; repeat it for each subgraph.
    #[arg(long = "subgraph", required = true, value_name = "NAME=URL")]
    subgraphs: Vec<Subgraph>,
}

impl Subgraphs {
    async fn compose(&self) -> Result<String> {
        let mut sources = Vec::with_capacity(self.subgraphs.len());
        for subgraph in &self.subgraphs {
            sources.push((subgraph, subgraph.sdl().await?));
        }
        composition::compose(&sources)
    }
}

#[hive_router::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loyalty-gateway: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Compose { subgraphs, out } => {
            let supergraph = subgraphs.compose().await?;
            if let Some(file) = out {
                fs::write(&file, supergraph).with_context(|| format!("writing {}", file.display()))
            } else {
                print!("{supergraph}");
                Ok(())
            }
        }
        Command::Serve { subgraphs, settings } => {
            let supergraph = subgraphs.compose().await?;
            router::serve(&settings, &supergraph).await
        }
    }
}

//! `loyalty schema`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::TaskResult;

#[derive(Debug, Args)]
pub(super) struct SchemaArguments {
    /// Which schema.
    #[arg(value_enum, default_value = "graphql")]
    which: Which,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Which {
    /// The subgraph's SDL, as it goes into a composition.
    Graphql,
    /// The JSON Schema of a programme document.
    Program,
}

pub(super) fn run(arguments: &SchemaArguments) -> TaskResult {
    match arguments.which {
        Which::Graphql => print!("{}", crate::app::sdl()),
        Which::Program => print!("{}", crate::program::document::json_schema()),
    }
    Ok(ExitCode::SUCCESS)
}

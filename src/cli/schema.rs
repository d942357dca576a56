//! `loyalty schema`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::{app, auth::scopes, config::variables, program::document};

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
    /// The table of the environment's variables, as the README has it.
    Configuration,
    /// The table of who may what, as the README has it.
    Access,
}

pub(super) fn run(arguments: &SchemaArguments) -> ExitCode {
    match arguments.which {
        Which::Graphql => print!("{}", app::sdl()),
        Which::Configuration => print!("{}", variables::markdown()),
        Which::Access => print!("{}", scopes::markdown()),
        Which::Program => print!("{}", document::json_schema()),
    }
    ExitCode::SUCCESS
}

//! Subgraphs into one supergraph, with every complaint said.

use anyhow::{Result, bail};
use apollo_federation::{
    composition::{self, CompositionFailure},
    subgraph::typestate::{Initial, Subgraph as Typed},
    supergraph::{CompositionHint, HintLevel},
};

use crate::subgraph::Subgraph;

/// Composes what the subgraphs said. Errors are printed one a line, with their codes; so are warnings, which do not fail.
pub fn compose(sources: &[(&Subgraph, String)]) -> Result<String> {
    let mut subgraphs: Vec<Typed<Initial>> = Vec::with_capacity(sources.len());
    for (subgraph, sdl) in sources {
        match Typed::parse(&subgraph.name, &subgraph.url, sdl) {
            Ok(parsed) => subgraphs.push(parsed),
            Err(error) => return fail(&CompositionFailure::from(error)),
        }
    }
    match composition::compose(subgraphs, composition::CompositionOptions::default()) {
        Ok(supergraph) => {
            warn(supergraph.hints());
            Ok(supergraph.schema().schema().to_string())
        }
        Err(failure) => fail(&failure),
    }
}

fn fail(failure: &CompositionFailure) -> Result<String> {
    warn(&failure.hints);
    for error in &failure.errors {
        eprintln!("error {}: {error}", error.code().definition().code());
    }
    let count = failure.errors.len();
    bail!("the subgraphs do not compose: {count} error{}", if count == 1 { "" } else { "s" })
}

/// Hints below a warning say how types were merged, which a reader of the supergraph sees for himself.
fn warn(hints: &[CompositionHint]) {
    for hint in hints.iter().filter(|hint| matches!(hint.level(), HintLevel::Warn)) {
        eprintln!("warning {}: {}", hint.code(), hint.message());
    }
}

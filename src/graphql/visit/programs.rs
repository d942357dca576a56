//! The programmes of one request. To a token that names programmes the others do not exist: whoever asks for one by its id, in
//! whatever way, is answered as if there were none.

use std::sync::Arc;

use async_graphql::ID;

use super::Visit;
use crate::{auth::ProgramSet, graphql::problem::Problem, program::Program};

impl Visit {
    /// The programme with an id, as it is served now; None where there is none, and where the token is not for it.
    pub(crate) fn served(&self, id: &str) -> Option<&Arc<Program>> {
        self.programs().latest(id).filter(|program| self.caller.is_for(program.id()))
    }

    /// The programme that is meant where none is named: the default one or, to a token that is not for that, the first that
    /// it names. None for a token of no programme that is served.
    pub(crate) fn default_program(&self) -> Option<&Arc<Program>> {
        let default = self.served(self.programs().default_id());
        default.or_else(|| match self.caller.programs() {
            ProgramSet::All => None,
            ProgramSet::Named(named) => named.iter().find_map(|id| self.served(id)),
        })
    }

    /// The programme that an argument names. An unknown one is the caller's fault, under the argument's name; to nobody at all
    /// it is not told which there are.
    pub(crate) fn program(&self, id: Option<&ID>, field: &str) -> Result<&Arc<Program>, Problem> {
        self.identified()?;
        let found = id.map_or_else(|| self.default_program(), |id| self.served(id));
        found.ok_or_else(|| {
            let message = match id {
                Some(id) => format!("there is no programme `{}`", shortened(id)),
                None => "the token is for no programme that is served".to_owned(),
            };
            Problem::bad_input(field, message)
        })
    }

    /// The programme of something that was found by its id. What is not there, and what is no business of the token's, is
    /// asked for in the default programme, where it is not found either.
    pub(crate) fn program_of(&self, found: Option<String>, field: &str) -> Result<String, Problem> {
        match found.filter(|program| self.caller.is_for(program)) {
            Some(program) => Ok(program),
            None => self.program(None, field).map(|program| program.id().to_owned()),
        }
    }

    /// All programmes, the default one first.
    pub(crate) fn default_first(&self) -> Vec<&Arc<Program>> {
        let default = self.default_program();
        let is_other = |program: &&Arc<Program>| default.is_none_or(|default| default.id() != program.id());
        let others =
            self.programs().all().filter(|program| self.caller.is_for(program.id())).filter(is_other);
        default.into_iter().chain(others).collect()
    }
}

/// What a client sent, as it is quoted back: not more of it than helps.
fn shortened(text: &str) -> String {
    const CHARACTERS_MAX: usize = 64;
    text.chars().take(CHARACTERS_MAX).collect()
}

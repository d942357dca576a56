//! The programmes that a process serves: every version of each, because orders remember theirs.

use std::{collections::BTreeMap, sync::Arc};

use super::Program;

/// All programmes, and which one is meant where none is named.
#[derive(Clone, Debug)]
pub struct Programs {
    by_id: BTreeMap<String, BTreeMap<u32, Arc<Program>>>,
    /// The version of each that is served now. Rolling a version back is serving the one before it.
    served: BTreeMap<String, u32>,
    default: String,
}

/// Why a set of programmes cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPrograms {
    #[error("there is no programme to serve")]
    Empty,
    #[error("the default programme `{0}` is not among those served: {1}")]
    UnknownDefault(String, String),
}

impl Programs {
    /// Collects the versions to be served; of several of one programme, the newest. Without a name, the first is the
    /// default.
    pub fn new(versions: Vec<Program>, default: Option<&str>) -> Result<Self, InvalidPrograms> {
        let first = versions.first().ok_or(InvalidPrograms::Empty)?.id().to_owned();
        let mut programs = Self { by_id: BTreeMap::new(), served: BTreeMap::new(), default: String::new() };
        for program in versions {
            let newest = programs.served.entry(program.id().to_owned()).or_default();
            *newest = program.version().max(*newest);
            programs.remember(program);
        }
        programs.default = default.map_or(first, str::to_owned);
        if !programs.served.contains_key(&programs.default) {
            let served = programs.served.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(InvalidPrograms::UnknownDefault(programs.default, served));
        }
        Ok(programs)
    }

    /// Keeps a version that is not served, for the orders that it valued.
    pub fn remember(&mut self, program: Program) {
        let versions = self.by_id.entry(program.id().to_owned()).or_default();
        versions.insert(program.version(), Arc::new(program));
    }

    /// Id of the programme that is meant where none is named.
    pub fn default_id(&self) -> &str {
        &self.default
    }

    /// The version of a programme that is served; none where it is served no longer.
    pub fn latest(&self, id: &str) -> Option<&Arc<Program>> {
        self.version(id, *self.served.get(id)?)
    }

    /// A certain version of a programme.
    pub fn version(&self, id: &str, version: u32) -> Option<&Arc<Program>> {
        self.by_id.get(id)?.get(&version)
    }

    /// Every programme that is served, by id.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Program>> {
        self.served.keys().filter_map(|id| self.latest(id))
    }
}

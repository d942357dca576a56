//! The programmes that a process serves: every version of each, because orders remember theirs.

use std::{collections::BTreeMap, sync::Arc};

use super::Program;

/// All programmes, and which one is meant where none is named.
#[derive(Clone, Debug)]
pub struct Programs {
    by_id: BTreeMap<String, BTreeMap<u32, Arc<Program>>>,
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
    /// Collects versions. Without a name, the first is the default.
    pub fn new(versions: Vec<Program>, default: Option<&str>) -> Result<Self, InvalidPrograms> {
        let first = versions.first().ok_or(InvalidPrograms::Empty)?.id().to_owned();
        let mut by_id: BTreeMap<String, BTreeMap<u32, Arc<Program>>> = BTreeMap::new();
        for program in versions {
            by_id.entry(program.id().to_owned()).or_default().insert(program.version(), Arc::new(program));
        }
        let default = default.map_or(first, str::to_owned);
        if !by_id.contains_key(&default) {
            let served = by_id.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(InvalidPrograms::UnknownDefault(default, served));
        }
        Ok(Self { by_id, default })
    }

    /// Id of the programme that is meant where none is named.
    pub fn default_id(&self) -> &str {
        &self.default
    }

    /// The newest version of a programme.
    pub fn latest(&self, id: &str) -> Option<&Arc<Program>> {
        self.by_id.get(id)?.values().next_back()
    }

    /// A certain version of a programme.
    pub fn version(&self, id: &str, version: u32) -> Option<&Arc<Program>> {
        self.by_id.get(id)?.get(&version)
    }

    /// The newest version of every programme, by id.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Program>> {
        self.by_id.values().filter_map(|versions| versions.values().next_back())
    }
}

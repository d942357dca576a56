//! The programmes to serve.

use std::{fs, path::PathBuf};

use super::{
    ConfigError,
    reader::Reader,
    variables::{DEFAULT_PROGRAM, PROGRAMS},
};
use crate::program::{Program, Programs, registry::InvalidPrograms};

/// The programmes that are served where none are named: they make a fresh start useful.
const EMBEDDED: [(&str, &str); 2] = [
    ("tiered.json", include_str!("../../schema/programs/tiered.json")),
    ("classic.json", include_str!("../../schema/programs/classic.json")),
];

/// Where programme documents are, and which programme is meant where none is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramsConfig {
    /// None for the embedded ones.
    pub files: Option<Vec<PathBuf>>,
    pub default: Option<String>,
}

impl ProgramsConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        let files = reader.set(&PROGRAMS).map(|list| {
            list.split(',').map(str::trim).filter(|path| !path.is_empty()).map(PathBuf::from).collect()
        });
        Self { files, default: reader.set(&DEFAULT_PROGRAM) }
    }

    /// Reads and checks every document.
    pub fn documents(&self) -> Result<Vec<Program>, ConfigError> {
        let invalid = |name: &str, why: &dyn std::fmt::Display| {
            ConfigError::new(&PROGRAMS, format!("names `{name}`, which cannot be used: {why}"))
        };
        let read = |name: &str, json: &str| Program::from_json(json).map_err(|error| invalid(name, &error));
        let documents: Result<Vec<Program>, ConfigError> = match &self.files {
            None => EMBEDDED.into_iter().map(|(name, json)| read(name, json)).collect(),
            Some(files) => files
                .iter()
                .map(|path| {
                    let name = path.display().to_string();
                    let json = fs::read_to_string(path).map_err(|error| invalid(&name, &error))?;
                    read(&name, &json)
                })
                .collect(),
        };
        let documents = documents?;
        // Whether they can be served is asked again beside those that were served before; here it gets the variable's name.
        Programs::new(documents.clone(), self.default.as_deref()).map_err(|error| match error {
            InvalidPrograms::Empty => ConfigError::new(&PROGRAMS, "names no file"),
            InvalidPrograms::UnknownDefault(..) => {
                ConfigError::new(&DEFAULT_PROGRAM, format!("cannot be used: {error}"))
            }
        })?;
        Ok(documents)
    }
}

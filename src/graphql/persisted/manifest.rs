//! The file of trusted operations, in one of two forms:
//!
//! - an Apollo persisted query manifest: `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id", "body", ...}]}`;
//! - an object of ids and documents: `{"<id>": "<document>", ...}`.
//!
//! An id may be any text. One that looks like a SHA-256 must be that of its document.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use async_graphql::parser::parse_query;
use serde::Deserialize;

use super::{hash_of, is_hash};

const APOLLO: &str = "apollo-persisted-query-manifest";

/// The operations of a manifest.
#[derive(Debug, Default)]
pub struct Trusted {
    /// By their ids, and by their hashes.
    named: HashMap<String, Arc<str>>,
    texts: HashSet<Arc<str>>,
}

/// Why a text is no manifest.
#[derive(Debug, thiserror::Error)]
pub enum InvalidManifest {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("its format is `{format}`, version {version}; `{APOLLO}`, version 1, can be read")]
    Format { format: String, version: u64 },
    #[error("the operation `{id}` does not parse: {reason}")]
    Document { id: String, reason: String },
    #[error("the operation `{id}` is named by a SHA-256 that is not its own, which is `{hash}`")]
    OtherHash { id: String, hash: String },
    #[error("the operation `{id}` is there twice")]
    Twice { id: String },
}

#[derive(Deserialize)]
struct Apollo {
    format: String,
    version: u64,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    body: String,
}

impl Trusted {
    /// Reads a manifest.
    pub fn read(json: &str) -> Result<Self, InvalidManifest> {
        let value: serde_json::Value = serde_json::from_str(json)?;
        let operations = if value.get("operations").is_some_and(serde_json::Value::is_array) {
            let Apollo { format, version, operations } = serde_json::from_value(value)?;
            if format != APOLLO || version != 1 {
                return Err(InvalidManifest::Format { format, version });
            }
            operations.into_iter().map(|Operation { id, body }| (id, body)).collect()
        } else {
            let plain: BTreeMap<String, String> = serde_json::from_value(value)?;
            plain.into_iter().collect::<Vec<_>>()
        };
        let mut trusted = Self::default();
        for (id, document) in operations {
            trusted.add(id, document)?;
        }
        Ok(trusted)
    }

    fn add(&mut self, id: String, document: String) -> Result<(), InvalidManifest> {
        if let Err(error) = parse_query(&document) {
            return Err(InvalidManifest::Document { id, reason: error.to_string() });
        }
        let hash = hash_of(&document);
        if is_hash(&id) && id != hash {
            return Err(InvalidManifest::OtherHash { id, hash });
        }
        let document: Arc<str> = document.into();
        if self.named.get(&id).is_some_and(|known| *known != document) {
            return Err(InvalidManifest::Twice { id });
        }
        self.named.insert(hash, Arc::clone(&document));
        self.named.insert(id, Arc::clone(&document));
        self.texts.insert(document);
        Ok(())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn named(&self, id: &str) -> Option<Arc<str>> {
        self.named.get(id).cloned()
    }

    /// Whether a document is one of them, to the last byte.
    pub(super) fn has(&self, document: &str) -> bool {
        self.texts.contains(document)
    }
}

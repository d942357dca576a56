//! Rows to what the pure rooms know, and back.

pub(super) mod audit;
pub(super) mod hold;
pub(super) mod ledger;
pub(super) mod member;
pub(super) mod order;

use serde::{
    Serialize,
    de::{
        DeserializeOwned, IntoDeserializer as _,
        value::{Error as ValueError, StrDeserializer},
    },
};

use super::StoreError;

/// JSON of a document column.
pub(super) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("documents of rows are plain data and serialize")
}

pub(super) fn from_json<T: DeserializeOwned>(table: &'static str, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::row(table, error))
}

/// A closed enum as the one word that it is stored as: its serde name.
pub(super) fn to_word<T: Serialize>(value: &T) -> String {
    let mut word = to_json(value);
    // Its quotation marks.
    word.pop();
    word.remove(0);
    word
}

pub(super) fn from_word<T: DeserializeOwned>(table: &'static str, word: &str) -> Result<T, StoreError> {
    let word: StrDeserializer<'_, ValueError> = word.into_deserializer();
    T::deserialize(word).map_err(|error| StoreError::row(table, error))
}

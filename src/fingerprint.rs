//! Fingerprints: equal content, equal text.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// SHA-256 of a value's JSON, in hexadecimal.
pub(crate) fn fingerprint<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_vec(value).expect("what is fingerprinted is plain data and serializes");
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).expect("a nibble is one digit");
    Sha256::digest(json).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

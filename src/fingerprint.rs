//! Fingerprints: equal content, equal text.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// SHA-256 of a value's JSON, in hexadecimal.
pub(crate) fn fingerprint<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_vec(value).expect("what is fingerprinted is plain data and serializes");
    Sha256::digest(json).iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        hex
    })
}

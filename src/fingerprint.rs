//! Fingerprints: equal content, equal text.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// SHA-256 of a value's JSON, in hexadecimal.
pub(crate) fn fingerprint<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_vec(value).expect("what is fingerprinted is plain data and serializes");
    let digit = |four_bits: u8| char::from(DIGITS[usize::from(four_bits)]);
    Sha256::digest(json).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

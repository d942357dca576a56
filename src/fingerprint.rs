//! Fingerprints: equal content, equal text.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Most of what is fingerprinted is shorter.
const USUAL: usize = 512;

/// SHA-256 of a value's JSON, in hexadecimal.
pub(crate) fn fingerprint<T: Serialize>(value: &T) -> String {
    let mut json = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut json, value).expect("what is fingerprinted is plain data and serializes");
    let digest = Sha256::digest(json);
    let mut hexadecimal = String::with_capacity(2 * digest.len());
    for byte in digest {
        for four_bits in [byte >> 4, byte & 15] {
            hexadecimal.push(char::from(DIGITS[usize::from(four_bits)]));
        }
    }
    hexadecimal
}

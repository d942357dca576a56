//! The integration tests.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions, but not the functions they share")]

mod counter;
mod hot;
mod joined;
mod journal;
mod replay;
mod support;

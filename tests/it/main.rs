//! The integration tests: one binary, and this is its index.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions, but not the functions they share")]

mod composition;
mod contention;
mod counter;
mod desk;
mod faults;
mod graphql;
mod hot;
mod house;
mod joined;
mod journal;
mod ledger;
mod program_schema;
mod race;
mod recall;
mod readme;
mod replay;
mod replay_pure;
mod router;
mod storage;
mod support;
mod sweep;
mod upgrade;

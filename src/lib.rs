//! Loyalty: points, tiers and their ledger as a GraphQL federation subgraph.
//!
//! The rooms, in the order in which a request passes them. One idea carries the house: every change is a
//! [`commands::Command`], decided by pure code over an in-memory [`commands::World`], committed in batches.

pub mod auth;
pub mod commands;
pub mod program;
pub mod ledger;
pub mod store;

pub mod clock;
pub mod ids;
pub mod money;
pub mod config;
pub mod telemetry;

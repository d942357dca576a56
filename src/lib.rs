//! Loyalty: points, tiers and their ledger as a GraphQL federation subgraph.
//!
//! The rooms, in the order in which a request passes them. One idea carries the house: every change is a
//! [`commands::Command`], decided by pure code over an in-memory [`commands::World`], committed in batches.

pub mod http;

pub mod auth;

pub mod graphql;

pub mod commands;

pub mod program;

pub mod ledger;

pub mod journal;

pub mod store;

pub mod hot;

pub mod events;

pub mod jobs;

pub mod audit;

pub mod app;
pub mod cli;
pub mod clock;
mod compact;
pub mod config;
mod fingerprint;
pub mod ids;
pub mod money;
pub mod telemetry;

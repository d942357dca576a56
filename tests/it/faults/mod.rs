//! What holds when something breaks in the middle of work: a process, a database, a Redis, a connection, a disk, a clock.
//!
//! Every test is the same: clients work ([`load`]), something breaks, and in the end the ledger holds what they did, each
//! thing once, whether they were told of it or not.

mod clock;
mod disk;
mod late;
mod load;
mod network;
mod postgres;
mod redis;
mod service;
mod step;
mod till;

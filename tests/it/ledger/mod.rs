//! The ledger through the desk: tables that read as its specification, and properties that hold for anything.

mod adjusting;
mod blocking;
mod cancelling;
mod claiming;
mod correcting;
mod counters;
mod earning;
mod facts;
mod faults;
mod floors;
mod given;
mod holding;
mod invariants;
mod line;
mod merging;
mod pending;
mod properties;
mod returning;
mod spending;
mod sweeping;
mod table;
mod time;
mod transferring;
mod unmerging;

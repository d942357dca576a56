//! The ledger through the desk: tables that read as its specification, and properties that hold for anything.

mod adjusting;
mod cancelling;
mod earning;
mod facts;
mod faults;
mod given;
mod invariants;
mod line;

mod properties;
mod returning;
mod table;
mod time;

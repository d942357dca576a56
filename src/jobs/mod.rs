//! 11. The night round: work over the whole ledger, from the command line.

pub mod feed;
pub mod replay;
pub mod verify;

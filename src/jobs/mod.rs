//! 11. The night round: work over the whole ledger, at intervals or from the command line.

pub mod audit;
pub mod feed;
pub mod replay;
pub mod sweep;
pub mod verify;

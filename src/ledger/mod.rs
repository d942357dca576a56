//! 6. The vault (pure): what a wallet holds and every way in which that may change.
//!
//! It knows wallets, lots and entries, and nothing of members, orders or programs: where points came from is an opaque
//! number to it. Every movement debits one account and credits another by the same amount ([`entry::Account`]); every
//! debit of a member names the lots that paid for it ([`allocation::Allocation`]) or is deficit. Time decides what is
//! pending, active and gone ([`wallet::Wallet::settle`]); a job only writes down what time has done.

pub mod allocation;
pub mod counter;
pub mod entry;
pub mod hold;
pub mod lot;
pub mod points;
pub mod wallet;

pub use allocation::Allocation;
pub use counter::{Counter, Lease, Short};
pub use entry::{Account, Kind, Movement};
pub use hold::{Hold, HoldState};
pub use lot::Lot;
pub use points::Points;
pub use wallet::{Clawback, ClawedBack, Credit, Floor, Recredit, Stored, Totals, Wallet};

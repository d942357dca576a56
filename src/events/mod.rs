//! 10. The post room: tells the world of changes, from the outbox.
//!
//! Today the world is the hot balances: the journal tells them right after its commit, and [`relay`] repeats what could
//! not be told.

mod relay;

pub use relay::{Relay, RelayOptions, Told};

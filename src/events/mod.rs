//! 10. The post room: tells the world of changes, from the outbox.
//!
//! Today the world is the hot balances: the journal tells them right after its commit, and [`relay`] repeats what could
//! not be told. [`live`] brings changes to those who wait for them.

mod live;
mod relay;

pub use live::Live;
pub use relay::{Relay, RelayOptions, Told};

//! A private `PostgreSQL` and a private Redis, for as long as they are held, and the programs that run beside them.
//!
//! Both servers listen on the loopback at free ports, and their directories go with them. They can be killed as hard as a
//! machine can fail, and started again at the same port on what they had.

mod children;
mod postgres;
pub mod process;
mod redis;

use std::net::TcpListener;

use anyhow::{Context, Result};

pub use nix::sys::signal::Signal;

pub use self::{children::Children, postgres::Postgres, redis::Redis};

/// A port of the loopback that nobody listens on.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

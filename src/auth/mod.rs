//! 2. The guard: who asks, and what they may.
//!
//! [`Guard`] turns an `Authorization` header into a [`Caller`]: by its signature and times ([`jwt`], [`jwks`]), and by what
//! its claims say. A [`Caller`] gives out capabilities ([`ReadMember`], [`Allowed`] and so on), by the one table of
//! [`scopes`]. The rooms behind take capabilities, never names: without one there is no method to call. What
//! is not allowed here is denied.

pub mod capability;
mod claims;
pub mod guard;
pub mod jwks;
pub mod jwt;
pub mod mint;
pub mod principal;
mod reads;
pub mod scopes;

pub use self::{
    capability::{Allowed, Quote, ReadAudit, ReadMember, ReadOrder, ReadProgram},
    guard::Guard,
    mint::{MintError, MintRequest, mint},
    principal::{Caller, Denied, Principal, PrincipalKind, ProgramSet},
    reads::{Read, Reads},
};

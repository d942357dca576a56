//! 12. The visitors' book (pure): who did what, and the chain that binds it.
//!
//! A [`Record`] is what one [`Actor`] did in one programme at one moment: a batch's writes, or a request's reads. Records are
//! kept in the database in one chain ([`chain`]), each with a hash over itself and its predecessor, so that one that is
//! changed, left out or put in shows.

mod actor;
pub mod chain;
mod record;

pub use self::{
    actor::{Actor, ActorKind, UnknownActor},
    chain::{Head, Sealed},
    record::{Action, Record},
};

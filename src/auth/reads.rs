//! What staff and administrators were given leave to read: it is written down before they are answered.

use std::{
    collections::BTreeSet,
    mem,
    sync::{Mutex, PoisonError},
};

/// Something that was read, or asked for: leave is given before it is known whether there is anything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    pub program: String,
    /// `read_` and what.
    pub operation: &'static str,
    pub customer: Option<String>,
    pub order: Option<String>,
}

/// The reads of one request.
#[derive(Debug, Default)]
pub struct Reads(Mutex<BTreeSet<Read>>);

impl Reads {
    pub(super) fn add(&self, read: Read) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(read);
    }

    /// Those that nobody has taken yet.
    pub fn take(&self) -> BTreeSet<Read> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

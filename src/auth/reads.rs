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
    /// `read_` and what, or `refused_` and the command whose refusal told something.
    pub operation: String,
    pub customer: Option<String>,
    pub order: Option<String>,
    /// What else it is about.
    pub subject: Option<String>,
}

/// The reads of one request.
#[derive(Debug, Default)]
pub struct Reads(Mutex<BTreeSet<Read>>);

impl Reads {
    pub fn add(&self, read: Read) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(read);
    }

    /// Puts back what could not be written down.
    pub fn put_back(&self, reads: BTreeSet<Read>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(reads);
    }

    /// Those that nobody has taken yet.
    pub fn take(&self) -> BTreeSet<Read> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

//! Whether other processes want what this one wants.

use std::sync::atomic::{AtomicU32, Ordering};

use super::batch::Beginning;

/// Batches that begin with locks after one that was raced: who was raced once on a counter that everybody wants will be raced
/// again, and each time has decided for nothing.
const CAUTIOUS_BATCHES: u32 = 16;

/// What a process knows of its rivals.
#[derive(Debug, Default)]
pub struct Rivalry {
    cautious: AtomicU32,
}

impl Rivalry {
    /// How the next batch begins.
    pub(super) fn beginning(&self) -> Beginning {
        let one_less = |left: u32| left.checked_sub(1);
        match self.cautious.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less) {
            Ok(_) => Beginning::Locks,
            Err(_) => Beginning::Look,
        }
    }

    /// Another process was first.
    pub(super) fn raced(&self) {
        self.cautious.store(CAUTIOUS_BATCHES, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_raced_begins_with_locks_for_a_while() {
        let rivalry = Rivalry::default();
        assert_eq!(rivalry.beginning(), Beginning::Look);
        rivalry.raced();
        for _ in 0..CAUTIOUS_BATCHES {
            assert_eq!(rivalry.beginning(), Beginning::Locks);
        }
        assert_eq!(rivalry.beginning(), Beginning::Look);
    }
}

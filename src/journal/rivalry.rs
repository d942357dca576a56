//! How much a process may take for granted: whether other processes want what this one wants, and whether what it
//! remembers holds.

use std::sync::atomic::{AtomicU32, Ordering};

use super::batch::Beginning;

/// Batches that begin with more care after one that was raced: who was raced once on a counter that everybody wants will be
/// raced again, and each time has decided for nothing.
const CAREFUL_BATCHES: u32 = 16;
/// Batches that look after one that was not to be decided by what is remembered: the least of them, because it has saved
/// nothing in vain.
const LOOKING_BATCHES: u32 = 1;
/// Where what is remembered fails time and again (others change the same members, or the same is told twice), it is tried
/// more and more seldom: down to once in so many batches.
const CAREFUL_BATCHES_MAX: u32 = 1_024;

/// What a process knows of its rivals.
#[derive(Debug)]
pub struct Rivalry {
    /// Batches that still begin with locks.
    locks: AtomicU32,
    /// Batches after them that still begin with a look.
    looks: AtomicU32,
    /// How many those are at least after the next failure of what is remembered.
    looks_next: AtomicU32,
}

impl Default for Rivalry {
    fn default() -> Self {
        Self {
            locks: AtomicU32::new(0),
            looks: AtomicU32::new(0),
            looks_next: AtomicU32::new(LOOKING_BATCHES),
        }
    }
}

impl Rivalry {
    /// How the next batch begins.
    pub(super) fn beginning(&self) -> Beginning {
        let one_less = |left: u32| left.checked_sub(1);
        let takes =
            |left: &AtomicU32| left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok();
        if takes(&self.locks) {
            Beginning::Locks
        } else if takes(&self.looks) {
            Beginning::Look
        } else {
            Beginning::Recall
        }
    }

    /// All was as a batch that began so had taken it to be.
    pub(super) fn held(&self, beginning: Beginning) {
        if beginning == Beginning::Recall {
            self.looks_next.store(LOOKING_BATCHES, Ordering::Relaxed);
        }
    }

    /// Something was otherwise than a batch that began so had taken it to be. Answers how it begins again.
    pub(super) fn raced(&self, beginning: Beginning) -> Beginning {
        match beginning {
            Beginning::Recall => self.look(CAREFUL_BATCHES),
            Beginning::Look | Beginning::Locks => {
                self.locks.store(CAREFUL_BATCHES, Ordering::Relaxed);
                Beginning::Locks
            }
        }
    }

    /// What is remembered does not decide a batch. Answers how it begins again.
    pub(super) fn unproven(&self) -> Beginning {
        self.look(LOOKING_BATCHES)
    }

    fn look(&self, least: u32) -> Beginning {
        let looks = self.looks_next.load(Ordering::Relaxed).max(least);
        self.looks.store(looks, Ordering::Relaxed);
        self.looks_next.store((looks * 2).min(CAREFUL_BATCHES_MAX), Ordering::Relaxed);
        Beginning::Look
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_time_and_again_is_tried_more_seldom() {
        let rivalry = Rivalry::default();
        let some = || (0..2_000).map(|_| rivalry.beginning());
        let looks = || some().take_while(|how| *how == Beginning::Look).count();
        let failing = [16, 32, 64, 128, 256, 512, 1_024, 1_024];
        for expected in failing {
            rivalry.raced(Beginning::Recall);
            assert_eq!(looks(), expected);
        }
        rivalry.held(Beginning::Look);
        rivalry.raced(Beginning::Recall);
        assert_eq!(looks(), 1_024, "nothing was remembered there that held");
        rivalry.held(Beginning::Recall);
        rivalry.raced(Beginning::Recall);
        assert_eq!(looks(), 16);
        rivalry.held(Beginning::Recall);
        for expected in [1, 2, 4, 8] {
            assert_eq!(rivalry.unproven(), Beginning::Look);
            assert_eq!(looks(), expected);
        }
    }

    #[test]
    fn who_was_raced_begins_with_more_care_for_a_while() {
        let rivalry = Rivalry::default();
        assert_eq!(rivalry.beginning(), Beginning::Recall);
        assert_eq!(rivalry.raced(Beginning::Recall), Beginning::Look);
        for _ in 0..CAREFUL_BATCHES / 2 {
            assert_eq!(rivalry.beginning(), Beginning::Look);
        }
        assert_eq!(rivalry.raced(Beginning::Look), Beginning::Locks);
        for _ in 0..CAREFUL_BATCHES {
            assert_eq!(rivalry.beginning(), Beginning::Locks);
        }
        assert_eq!(rivalry.raced(Beginning::Locks), Beginning::Locks);
        let rest = (0..100).map(|_| rivalry.beginning()).take_while(|how| *how != Beginning::Recall);
        let rest: Vec<_> = rest.collect();
        assert_eq!(rest.len(), (CAREFUL_BATCHES + CAREFUL_BATCHES / 2) as usize);
        assert_eq!(rest.last(), Some(&Beginning::Look));
    }
}

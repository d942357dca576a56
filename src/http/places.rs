//! How many may be inside at once: whoever comes when all places are taken is told so at once, and waits for nobody.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Places, so many. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Places {
    taken: Arc<AtomicUsize>,
    max: usize,
}

/// One that is taken, until it is dropped.
pub(super) struct Place(Arc<AtomicUsize>);

impl Places {
    pub fn new(max: usize) -> Self {
        Self { taken: Arc::default(), max }
    }

    /// Takes one, if one is left.
    pub(super) fn take(&self) -> Option<Place> {
        // Counted first: then it is given back, whichever way this ends.
        let before = self.taken.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(&self.taken));
        (before < self.max).then_some(place)
    }

    pub fn max(&self) -> usize {
        self.max
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_it_is_left() {
        let places = Places::new(2);
        let (one, other) = (places.take(), places.take());
        assert!(one.is_some() && other.is_some());
        assert!(places.take().is_none() && places.take().is_none());
        assert_eq!(places.taken(), 2, "who was sent away has taken none");
        drop(one);
        assert!(places.take().is_some());
        assert!(Places::new(0).take().is_none());
    }
}

//! What stands behind the reception.

use std::sync::Arc;

use crate::{
    clock::SharedClock,
    hot::Hot,
    ids::SharedIds,
    journal::Journal,
    program::Programs,
    store::{Pages, Trail},
};

/// What the reception calls. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    pub programs: Arc<Programs>,
    pub journal: Journal,
    pub hot: Hot,
    pub pages: Pages,
    pub clock: SharedClock,
    /// Where it is written who read what.
    pub trail: Trail,
    pub ids: SharedIds,
}

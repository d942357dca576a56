//! What stands behind the reception.

use std::sync::Arc;

use crate::{clock::SharedClock, hot::Hot, journal::Journal, program::Programs, store::Pages};

/// What the reception calls. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    pub programs: Arc<Programs>,
    pub journal: Journal,
    pub hot: Hot,
    pub pages: Pages,
    pub clock: SharedClock,
}

//! Keeps a provider's keys fresh, in a task of its own.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::Jwks;

/// The task; it ends with this.
pub(in crate::auth) struct Refreshing(JoinHandle<()>);

impl Refreshing {
    /// Begins to refresh.
    pub(in crate::auth) fn begin(jwks: &Arc<Jwks>) -> Self {
        let jwks = Arc::clone(jwks);
        Self(tokio::spawn(async move {
            loop {
                tokio::time::sleep(jwks.due_in()).await;
                jwks.fetch().await;
            }
        }))
    }
}

impl Drop for Refreshing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

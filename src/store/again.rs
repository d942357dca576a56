//! Reads that lose their connection, read once more over another: what is asked changes nothing.

use sea_orm::{EntityTrait, Select};

use super::{Pages, StoreError};

/// Reads, and reads once more where the connection was lost.
pub(super) async fn again<T, F>(read: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    match read().await {
        Err(error) if error.is_connection() => {
            tracing::debug!(%error, "a read lost its connection");
            read().await
        }
        read => read,
    }
}

impl Pages {
    /// All rows of one statement.
    pub(super) async fn all<E: EntityTrait>(&self, find: Select<E>) -> Result<Vec<E::Model>, StoreError> {
        let read = |find: Select<E>| async { Ok(find.all(&self.read).await?) };
        again(|| read(find.clone())).await
    }
}

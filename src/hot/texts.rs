//! Texts by their digests, shared through Redis where it is there: operations that clients send once and then name.
//!
//! A text that has gone is no loss: whoever named it sends it again.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;

use super::redis_store::RedisStore;

/// Bytes that this process keeps.
const BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Cheap to clone.
#[derive(Clone)]
pub struct Texts {
    shared: Option<Arc<RedisStore>>,
    kept: Cache<String, Arc<str>>,
    ttl: Duration,
}

impl Texts {
    pub(super) fn new(shared: Option<Arc<RedisStore>>, ttl: Duration) -> Self {
        let kept = Cache::builder()
            .max_capacity(BYTES_MAX)
            .weigher(|name: &String, text: &Arc<str>| {
                u32::try_from(name.len() + text.len()).unwrap_or(u32::MAX)
            })
            .time_to_live(ttl)
            .build();
        Self { shared, kept, ttl }
    }

    /// Without a Redis.
    #[cfg(test)]
    pub(crate) fn alone(ttl: Duration) -> Self {
        Self::new(None, ttl)
    }

    /// A text that this process has at hand.
    pub fn at_hand(&self, name: &str) -> Option<Arc<str>> {
        self.kept.get(name)
    }

    /// A text that another process may have kept. What Redis says is believed if it passes the check.
    pub async fn fetch(&self, name: &str, is_right: impl Fn(&str) -> bool) -> Option<Arc<str>> {
        let text = self.shared.as_ref()?.text(name, self.ttl).await?;
        if !is_right(&text) {
            return None;
        }
        let text: Arc<str> = text.into();
        self.kept.insert(name.to_owned(), Arc::clone(&text));
        Some(text)
    }

    /// Keeps a text for everybody. Where Redis is away, for this process.
    pub async fn keep(&self, name: &str, text: Arc<str>) {
        if let Some(shared) = &self.shared {
            shared.keep_text(name, &text, self.ttl).await;
        }
        self.kept.insert(name.to_owned(), text);
    }
}

//! Live changes: brings those of other processes to whoever waits for them in this one.
//!
//! Its own changes a process tells by itself ([`Hot::put`]). Those of others are heard through Redis, while somebody waits;
//! where there is none, or it is away, the versions of the members that somebody waits for are looked at as often as the
//! outbox is. What is heard may be lost on the way, so there is a slow look as well.

use std::time::Duration;

use hashbrown::HashMap;
use tokio::{sync::watch, time::MissedTickBehavior};

use crate::{
    commands::MemberKey,
    hot::Hot,
    store::{Pages, StoreError},
};

/// Of so many looks one is taken while changes are heard.
const LOOKS_SAVED: u32 = 20;

/// One a process.
pub struct Live {
    hot: Hot,
    pages: Pages,
    interval: Duration,
    /// What the last look saw.
    seen: HashMap<MemberKey, i64>,
}

impl Live {
    /// `interval` is between two looks.
    pub fn new(hot: Hot, pages: Pages, interval: Duration) -> Self {
        Self { hot, pages, interval, seen: HashMap::new() }
    }

    /// Works until `stop` turns true.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let hot = self.hot.clone();
        loop {
            let mut ticked = 0_u32;
            // Ends only where nothing can be heard.
            let hearing = hot.hear();
            tokio::pin!(hearing);
            loop {
                let heard_on = tokio::select! {
                    _ = stop.wait_for(|stop| *stop) => return,
                    () = &mut hearing => false,
                    _ = ticks.tick() => true,
                };
                if !heard_on {
                    break;
                }
                if ticked.is_multiple_of(LOOKS_SAVED) || !hot.hears() {
                    self.look().await;
                }
                ticked = ticked.wrapping_add(1);
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                _ = ticks.tick() => {}
            }
            self.look().await;
        }
    }

    /// Tells of every member whose version is another than at the last look.
    async fn look(&mut self) {
        let watched = self.hot.watched();
        if watched.is_empty() {
            self.seen.clear();
            return;
        }
        match self.changed(&watched).await {
            Ok(changed) => self.hot.tell(&changed),
            Err(error) => tracing::debug!(%error, "live changes cannot be looked for"),
        }
    }

    async fn changed(&mut self, watched: &[MemberKey]) -> Result<Vec<MemberKey>, StoreError> {
        let versions = self.pages.versions(watched).await?;
        let is_new = |(key, version): &(&MemberKey, &i64)| self.seen.get(*key) != Some(*version);
        let changed = versions.iter().filter(is_new).map(|(key, _)| key.clone()).collect();
        self.seen = versions;
        Ok(changed)
    }
}

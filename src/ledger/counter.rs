//! A number that many share and nobody may overdraw: the stock of a reward, the budget of a campaign.

use serde::{Deserialize, Serialize};

use crate::clock::Instant;

/// What is gone of a limited number. The limit itself is the programme's, and may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// Grows by one with every change, and with every instant at which time changed something.
    pub version: i64,
    /// Gone for good, unless given back.
    pub taken: i64,
    /// Set aside, by leases.
    pub held: i64,
    /// The leases that a change may need.
    pub leases: Vec<Lease>,
}

/// Units set aside until they are taken, given back, or their time is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Names it: the hold that it goes with.
    pub id: uuid::Uuid,
    pub units: i64,
    /// Given back from this instant on.
    pub expires_at: Instant,
    pub open: bool,
}

/// Fewer are left than were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{asked} asked, {left} left")]
pub struct Short {
    pub asked: i64,
    pub left: i64,
}

impl Counter {
    /// Gives back what leases held whose time is over.
    pub fn settle(&mut self, now: Instant) {
        for i in 0..self.leases.len() {
            if self.leases[i].open && self.leases[i].expires_at <= now {
                self.close(i);
            }
        }
    }

    /// What is left of a limit. A limit that was lowered below what is gone leaves nothing. Settle first for "now".
    pub fn left(&self, limit: i64) -> i64 {
        (limit - self.taken - self.held).max(0)
    }

    fn check(&self, units: i64, limit: i64) -> Result<(), Short> {
        let left = self.left(limit);
        if units <= left { Ok(()) } else { Err(Short { asked: units, left }) }
    }

    /// Takes units.
    pub fn take(&mut self, units: i64, limit: i64) -> Result<(), Short> {
        self.check(units, limit)?;
        self.taken += units;
        self.version += 1;
        Ok(())
    }

    /// Gives taken units back.
    pub fn give_back(&mut self, units: i64) {
        debug_assert!(units <= self.taken, "only what was taken comes back");
        self.taken -= units;
        self.version += 1;
    }

    /// Sets units aside.
    pub fn hold(&mut self, lease: Lease, limit: i64) -> Result<(), Short> {
        self.check(lease.units, limit)?;
        self.held += lease.units;
        self.version += 1;
        self.leases.push(lease);
        Ok(())
    }

    /// Takes what an open lease held.
    pub fn capture(&mut self, id: uuid::Uuid) {
        if let Some(units) = self.end(id) {
            self.taken += units;
        }
    }

    /// Gives back what an open lease held.
    pub fn release(&mut self, id: uuid::Uuid) {
        self.end(id);
    }

    fn end(&mut self, id: uuid::Uuid) -> Option<i64> {
        let place = self.leases.iter().position(|lease| lease.id == id && lease.open)?;
        Some(self.close(place))
    }

    fn close(&mut self, place: usize) -> i64 {
        let lease = &mut self.leases[place];
        lease.open = false;
        self.held -= lease.units;
        self.version += 1;
        lease.units
    }
}

//! 8. The pipes: PostgreSQL and SQLite through SeaORM, the same statements on both.
//!
//! The only room that names `sea_orm` and `entities`.
//!
//! A batch is a [`UnitOfWork`]: load what the commands touch (rows locked in one global order: members by id, then
//! orders), save what they changed, commit. Every step is a constant number of statements, whatever the batch's size, and
//! on PostgreSQL they have constant texts ([`find`], [`write`]) for as long as a plan is kept ([`plans`]). Most batches there
//! need none of that: a [`Glimpse`] locks nothing, looks ([`glimpse`]) or remembers ([`recall`]), and saves in one statement.
//! All other reads are [`Pages`]. The audit log's chain has a way of its own, the [`Trail`].

mod again;
mod audit;
mod connect;
mod counters;
mod due;
mod error;
mod find;
mod glimpse;
mod history;
mod holdings;
mod lane;
mod load;
mod outbox;
mod owners;
mod pages;
mod place;
mod plans;
mod programs;
mod recall;
mod rows;
mod save;
mod schema;
mod time;
mod trail;
mod tx;
mod wallets;
mod work;
mod write;

use sea_orm::DatabaseConnection;

use self::{lane::Lanes, recall::Recall};

pub use self::{
    audit::{CounterAudit, MemberLedger},
    connect::ConnectOptions,
    error::StoreError,
    outbox::OutboxRow,
    pages::{Page, Pages, Slice},
    place::MemberPlaces,
    trail::{AuditFilter, Trail},
    work::{Additions, Glimpse, KeyUse, Loaded, Recalled, UnitOfWork},
};

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    /// Batches and the outbox. With SQLite one connection: it has one writer.
    write: DatabaseConnection,
    /// PostgreSQL: what batches go by.
    lanes: Option<Lanes>,
    pages: Pages,
    address: Address,
}

/// Where the database is. It may hold a password.
#[derive(Clone)]
struct Address(String);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(…)")
    }
}

impl Store {
    /// All reads outside a batch.
    pub fn pages(&self) -> &Pages {
        &self.pages
    }
}

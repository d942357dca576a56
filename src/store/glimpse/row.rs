//! The rows of a look, told apart.

use entities::{counter, counter_lease, idempotency_key, lot, member, wallet};
use hashbrown::HashMap;
use sea_orm::sqlx::{Decode, Postgres, Row as _, Type, postgres::PgRow};
use uuid::Uuid;

use super::text::{FLAGS, IDS, INSTANTS, NUMBERS, TEXTS, kind};
use crate::{
    clock::Instant,
    store::{StoreError, place::Place},
};

/// What was seen.
#[derive(Default)]
pub(super) struct Seen {
    pub members: Vec<member::Model>,
    pub wallets: Vec<wallet::Model>,
    /// Where the rows of members are, and those of their wallets by their currencies.
    pub places: HashMap<Uuid, (Place, HashMap<String, Place>)>,
    pub lots: Vec<lot::Model>,
    pub keys: Vec<idempotency_key::Model>,
    pub counters: Vec<counter::Model>,
    pub leases: Vec<counter_lease::Model>,
    /// Whether one of the orders is there already.
    pub knows_an_order: bool,
}

impl Seen {
    /// When the last of the members was changed.
    pub(super) fn updated_at(&self) -> Option<Instant> {
        self.members.iter().map(|row| row.updated_at).max()
    }

    pub(super) fn add(&mut self, row: &PgRow) -> Result<(), StoreError> {
        let of = row.try_get::<i32, _>(0).map_err(StoreError::answer)?;
        let row = Row(row);
        match of {
            kind::MEMBER => {
                let member = row.member()?;
                self.places.entry(member.id).or_default().0 = row.place()?;
                self.members.push(member);
            }
            kind::WALLET => {
                let wallet = row.wallet()?;
                let (_, wallets) = self.places.entry(wallet.member_id).or_default();
                wallets.insert(wallet.currency.clone(), row.place()?);
                self.wallets.push(wallet);
            }
            kind::LOT => self.lots.push(row.lot()?),
            kind::KEY => self.keys.push(row.key()?),
            kind::COUNTER => self.counters.push(row.counter()?),
            kind::LEASE => self.leases.push(row.lease()?),
            _ => self.knows_an_order = true,
        }
        Ok(())
    }
}

/// One row, whose columns go by their type and their place among those of the type.
struct Row<'a>(&'a PgRow);

impl<'a> Row<'a> {
    fn member(&self) -> Result<member::Model, StoreError> {
        Ok(member::Model {
            id: self.id(0)?,
            program_id: self.text(0)?,
            customer_id: self.text(1)?,
            status: self.text(2)?,
            enrolled_at: self.instant(0)?,
            channel: self.text(3)?,
            store_id: self.text(4)?,
            version: self.number(0)?,
            tier: self.text(5)?,
            standing: self.text(6)?,
            next_seq: self.number(1)?,
            due_at: self.instant(2)?,
            updated_at: self.instant(1)?,
            merged_into: self.id(1)?,
            partners: self.text(7)?,
        })
    }

    fn wallet(&self) -> Result<wallet::Model, StoreError> {
        Ok(wallet::Model {
            member_id: self.id(0)?,
            currency: self.text(0)?,
            version: self.number(0)?,
            available: self.number(1)?,
            pending: self.number(2)?,
            deficit: self.number(3)?,
            earned: self.number(4)?,
            adjusted: self.number(5)?,
            clawed_back: self.number(6)?,
            expired: self.number(7)?,
            held: self.number(8)?,
            redeemed: self.number(9)?,
            transferred: self.number(10)?,
            cancelled: self.number(11)?,
        })
    }

    fn lot(&self) -> Result<lot::Model, StoreError> {
        Ok(lot::Model {
            member_id: self.id(0)?,
            seq: self.number(0)?,
            currency: self.text(0)?,
            issued: self.number(1)?,
            remaining: self.number(2)?,
            expired: self.number(3)?,
            issued_at: self.instant(0)?,
            activates_at: self.instant(1)?,
            active: self.flag(0)?,
            expires_at: self.instant(2)?,
            awaits_event: self.flag(1)?,
            origin_id: self.id(1)?,
            origin_seq: self.number(4)?,
        })
    }

    fn key(&self) -> Result<idempotency_key::Model, StoreError> {
        Ok(idempotency_key::Model {
            program_id: self.text(0)?,
            key: self.text(1)?,
            content_hash: self.text(2)?,
            outcome: self.text(3)?,
            recorded_at: self.instant(0)?,
        })
    }

    fn counter(&self) -> Result<counter::Model, StoreError> {
        Ok(counter::Model {
            program_id: self.text(0)?,
            name: self.text(1)?,
            version: self.number(0)?,
            taken: self.number(1)?,
            held: self.number(2)?,
        })
    }

    fn lease(&self) -> Result<counter_lease::Model, StoreError> {
        Ok(counter_lease::Model {
            id: self.id(0)?,
            program_id: self.text(0)?,
            name: self.text(1)?,
            units: self.number(0)?,
            expires_at: self.instant(0)?,
            open: self.flag(0)?,
        })
    }

    fn id<T: Decode<'a, Postgres> + Type<Postgres>>(&self, place: usize) -> Result<T, StoreError> {
        self.get(1 + place)
    }

    fn text<T: Decode<'a, Postgres> + Type<Postgres>>(&self, place: usize) -> Result<T, StoreError> {
        self.get(1 + IDS + place)
    }

    fn number<T: Decode<'a, Postgres> + Type<Postgres>>(&self, place: usize) -> Result<T, StoreError> {
        self.get(1 + IDS + TEXTS + place)
    }

    fn instant<T: Decode<'a, Postgres> + Type<Postgres>>(&self, place: usize) -> Result<T, StoreError> {
        self.get(1 + IDS + TEXTS + NUMBERS + place)
    }

    fn flag<T: Decode<'a, Postgres> + Type<Postgres>>(&self, place: usize) -> Result<T, StoreError> {
        self.get(1 + IDS + TEXTS + NUMBERS + INSTANTS + place)
    }

    fn place(&self) -> Result<Place, StoreError> {
        self.get(1 + IDS + TEXTS + NUMBERS + INSTANTS + FLAGS)
    }

    fn get<T: Decode<'a, Postgres> + Type<Postgres>>(&self, column: usize) -> Result<T, StoreError> {
        self.0.try_get(column).map_err(StoreError::answer)
    }
}

//! Writes rows of any table.
//!
//! PostgreSQL gets everything in one statement, in which the rows of a table are one array: its text depends on which tables
//! are written and how their rows are found, not on how many there are, so it is prepared once in a stretch of time
//! ([`plans`]), and a batch of any size costs one way there and back. For SQLite, which is no way off, it is a statement of
//! many rows a table.

mod row;
mod text;

use entities::counter;
use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait, IdenStatic as _, Iterable as _,
    sea_query::{Expr, InsertStatement, OnConflict, Query},
    sqlx::{
        Arguments as _, Encode, Postgres, Row as _, Type,
        postgres::{PgArguments, PgBindIterExt as _},
    },
};

#[cfg(test)]
pub(super) use self::row::row_types;
pub(super) use self::row::{Row, Table};
use self::text::{Change, Found, Part, Seen};
use super::{StoreError, place::Place, plans, tx::Tx};
use crate::clock::Instant;

/// Parameters of one statement of SQLite, which takes 32,766.
const PARAMETERS_MAX: usize = 32_000;

/// Arrays of a usual statement, and bytes of what is written for one entry: where there are more, their place grows.
const ARRAYS_USUAL: usize = 16;
const ENTRY_BYTES: usize = 2_560;

/// What is to be written, table by table.
pub(super) struct Writes<'a> {
    tx: &'a Tx,
    /// PostgreSQL: the tables' parts of the statement, and the rows of all of them.
    parts: Vec<Part>,
    arguments: PgArguments,
    rows: usize,
    /// SQLite: the statements.
    statements: Vec<InsertStatement>,
}

impl<'a> Writes<'a> {
    /// For so many entries of the ledger, each with what belongs to it.
    pub(super) fn new(tx: &'a Tx, entries: usize) -> Self {
        let (parts, statements) = (Vec::new(), Vec::new());
        let mut arguments = PgArguments::default();
        if let Tx::Postgres(_) = tx {
            arguments.reserve(ARRAYS_USUAL, ENTRY_BYTES * entries);
        }
        Self { tx, parts, arguments, rows: 0, statements }
    }

    /// Rows that are not there yet; one that is fails the batch.
    pub(super) fn insert<'r, E: Table, const N: usize>(
        &mut self,
        rows: impl IntoIterator<Item = Row<'r, E, N>>,
    ) -> Result<(), StoreError> {
        self.add(Change::Insert, rows).map(drop)
    }

    /// Rows that are there, by their primary keys: all other columns are replaced. Nobody else may change them meanwhile:
    /// they are locked, or they belong to what is [written as it was seen](Self::update_seen_at).
    pub(super) fn update<'r, E: Table, const N: usize>(
        &mut self,
        rows: impl IntoIterator<Item = Row<'r, E, N>>,
    ) -> Result<(), StoreError> {
        self.add(Change::Update(Seen::Nothing, Found::Key), rows).map(drop)
    }

    /// The same of counters, each with its version, what was taken and what was held as they were seen: where one is no longer
    /// so, the batch fails as raced, and nothing of it is done. SQLite's writer is alone.
    pub(super) fn update_seen_counts<'r, const N: usize>(
        &mut self,
        rows: impl IntoIterator<Item = Row<'r, counter::Entity, N>>,
        seen: &[[i64; 3]],
    ) -> Result<(), StoreError> {
        if self.add(Change::Update(Seen::Count, Found::Key), rows)? {
            for place in 0..3 {
                add_array(&mut self.arguments, seen.iter().map(|seen| seen[place]).bind_iter())?;
            }
        }
        Ok(())
    }

    /// The same of rows with a version and the instant of their last change: found by the places that are given, by their keys
    /// where there are none. It tells where they are [then](Self::finish).
    pub(super) fn update_seen_at<'r, E: Table, const N: usize>(
        &mut self,
        rows: impl IntoIterator<Item = Row<'r, E, N>>,
        seen: &[(i64, Instant)],
        places: Option<Vec<Place>>,
    ) -> Result<(), StoreError> {
        if self.add(Change::Update(Seen::VersionAndTime, by(places.as_ref())), rows)? {
            add_array(&mut self.arguments, seen.iter().map(|(version, _)| *version).bind_iter())?;
            add_array(&mut self.arguments, seen.iter().map(|(_, at)| *at).bind_iter())?;
            self.add_places(places)?;
        }
        Ok(())
    }

    /// The same of rows that belong to others which are written as they were seen.
    pub(super) fn update_placed<'r, E: Table, const N: usize>(
        &mut self,
        rows: impl IntoIterator<Item = Row<'r, E, N>>,
        places: Option<Vec<Place>>,
    ) -> Result<(), StoreError> {
        if self.add(Change::Update(Seen::Nothing, by(places.as_ref())), rows)? {
            self.add_places(places)?;
        }
        Ok(())
    }

    /// Writes it all. Where PostgreSQL has the rows then of which it tells: as they were given, update by update.
    pub(super) async fn finish(self) -> Result<Vec<Vec<Place>>, StoreError> {
        let mut places = Vec::new();
        if let Tx::Postgres(lane) = self.tx
            && !self.parts.is_empty()
        {
            lane.writes(self.rows);
            let told = self.parts.iter().filter(|part| part.tells_places()).count();
            let rows = lane.rows(text::of(&self.parts, plans::epoch()), self.arguments).await?;
            for row in &rows {
                for number in 1..=told {
                    places.push(row.try_get(number).map_err(StoreError::answer)?);
                }
            }
        }
        for statement in self.statements {
            self.tx.execute(&statement).await?;
        }
        Ok(places)
    }

    fn add_places(&mut self, places: Option<Vec<Place>>) -> Result<(), StoreError> {
        places.map_or(Ok(()), |places| add_array(&mut self.arguments, places))
    }

    /// Whether there were any. PostgreSQL's go straight into the arguments, one after the other.
    fn add<'r, E: Table, const N: usize>(
        &mut self,
        change: Change,
        rows: impl IntoIterator<Item = Row<'r, E, N>>,
    ) -> Result<bool, StoreError> {
        let in_order = |row: &Row<'_, E, N>| row.0.iter().map(|(column, _)| column.as_str()).eq(names::<E>());
        let check = |row: &Row<'_, E, N>| {
            debug_assert!(in_order(row), "a row of `{}` is out of order", E::default().as_str());
        };
        let mut rows = rows.into_iter().inspect(check).peekable();
        if rows.peek().is_none() {
            return Ok(false);
        }
        match self.tx {
            Tx::Postgres(_) => {
                self.parts.push(Part::of::<E>(change));
                let count = &mut self.rows;
                add_array(&mut self.arguments, rows.inspect(|_| *count += 1).bind_iter())?;
            }
            Tx::Sqlite(_) => {
                self.statements.extend(insertions(rows).map(|mut statement| {
                    if change != Change::Insert {
                        let (key, others) = text::key_and_others::<E>();
                        statement.on_conflict(OnConflict::columns(key).update_columns(others).to_owned());
                    }
                    statement
                }));
            }
        }
        Ok(true)
    }
}

/// Inserts rows of what is no batch.
pub(super) async fn insert_into<'r, E: EntityTrait, const N: usize>(
    connection: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = Row<'r, E, N>>,
) -> Result<(), StoreError> {
    for statement in insertions(rows) {
        connection.execute(&statement).await?;
    }
    Ok(())
}

/// Statements that insert rows into either database: several, where one would have too many parameters.
fn insertions<'a, E: EntityTrait, const N: usize>(
    rows: impl IntoIterator<Item = Row<'a, E, N>>,
) -> impl Iterator<Item = InsertStatement> {
    let mut rows = rows.into_iter().peekable();
    std::iter::from_fn(move || {
        let first = rows.peek()?;
        let mut statement = Query::insert();
        statement.into_table(E::default().table_ref()).columns(first.0.iter().map(|(column, _)| *column));
        for row in rows.by_ref().take(PARAMETERS_MAX / N) {
            statement.values_panic(row.0.into_iter().map(|(_, cell)| Expr::value(cell)));
        }
        Some(statement)
    })
}

/// Adds an array.
pub(super) fn add_array<'q, T>(arguments: &mut PgArguments, array: T) -> Result<(), StoreError>
where
    T: Encode<'q, Postgres> + Type<Postgres> + 'q,
{
    arguments.add(array).map_err(|error| StoreError::Database(DbErr::Type(error.to_string())))
}

fn by(places: Option<&Vec<Place>>) -> Found {
    if places.is_some() { Found::Place } else { Found::KeyForPlace }
}

fn names<E: EntityTrait>() -> impl Iterator<Item = &'static str> {
    E::Column::iter().map(|column| column.as_str())
}

#[cfg(test)]
pub(super) mod tests;

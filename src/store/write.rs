//! Writes rows of any table.
//!
//! PostgreSQL gets everything in one statement, in which the rows of a table are one array: its text depends on which tables
//! are written and not on how many rows, so it is prepared once in a stretch of time ([`plans`]), and a batch of any size
//! costs one way there and back. For SQLite, which is no way off, it is a statement of many rows a table.

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
    pub(super) fn new(tx: &'a Tx) -> Self {
        let (parts, statements) = (Vec::new(), Vec::new());
        Self { tx, parts, arguments: PgArguments::default(), rows: 0, statements }
    }

    /// Rows that are not there yet; one that is fails the batch.
    pub(super) fn insert<E: Table, const N: usize>(
        &mut self,
        rows: Vec<Row<'_, E, N>>,
    ) -> Result<(), StoreError> {
        self.add(Change::Insert, rows)
    }

    /// Rows that are there, by their primary keys: all other columns are replaced. Nobody else may change them meanwhile:
    /// they are locked, or they belong to what is [written as it was seen](Self::update_seen_at).
    pub(super) fn update<E: Table, const N: usize>(
        &mut self,
        rows: Vec<Row<'_, E, N>>,
    ) -> Result<(), StoreError> {
        self.add(Change::Update(Seen::Nothing, Found::Key), rows)
    }

    /// The same of counters, each with its version, what was taken and what was held as they were seen: where one is no longer
    /// so, the batch fails as raced, and nothing of it is done. SQLite's writer is alone.
    pub(super) fn update_seen_counts<const N: usize>(
        &mut self,
        rows: Vec<(Row<'_, counter::Entity, N>, [i64; 3])>,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let (rows, seen): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        self.add(Change::Update(Seen::Count, Found::Key), rows)?;
        for place in 0..3 {
            let numbers: Vec<i64> = seen.iter().map(|seen| seen[place]).collect();
            add_array(&mut self.arguments, numbers)?;
        }
        Ok(())
    }

    /// The same of rows with a version and the instant of their last change: found by the places that are given, by their keys
    /// where there are none. It tells where they are [then](Self::finish).
    pub(super) fn update_seen_at<E: Table, const N: usize>(
        &mut self,
        rows: Vec<(Row<'_, E, N>, (i64, Instant))>,
        places: Option<Vec<Place>>,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let (rows, seen): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        self.add(Change::Update(Seen::VersionAndTime, by(places.as_ref())), rows)?;
        let (versions, instants): (Vec<i64>, Vec<Instant>) = seen.into_iter().unzip();
        add_array(&mut self.arguments, versions)?;
        add_array(&mut self.arguments, instants)?;
        self.add_places(places)
    }

    /// The same of rows that belong to others which are written as they were seen.
    pub(super) fn update_placed<E: Table, const N: usize>(
        &mut self,
        rows: Vec<Row<'_, E, N>>,
        places: Option<Vec<Place>>,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.add(Change::Update(Seen::Nothing, by(places.as_ref())), rows)?;
        self.add_places(places)
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

    fn add<E: Table, const N: usize>(
        &mut self,
        change: Change,
        rows: Vec<Row<'_, E, N>>,
    ) -> Result<(), StoreError> {
        let in_order = |row: &Row<'_, E, N>| row.0.iter().map(|(column, _)| column.as_str()).eq(names::<E>());
        debug_assert!(rows.iter().all(in_order), "a row of `{}` is out of order", E::default().as_str());
        match self.tx {
            _ if rows.is_empty() => Ok(()),
            Tx::Postgres(_) => {
                self.parts.push(Part::of::<E>(change));
                self.rows += rows.len();
                add_array(&mut self.arguments, rows.into_iter().bind_iter())
            }
            Tx::Sqlite(_) => {
                self.statements.extend(insertions(rows).map(|mut statement| {
                    if change != Change::Insert {
                        let (key, others) = text::key_and_others::<E>();
                        statement.on_conflict(OnConflict::columns(key).update_columns(others).to_owned());
                    }
                    statement
                }));
                Ok(())
            }
        }
    }
}

/// Inserts rows of what is no batch.
pub(super) async fn insert_into<E: EntityTrait, const N: usize>(
    connection: &impl ConnectionTrait,
    rows: Vec<Row<'_, E, N>>,
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
mod tests;

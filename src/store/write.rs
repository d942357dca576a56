//! Writes rows of any table.
//!
//! PostgreSQL gets everything in one statement, in which each column is one array: its text depends on which tables are
//! written and not on how many rows, so it is prepared once in a stretch of time ([`plans`]), and a batch of any size costs one
//! way there and back. For SQLite, which is no way off, it is a statement of many rows a table.

mod arrays;
mod text;

use sea_orm::{EntityTrait, Iterable as _, sea_query::OnConflict, sqlx::postgres::PgArguments};

pub(super) use self::arrays::add as add_array;
use self::text::{Change, Part, Seen};
use super::{StoreError, plans, tx::Tx};
use crate::clock::Instant;

/// Parameters of one statement of SQLite, which takes 32,766.
const PARAMETERS_MAX: usize = 32_000;

/// What is to be written, table by table.
pub(super) struct Writes<'a> {
    tx: &'a Tx,
    /// PostgreSQL: the tables' parts of the statement, and the arrays of all of them.
    parts: Vec<Part>,
    arguments: PgArguments,
}

impl<'a> Writes<'a> {
    pub(super) fn new(tx: &'a Tx) -> Self {
        Self { tx, parts: Vec::new(), arguments: PgArguments::default() }
    }

    /// Rows that are not there yet; one that is fails the batch.
    pub(super) async fn insert<E>(&mut self, rows: Vec<E::ActiveModel>) -> Result<(), StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: Send,
    {
        match self.tx {
            _ if rows.is_empty() => Ok(()),
            Tx::Postgres(_) => self.take::<E>(Change::Insert, rows),
            Tx::Sqlite(_) => many::<E>(self.tx, rows, None).await,
        }
    }

    /// Rows that are there, by their primary keys: all other columns are replaced. Nobody else may change them meanwhile:
    /// they are locked, or they belong to what is [written as it was seen](Self::update_seen).
    pub(super) async fn update<E>(&mut self, rows: Vec<E::ActiveModel>) -> Result<(), StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: Send,
    {
        match self.tx {
            _ if rows.is_empty() => Ok(()),
            Tx::Postgres(_) => self.take::<E>(Change::Update(Seen::Nothing), rows),
            Tx::Sqlite(_) => self.replace::<E>(rows).await,
        }
    }

    /// The same of rows with versions: where one is no longer as it was seen, the batch fails as raced, and nothing of it is
    /// done.
    pub(super) async fn update_seen<E>(&mut self, rows: Vec<(E::ActiveModel, i64)>) -> Result<(), StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: Send,
    {
        let (rows, versions): (Vec<_>, Vec<i64>) = rows.into_iter().unzip();
        match self.tx {
            _ if rows.is_empty() => Ok(()),
            Tx::Postgres(_) => {
                self.take::<E>(Change::Update(Seen::Version), rows)?;
                arrays::add(&mut self.arguments, versions)
            }
            // Its writer is alone.
            Tx::Sqlite(_) => self.replace::<E>(rows).await,
        }
    }

    /// The same of rows that also say when they were last changed.
    pub(super) async fn update_seen_at<E>(
        &mut self,
        rows: Vec<(E::ActiveModel, (i64, Instant))>,
    ) -> Result<(), StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: Send,
    {
        let (rows, seen): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        match self.tx {
            _ if rows.is_empty() => Ok(()),
            Tx::Postgres(_) => {
                self.take::<E>(Change::Update(Seen::VersionAndTime), rows)?;
                let (versions, instants): (Vec<i64>, Vec<Instant>) = seen.into_iter().unzip();
                arrays::add(&mut self.arguments, versions)?;
                arrays::add(&mut self.arguments, instants)
            }
            Tx::Sqlite(_) => self.replace::<E>(rows).await,
        }
    }

    /// Writes what has not been written yet.
    pub(super) async fn finish(self) -> Result<(), StoreError> {
        if let Tx::Postgres(lane) = self.tx
            && !self.parts.is_empty()
        {
            lane.execute_encoded(text::of(&self.parts, plans::epoch()), self.arguments).await?;
        }
        Ok(())
    }

    /// Turns rows into an array for each column.
    fn take<E: EntityTrait>(
        &mut self,
        change: Change,
        mut rows: Vec<E::ActiveModel>,
    ) -> Result<(), StoreError> {
        self.parts.push(Part::of::<E>(change));
        for column in text::written::<E>(change) {
            arrays::add_column::<E>(&mut self.arguments, &mut rows, column)?;
        }
        Ok(())
    }

    async fn replace<E>(&self, rows: Vec<E::ActiveModel>) -> Result<(), StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: Send,
    {
        let (key, others) = text::key_and_others::<E>();
        let replace = OnConflict::columns(key).update_columns(others).to_owned();
        many::<E>(self.tx, rows, Some(replace)).await
    }
}

/// A statement of many rows; several, where one would have too many parameters.
async fn many<E>(
    tx: &Tx,
    mut rows: Vec<E::ActiveModel>,
    conflict: Option<OnConflict>,
) -> Result<(), StoreError>
where
    E: EntityTrait,
    E::ActiveModel: Send,
{
    let rows_max = PARAMETERS_MAX / E::Column::iter().count();
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(rows_max));
        let mut insert = E::insert_many(std::mem::replace(&mut rows, rest));
        if let Some(conflict) = &conflict {
            insert = insert.on_conflict(conflict.clone());
        }
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! Writes rows of any table.
//!
//! PostgreSQL gets everything in one statement, in which each column is one array: its text depends on which tables are
//! written and not on how many rows, so it is prepared once in a stretch of time ([`plans`]), and a batch of any size costs one way there and back. For
//! SQLite, which is no way off, it is a statement of many rows a table.

mod text;

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, DatabaseBackend, DatabaseTransaction,
    EntityTrait, Iterable as _, ModelTrait as _, Statement, Value, sea_query::OnConflict,
};

use self::text::{Change, Part};
use super::{StoreError, plans};

/// Parameters of one statement of SQLite, which takes 32,766.
const PARAMETERS_MAX: usize = 32_000;

/// What is to be written, table by table.
pub(super) struct Writes<'a> {
    tx: &'a DatabaseTransaction,
    /// PostgreSQL: the tables' parts of the statement, and the arrays of all of them.
    parts: Vec<Part>,
    arrays: Vec<Value>,
}

impl<'a> Writes<'a> {
    pub(super) fn new(tx: &'a DatabaseTransaction) -> Self {
        Self { tx, parts: Vec::new(), arrays: Vec::new() }
    }

    /// Rows that are not there yet; one that is fails the batch.
    pub(super) async fn insert<E>(&mut self, rows: Vec<E::ActiveModel>) -> Result<(), StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: Send,
    {
        match self.tx.get_database_backend() {
            _ if rows.is_empty() => {}
            DatabaseBackend::Postgres => {
                self.parts.push(Part::of::<E>(Change::Insert));
                self.take::<E>(rows);
            }
            _ => many::<E>(self.tx, rows, None).await?,
        }
        Ok(())
    }

    /// Rows that are there, and locked: by their primary keys, all other columns are replaced.
    pub(super) async fn update<E>(&mut self, rows: Vec<E::ActiveModel>) -> Result<(), StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: Send,
    {
        match self.tx.get_database_backend() {
            _ if rows.is_empty() => {}
            DatabaseBackend::Postgres => {
                self.parts.push(Part::of::<E>(Change::Update));
                self.take::<E>(rows);
            }
            _ => {
                let (key, others) = text::key_and_others::<E>();
                let replace = OnConflict::columns(key).update_columns(others).to_owned();
                many::<E>(self.tx, rows, Some(replace)).await?;
            }
        }
        Ok(())
    }

    /// Writes what has not been written yet.
    pub(super) async fn finish(self) -> Result<(), StoreError> {
        if !self.parts.is_empty() {
            let all = text::of(&self.parts, plans::epoch());
            let backend = self.tx.get_database_backend();
            self.tx.execute_raw(Statement::from_sql_and_values(backend, &*all, self.arrays)).await?;
        }
        Ok(())
    }

    /// Turns rows into an array for each column. An array of these has no NULLs: a column that may have some is preceded
    /// by an array that says where.
    fn take<E: EntityTrait>(&mut self, mut rows: Vec<E::ActiveModel>) {
        for column in E::Column::iter() {
            let value =
                |row: &mut E::ActiveModel| row.take(column).into_value().expect("rows name every column");
            let mut values: Vec<Value> = rows.iter_mut().map(value).collect();
            if column.def().is_null() {
                let missing: Vec<bool> = values.iter().map(|value| *value == value.as_null()).collect();
                for (value, _) in values.iter_mut().zip(&missing).filter(|(_, missing)| **missing) {
                    *value = value.dummy_value();
                }
                self.arrays.push(missing.into());
            }
            self.arrays.push(Value::Array(E::Model::get_value_type(column), Some(Box::new(values))));
        }
    }
}

/// A statement of many rows; several, where one would have too many parameters.
async fn many<E>(
    tx: &DatabaseTransaction,
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

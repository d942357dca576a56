//! Writes rows of any table.
//!
//! PostgreSQL gets everything in one statement, in which each column is one array: its text depends on which tables are
//! written and not on how many rows, so it is prepared once, and a batch of any size costs one way there and back. For
//! SQLite, which is no way off, it is a statement of many rows a table.

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, DatabaseBackend, DatabaseTransaction,
    EntityTrait, IdenStatic as _, Iterable as _, ModelTrait as _, PrimaryKeyToColumn as _, Statement, Value,
    sea_query::OnConflict,
};

use super::StoreError;

/// Parameters of one statement of SQLite, which takes 32,766.
const PARAMETERS_MAX: usize = 32_000;

/// What is to be written, table by table.
pub(super) struct Writes<'a> {
    tx: &'a DatabaseTransaction,
    /// PostgreSQL: a statement for each table, and the arrays of all of them.
    statements: Vec<String>,
    arrays: Vec<Value>,
}

impl<'a> Writes<'a> {
    pub(super) fn new(tx: &'a DatabaseTransaction) -> Self {
        Self { tx, statements: Vec::new(), arrays: Vec::new() }
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
                let (table, columns) = (E::default().table_name(), listed::<E>(|name| format!("{name:?}")));
                let rows = self.unnest::<E>(rows);
                self.statements
                    .push(format!("INSERT INTO {table:?} ({columns}) SELECT {columns} FROM {rows}"));
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
        let (key, others): (Vec<_>, Vec<_>) =
            E::Column::iter().partition(|column| E::PrimaryKey::from_column(*column).is_some());
        match self.tx.get_database_backend() {
            _ if rows.is_empty() => {}
            DatabaseBackend::Postgres => {
                let table = E::default().table_name();
                let set = joined(", ", &others, |name| format!("{name:?} = new.{name:?}"));
                let found = joined(" AND ", &key, |name| format!("{table:?}.{name:?} = new.{name:?}"));
                let rows = self.unnest::<E>(rows);
                self.statements.push(format!("UPDATE {table:?} SET {set} FROM {rows} WHERE {found}"));
            }
            _ => {
                let replace = OnConflict::columns(key).update_columns(others).to_owned();
                many::<E>(self.tx, rows, Some(replace)).await?;
            }
        }
        Ok(())
    }

    /// Writes what has not been written yet.
    pub(super) async fn finish(self) -> Result<(), StoreError> {
        let Some((last, others)) = self.statements.split_last() else { return Ok(()) };
        let with: Vec<String> =
            others.iter().enumerate().map(|(i, statement)| format!("part_{i} AS ({statement})")).collect();
        let with = if with.is_empty() { String::new() } else { format!("WITH {} ", with.join(", ")) };
        let backend = self.tx.get_database_backend();
        let all = Statement::from_sql_and_values(backend, format!("{with}{last}"), self.arrays);
        self.tx.execute_raw(all).await?;
        Ok(())
    }

    /// The rows as a table expression named `new`. An array has no NULLs on its way: a column that may have some is
    /// accompanied by an array that says where.
    fn unnest<E: EntityTrait>(&mut self, mut rows: Vec<E::ActiveModel>) -> String {
        let (mut arrays, mut columns) = (Vec::new(), Vec::new());
        for column in E::Column::iter() {
            let name = column.as_str();
            let value =
                |row: &mut E::ActiveModel| row.take(column).into_value().expect("rows name every column");
            let mut values: Vec<Value> = rows.iter_mut().map(value).collect();
            if column.def().is_null() {
                let missing: Vec<bool> = values.iter().map(|value| *value == value.as_null()).collect();
                for value in values.iter_mut().filter(|value| **value == value.as_null()) {
                    *value = value.dummy_value();
                }
                arrays.push(format!("unnest({}) AS \"no_{name}\"", self.parameter(missing.into())));
                columns.push(format!("CASE WHEN NOT \"no_{name}\" THEN {name:?} END AS {name:?}"));
            } else {
                columns.push(format!("{name:?}"));
            }
            let array = Value::Array(E::Model::get_value_type(column), Some(Box::new(values)));
            arrays.push(format!("unnest({}) AS {name:?}", self.parameter(array)));
        }
        format!("(SELECT {} FROM (SELECT {}) AS arrays) AS new", columns.join(", "), arrays.join(", "))
    }

    /// Takes a parameter and answers its place.
    fn parameter(&mut self, array: Value) -> String {
        self.arrays.push(array);
        format!("${}", self.arrays.len())
    }
}

fn listed<E: EntityTrait>(item: impl Fn(&str) -> String) -> String {
    joined(", ", &E::Column::iter().collect::<Vec<_>>(), item)
}

fn joined(separator: &str, columns: &[impl sea_orm::ColumnTrait], item: impl Fn(&str) -> String) -> String {
    columns.iter().map(|column| item(column.as_str())).collect::<Vec<_>>().join(separator)
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

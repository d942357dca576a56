//! The texts of the statements that write to PostgreSQL.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use sea_orm::{ColumnTrait, EntityTrait, IdenStatic as _, Iterable as _, PrimaryKeyToColumn as _};

/// What is done to the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Change {
    Insert,
    Update,
}

/// A table's part of a statement.
pub(super) struct Part {
    pub change: Change,
    pub table: &'static str,
    columns: fn() -> Vec<Column>,
}

struct Column {
    name: &'static str,
    nullable: bool,
    key: bool,
}

/// Texts by what they change.
type Texts = HashMap<Vec<(Change, &'static str)>, Arc<str>>;

/// Those that were made before: few, because a batch changes one of few sets of tables.
static MADE: LazyLock<RwLock<Texts>> = LazyLock::new(RwLock::default);

/// The statement of all parts, each with the places of its arrays; another one in another stretch of time ([`plans`]).
///
/// [`plans`]: crate::store::plans
pub(super) fn of(parts: &[Part], epoch: u64) -> String {
    format!("/* planned in {epoch} */ {}", whole(parts))
}

fn whole(parts: &[Part]) -> Arc<str> {
    let changes: Vec<_> = parts.iter().map(|part| (part.change, part.table)).collect();
    if let Some(made) = MADE.read().unwrap_or_else(PoisonError::into_inner).get(&changes) {
        return made.clone();
    }
    let mut place = 0;
    let mut with = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        with.push(format!("part_{i} AS ({})", part.text(&mut place)));
    }
    let text: Arc<str> = format!("WITH {} SELECT", with.join(", ")).into();
    MADE.write().unwrap_or_else(PoisonError::into_inner).insert(changes, text.clone());
    text
}

/// The columns of the primary key, and the others.
pub(super) fn key_and_others<E: EntityTrait>() -> (Vec<E::Column>, Vec<E::Column>) {
    E::Column::iter().partition(|column| E::PrimaryKey::from_column(*column).is_some())
}

impl Part {
    pub(super) fn of<E: EntityTrait>(change: Change) -> Self {
        Self { change, table: E::default().table_name(), columns: columns::<E> }
    }

    fn text(&self, place: &mut usize) -> String {
        let (table, columns) = (self.table, (self.columns)());
        let rows = unnest(&columns, place);
        match self.change {
            Change::Insert => {
                let names = joined(", ", &columns, |name| format!("{name:?}"));
                format!("INSERT INTO {table:?} ({names}) SELECT {names} FROM {rows}")
            }
            Change::Update => {
                let (key, others): (Vec<Column>, Vec<Column>) =
                    columns.into_iter().partition(|column| column.key);
                let set = joined(", ", &others, |name| format!("{name:?} = new.{name:?}"));
                let found = joined(" AND ", &key, |name| format!("{table:?}.{name:?} = new.{name:?}"));
                format!("UPDATE {table:?} SET {set} FROM {rows} WHERE {found}")
            }
        }
    }
}

fn columns<E: EntityTrait>() -> Vec<Column> {
    let column = |column: E::Column| Column {
        name: column.as_str(),
        nullable: column.def().is_null(),
        key: E::PrimaryKey::from_column(column).is_some(),
    };
    E::Column::iter().map(column).collect()
}

/// The rows of a table out of their arrays. One that says where a column is NULL comes before the column's.
fn unnest(columns: &[Column], place: &mut usize) -> String {
    let mut next = || {
        *place += 1;
        *place
    };
    let (mut arrays, mut values) = (Vec::new(), Vec::new());
    for Column { name, nullable, .. } in columns {
        if *nullable {
            arrays.push(format!("unnest(${}) AS \"no_{name}\"", next()));
            values.push(format!("CASE WHEN NOT \"no_{name}\" THEN {name:?} END AS {name:?}"));
        } else {
            values.push(format!("{name:?}"));
        }
        arrays.push(format!("unnest(${}) AS {name:?}", next()));
    }
    format!("(SELECT {} FROM (SELECT {}) AS arrays) AS new", values.join(", "), arrays.join(", "))
}

fn joined(separator: &str, columns: &[Column], item: impl Fn(&str) -> String) -> String {
    columns.iter().map(|column| item(column.name)).collect::<Vec<_>>().join(separator)
}

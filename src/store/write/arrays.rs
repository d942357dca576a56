//! Columns of rows as arrays, in the driver's own form: no value is copied on the way.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait as _, DbErr, EntityTrait, IdenStatic as _, Value,
    sqlx::{Arguments as _, Encode, Postgres, Type, postgres::PgArguments},
};
use uuid::Uuid;

use crate::store::StoreError;

/// The values of one column, which all rows name.
enum Array {
    Flags(Vec<Option<bool>>),
    Small(Vec<Option<i32>>),
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Ids(Vec<Option<Uuid>>),
    Instants(Vec<Option<DateTime<Utc>>>),
}

/// Adds the array of a column, taking its values out of the rows.
pub(super) fn add_column<E: EntityTrait>(
    arguments: &mut PgArguments,
    rows: &mut [E::ActiveModel],
    column: E::Column,
) -> Result<(), StoreError> {
    let mut values =
        rows.iter_mut().map(|row| row.take(column).into_value().expect("rows name every column"));
    let first = values.next().expect("there are rows");
    let array = Array::of(first, values).ok_or_else(|| {
        let reason = format!("`{}` has values of a type that is not written", column.as_str());
        StoreError::Database(DbErr::Type(reason))
    })?;
    match array {
        Array::Flags(flags) => add(arguments, flags),
        Array::Small(numbers) => add(arguments, numbers),
        Array::Numbers(numbers) => add(arguments, numbers),
        Array::Texts(texts) => add(arguments, texts),
        Array::Ids(ids) => add(arguments, ids),
        Array::Instants(instants) => add(arguments, instants),
    }
}

/// Adds an array.
pub(in crate::store) fn add<T>(arguments: &mut PgArguments, array: T) -> Result<(), StoreError>
where
    T: for<'q> Encode<'q, Postgres> + Type<Postgres>,
{
    arguments.add(array).map_err(|error| StoreError::Database(DbErr::Type(error.to_string())))
}

impl Array {
    /// Values of one type. None where they are of several, or of one that no table has.
    fn of(first: Value, others: impl Iterator<Item = Value>) -> Option<Self> {
        macro_rules! all {
            ($kind:ident, $first:expr) => {{
                let other = |value| if let Value::$kind(value) = value { Some(value) } else { None };
                std::iter::once(Some($first)).chain(others.map(other)).collect::<Option<Vec<_>>>()
            }};
        }
        match first {
            Value::Bool(first) => all!(Bool, first).map(Self::Flags),
            Value::Int(first) => all!(Int, first).map(Self::Small),
            Value::BigInt(first) => all!(BigInt, first).map(Self::Numbers),
            Value::String(first) => all!(String, first).map(Self::Texts),
            Value::Uuid(first) => all!(Uuid, first).map(Self::Ids),
            Value::ChronoDateTimeUtc(first) => all!(ChronoDateTimeUtc, first).map(Self::Instants),
            _ => None,
        }
    }
}

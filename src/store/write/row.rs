//! Rows on their way: values of columns, and how PostgreSQL takes many rows as one array.

use std::{borrow::Cow, sync::LazyLock};

use sea_orm::{
    ColumnTrait as _, ColumnType, EntityTrait, Iterable as _, Value,
    sqlx::{
        Encode, Postgres, Type,
        encode::IsNull,
        error::BoxDynError,
        postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo},
    },
};
use uuid::Uuid;

use crate::clock::Instant;

/// PostgreSQL's numbers of its own types, which are the same everywhere.
const BOOL: u32 = 16;
const INT4: u32 = 23;
const INT8: u32 = 20;
const TEXT: u32 = 25;
const TIMESTAMPTZ: u32 = 1184;
const UUID: u32 = 2950;
const VARCHAR: u32 = 1043;

/// PostgreSQL counts microseconds from the beginning of 2000.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// The value of one column; NULL where there is none.
#[derive(Clone, Debug)]
pub(in crate::store) enum Cell<'a> {
    Flag(Option<bool>),
    Small(Option<i32>),
    Number(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Id(Option<Uuid>),
    At(Option<Instant>),
}

/// A row: all columns of its table, in their order, each with its value.
#[derive(Clone, Debug)]
pub(in crate::store) struct Row<'a, E: EntityTrait, const N: usize>(pub [(E::Column, Cell<'a>); N]);

/// A table that is written to in batches.
pub(in crate::store) trait Table: EntityTrait {
    /// PostgreSQL's type of its rows: a migration makes it, with all columns in their order and of the table's types. Rows of
    /// such a type go into the table as they are.
    const ROW: &'static str;

    /// The types of those columns: [once found](types_of), always the same.
    fn types() -> &'static [u32];
}

/// PostgreSQL's numbers of the types of a table's columns.
pub(in crate::store) fn types_of<E: EntityTrait>() -> Vec<u32> {
    let number = |column: E::Column| match column.def().get_column_type() {
        ColumnType::Boolean => BOOL,
        ColumnType::Integer => INT4,
        ColumnType::BigInteger => INT8,
        ColumnType::Text => TEXT,
        ColumnType::String(_) => VARCHAR,
        ColumnType::TimestampWithTimeZone => TIMESTAMPTZ,
        ColumnType::Uuid => UUID,
        other => unreachable!("no table that batches write has a column of {other:?}"),
    };
    E::Column::iter().map(number).collect()
}

macro_rules! tables {
    ($($table:ident: $row:literal,)*) => {
        $(impl Table for entities::$table::Entity {
            const ROW: &'static str = $row;

            fn types() -> &'static [u32] {
                static TYPES: LazyLock<Vec<u32>> = LazyLock::new(types_of::<entities::$table::Entity>);
                &TYPES
            }
        })*

        /// The types of rows, with their tables and the columns that they must have, each with its type.
        #[cfg(test)]
        pub(in crate::store) fn row_types() -> Vec<(&'static str, &'static str, Vec<(&'static str, u32)>)> {
            use sea_orm::{EntityName as _, IdenStatic as _};
            vec![$((
                $row,
                entities::$table::Entity.table_name(),
                entities::$table::Column::iter()
                    .map(|column| column.as_str())
                    .zip(entities::$table::Entity::types().iter().copied())
                    .collect(),
            ),)*]
        }
    };
}

tables! {
    allocation: "allocations_row_2",
    audit_pending: "audit_pending_row_2",
    counter: "counters_row_2",
    counter_lease: "counter_leases_row_2",
    entry: "entries_row_2",
    hold: "holds_row_2",
    idempotency_key: "idempotency_keys_row_2",
    lot: "lots_row_2",
    member: "members_row_2",
    merge: "merges_row_2",
    outbox_batch: "outbox_batches_row_2",
    purchase: "purchases_row_2",
    purchase_return: "purchase_returns_row_2",
    redemption: "redemptions_row_2",
    standing: "standings_row_2",
    wallet: "wallets_row_2",
}

macro_rules! cells {
    ($($kind:ident: $value:ty,)*) => {
        $(impl From<$value> for Cell<'_> {
            fn from(value: $value) -> Self {
                Self::$kind(Some(value))
            }
        }

        impl From<Option<$value>> for Cell<'_> {
            fn from(value: Option<$value>) -> Self {
                Self::$kind(value)
            }
        })*
    };
}

cells! {
    Flag: bool,
    Small: i32,
    Number: i64,
    Id: Uuid,
    At: Instant,
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<Option<String>> for Cell<'_> {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(Into::into))
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl<'a> From<&'a Option<String>> for Cell<'a> {
    fn from(text: &'a Option<String>) -> Self {
        Self::Text(text.as_deref().map(Into::into))
    }
}

impl From<Cell<'_>> for Value {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Flag(flag) => Self::Bool(flag),
            Cell::Small(number) => Self::Int(number),
            Cell::Number(number) => Self::BigInt(number),
            Cell::Text(text) => Self::String(text.map(Cow::into_owned)),
            Cell::Id(id) => Self::Uuid(id),
            Cell::At(at) => Self::ChronoDateTimeUtc(at),
        }
    }
}

impl Cell<'_> {
    /// As a field of a row: the type of its column, its length (-1 for NULL), and its bytes.
    fn encode(&self, buffer: &mut PgArgumentBuffer, of: u32) -> Result<(), BoxDynError> {
        debug_assert!(self.fits(of), "{self:?} is written into a column of the type {of}");
        match self {
            Self::Flag(flag) => field(buffer, of, flag.map(|flag| [u8::from(flag)])),
            Self::Small(number) => field(buffer, of, number.map(i32::to_be_bytes)),
            Self::Number(number) => field(buffer, of, number.map(i64::to_be_bytes)),
            Self::Text(text) => field(buffer, of, text.as_deref().map(str::as_bytes)),
            Self::Id(id) => field(buffer, of, id.map(Uuid::into_bytes)),
            Self::At(at) => {
                let micros = at.map(|at| at.timestamp_micros() - POSTGRES_EPOCH_MICROS);
                field(buffer, of, micros.map(i64::to_be_bytes))
            }
        }
    }

    /// Whether it is what such a column holds: PostgreSQL is told the column's type, and takes the bytes for that.
    fn fits(&self, of: u32) -> bool {
        match self {
            Self::Flag(_) => of == BOOL,
            Self::Small(_) => of == INT4,
            Self::Number(_) => of == INT8,
            Self::Text(_) => of == TEXT || of == VARCHAR,
            Self::Id(_) => of == UUID,
            Self::At(_) => of == TIMESTAMPTZ,
        }
    }
}

fn field(
    buffer: &mut PgArgumentBuffer,
    type_number: u32,
    bytes: Option<impl AsRef<[u8]>>,
) -> Result<(), BoxDynError> {
    buffer.extend_from_slice(&type_number.to_be_bytes());
    let Some(bytes) = bytes else {
        buffer.extend_from_slice(&(-1_i32).to_be_bytes());
        return Ok(());
    };
    let bytes = bytes.as_ref();
    buffer.extend_from_slice(&i32::try_from(bytes.len())?.to_be_bytes());
    buffer.extend_from_slice(bytes);
    Ok(())
}

impl<E: Table, const N: usize> Encode<'_, Postgres> for Row<'_, E, N> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&i32::try_from(N)?.to_be_bytes());
        self.0.iter().zip(E::types()).try_for_each(|((_, cell), of)| cell.encode(buffer, *of))?;
        Ok(IsNull::No)
    }
}

impl<E: Table, const N: usize> Type<Postgres> for Row<'_, E, N> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name(E::ROW)
    }
}

impl<E: Table, const N: usize> PgHasArrayType for Row<'_, E, N> {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::array_of(E::ROW)
    }
}

//! The texts of the statements that write to PostgreSQL.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use hashbrown::HashMap;

use super::names;
use sea_orm::{EntityTrait, IdenStatic as _, Iterable as _, PrimaryKeyToColumn as _};

/// What is done to the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Change {
    Insert,
    Update(Seen, Found),
}

/// By what an update finds rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Found {
    Key,
    /// And tells where they are then.
    KeyForPlace,
    /// And tells it again: they have moved.
    Place,
}

/// By what an update knows that a row is as it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Seen {
    Nothing,
    /// A counter: its version, and what is gone of it.
    Count,
    VersionAndTime,
}

impl Seen {
    /// The columns that must be as they were, and what they are called as they were seen.
    fn columns(self) -> &'static [(&'static str, &'static str)] {
        const VERSION: (&str, &str) = ("version", "version_seen");
        match self {
            Self::Nothing => &[],
            Self::Count => &[VERSION, ("taken", "taken_seen"), ("held", "held_seen")],
            Self::VersionAndTime => &[VERSION, ("updated_at", "updated_at_seen")],
        }
    }
}

/// A table's part of a statement.
pub(super) struct Part {
    change: Change,
    table: &'static str,
    /// All of them, and those of the primary key.
    columns: fn() -> (Vec<&'static str>, Vec<&'static str>),
}

/// Columns that never change: an update leaves them as they are.
const FIXED: [(&str, &[&str]); 1] = [("members", &["program_id", "customer_id", "channel", "store_id"])];

/// Texts by what they change, of one stretch of time.
#[derive(Default)]
struct Made {
    epoch: u64,
    texts: HashMap<Vec<(Change, &'static str)>, Arc<str>>,
}

/// Those that were made before: few, because a batch changes one of few sets of tables, and finds members and wallets by their
/// keys or by their places.
static MADE: Mutex<Option<Made>> = Mutex::new(None);

/// The statement of all parts, each with the places of its arrays; another one in another stretch of time ([`plans`]).
///
/// [`plans`]: crate::store::plans
pub(super) fn of(parts: &[Part], epoch: u64) -> Arc<str> {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let made = made.get_or_insert_default();
    if made.epoch != epoch {
        *made = Made { epoch, ..Made::default() };
    }
    let changes = parts.iter().map(|part| (part.change, part.table)).collect();
    made.texts.entry(changes).or_insert_with(|| whole(parts, epoch).into()).clone()
}

fn whole(parts: &[Part], epoch: u64) -> String {
    let (mut place, mut with, mut checks, mut places) = (0, Vec::new(), Vec::new(), String::new());
    for (i, part) in parts.iter().enumerate() {
        with.push(format!("part_{i} AS ({})", part.text(&mut place)));
        if part.change.is_checked() {
            // Each array has as many, and as many rows must have been found.
            checks.push(format!("(SELECT count(*) FROM part_{i}) = cardinality(${place})"));
        }
        if part.change.tells_places() {
            write!(places, ", (SELECT array_agg(place ORDER BY nth) FROM part_{i})")
                .expect("writing to a string cannot fail");
        }
    }
    let mut text = format!("/* planned in {epoch} */ WITH {} SELECT", with.join(", "));
    if !checks.is_empty() {
        write!(text, " CASE WHEN {} THEN 0 ELSE loyalty_raced() END{places}", checks.join(" AND "))
            .expect("writing to a string cannot fail");
    }
    text
}

impl Change {
    /// Whether rows that are not found are others' doing.
    fn is_checked(self) -> bool {
        matches!(self, Self::Update(seen, _) if seen != Seen::Nothing) || self.tells_places()
    }

    fn tells_places(self) -> bool {
        matches!(self, Self::Update(_, Found::KeyForPlace | Found::Place))
    }
}

/// The columns of the primary key, and the others.
pub(super) fn key_and_others<E: EntityTrait>() -> (Vec<E::Column>, Vec<E::Column>) {
    E::Column::iter().partition(|column| is_key::<E>(*column))
}

fn is_key<E: EntityTrait>(column: E::Column) -> bool {
    E::PrimaryKey::from_column(column).is_some()
}

impl Part {
    pub(super) fn tells_places(&self) -> bool {
        self.change.tells_places()
    }

    pub(super) fn of<E: EntityTrait>(change: Change) -> Self {
        let columns = || {
            let key = E::Column::iter().filter(|column| is_key::<E>(*column));
            (names::<E>().collect(), key.map(|column| column.as_str()).collect())
        };
        Self { change, table: E::default().table_name(), columns }
    }

    fn text(&self, place: &mut usize) -> String {
        let table = self.table;
        let (mut columns, key) = (self.columns)();
        match self.change {
            Change::Insert => {
                let names = joined(", ", &columns, |name| format!("{name:?}"));
                format!("INSERT INTO {table:?} ({names}) SELECT * FROM unnest({})", next(place))
            }
            Change::Update(seen, by) => {
                let fixed = FIXED.iter().filter(|(of, _)| *of == table).flat_map(|(_, names)| *names);
                let kept: Vec<&str> = fixed.copied().chain(key.iter().copied()).collect();
                let others: Vec<&str> = columns.iter().copied().filter(|name| !kept.contains(name)).collect();
                let set = joined(", ", &others, |name| format!("{name:?} = new.{name:?}"));
                let mut found = joined(" AND ", &key, |name| format!("{table:?}.{name:?} = new.{name:?}"));
                let mut arrays = next(place);
                let mut add_array = |name: &'static str| {
                    columns.push(name);
                    write!(arrays, ", {}", next(place)).expect("writing to a string cannot fail");
                };
                for (column, as_seen) in seen.columns() {
                    add_array(as_seen);
                    write!(found, " AND {table:?}.{column:?} = new.{as_seen:?}")
                        .expect("writing to a string cannot fail");
                }
                if by == Found::Place {
                    add_array("place");
                    write!(found, " AND {table:?}.ctid = new.place")
                        .expect("writing to a string cannot fail");
                }
                let (numbered, returning) = match self.change {
                    change if change.tells_places() => {
                        columns.push("nth");
                        (" WITH ORDINALITY", format!(" RETURNING {table:?}.ctid AS place, new.nth"))
                    }
                    change if change.is_checked() => ("", " RETURNING 1".to_owned()),
                    _ => ("", String::new()),
                };
                let names = joined(", ", &columns, |name| format!("{name:?}"));
                format!(
                    "UPDATE {table:?} SET {set} FROM unnest({arrays}){numbered} AS new({names}) WHERE {found}{returning}"
                )
            }
        }
    }
}

/// The place of the next array.
fn next(place: &mut usize) -> String {
    *place += 1;
    format!("${place}")
}

fn joined(separator: &str, columns: &[&str], item: impl Fn(&str) -> String) -> String {
    columns.iter().map(|name| item(name)).collect::<Vec<_>>().join(separator)
}

//! Every type of column there and back, with and without NULLs.

use std::sync::LazyLock;

use chrono::TimeZone as _;
use migration::{Migrator, MigratorTrait as _};
use pretty_assertions::assert_eq;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, EntityTrait as _,
    QueryOrder as _, QueryResult, Schema, Statement, TransactionTrait as _,
    prelude::Uuid,
    sqlx::{Row as _, postgres::PgArguments},
};

use super::{Row, Table, Writes, row::types_of, row_types};
use crate::store::{Recall, lane::Lanes, place::Place, tx::Tx};

mod everything {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "everything")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub text: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub small: i32,
        pub flag: bool,
        pub id: Uuid,
        pub at: DateTimeUtc,
        #[sea_orm(column_type = "Text")]
        pub document: String,
        pub maybe_text: Option<String>,
        pub maybe_number: Option<i64>,
        pub maybe_small: Option<i32>,
        pub maybe_flag: Option<bool>,
        pub maybe_id: Option<Uuid>,
        pub maybe_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use everything::{Column, Entity as Everything, Model};

impl Table for Everything {
    const ROW: &'static str = "everything_row";

    fn types() -> &'static [u32] {
        static TYPES: LazyLock<Vec<u32>> = LazyLock::new(types_of::<Everything>);
        &TYPES
    }
}

const ROW: &str = "CREATE TYPE pg_temp.everything_row AS (text varchar, number int8, small int4, flag bool, id uuid, \
    at timestamptz, document text, maybe_text varchar, maybe_number int8, maybe_small int4, maybe_flag bool, \
    maybe_id uuid, maybe_at timestamptz)";

fn to_row(model: &Model) -> Row<'_, Everything, 13> {
    Row([
        (Column::Text, (&model.text).into()),
        (Column::Number, model.number.into()),
        (Column::Small, model.small.into()),
        (Column::Flag, model.flag.into()),
        (Column::Id, model.id.into()),
        (Column::At, model.at.into()),
        (Column::Document, model.document.clone().into()),
        (Column::MaybeText, (&model.maybe_text).into()),
        (Column::MaybeNumber, model.maybe_number.into()),
        (Column::MaybeSmall, model.maybe_small.into()),
        (Column::MaybeFlag, model.maybe_flag.into()),
        (Column::MaybeId, model.maybe_id.into()),
        (Column::MaybeAt, model.maybe_at.into()),
    ])
}

/// What is there of the optional ones is what could be taken for nothing: an empty text, zero, false.
fn model(number: i64, there: bool) -> Model {
    let id = Uuid::from_u128(u128::from(number.unsigned_abs()));
    let at = chrono::Utc.timestamp_micros(number * 1_000_003).single().expect("a moment");
    Model {
        text: format!("{{\"quoted\", 'ü', \\, NULL}} {number}"),
        number,
        small: i32::MIN,
        flag: number % 2 == 0,
        id,
        at,
        document: "{\"key\": [null, \"\\u00fc\"]}".into(),
        maybe_text: there.then(String::new),
        maybe_number: there.then_some(0),
        maybe_small: there.then_some(i32::MAX),
        maybe_flag: there.then_some(false),
        maybe_id: there.then_some(id),
        maybe_at: there.then_some(at),
    }
}

async fn begin(url: &str) -> Tx {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).idle_timeout(None).max_lifetime(None);
    let database = Database::connect(options).await.expect("a database");
    let tx = match Lanes::of(&database, 1, Recall::new(0)) {
        Some(lanes) => Tx::Postgres(lanes.take().await.unwrap().begin().await.unwrap()),
        None => Tx::Sqlite(database.begin().await.expect("a transaction")),
    };
    let mut table = Schema::new(tx.get_database_backend()).create_table_from_entity(Everything);
    tx.execute(table.temporary()).await.expect("a table of this connection's own");
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(ROW).await.expect("a type of this connection's own");
    }
    tx
}

/// A database of a test's own, with all tables, and its server.
pub(in crate::store) async fn migrated(name: &str) -> (String, DatabaseConnection) {
    let url = std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is not set: see `make test`");
    let server = Database::connect(&url).await.expect("the server");
    let name = format!("{name}_{}", std::process::id());
    server.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    let base = url.rsplit_once('/').expect("a database").0;
    let url = format!("{base}/{name}");
    let database = Database::connect(&url).await.expect("a database of its own");
    Migrator::up(&database, None).await.unwrap();
    database.close().await.unwrap();
    (url, server)
}

pub(in crate::store) fn name_of(url: &str) -> &str {
    url.rsplit_once('/').expect("a database").1
}

async fn there_and_back(url: &str) {
    let tx = begin(url).await;
    let rows = |there: fn(i64) -> bool| (-3..4).map(move |number| model(number, there(number)));
    let to_rows = |models: &'static [Model]| models.iter().map(to_row).collect::<Vec<_>>();
    let stored = async || Everything::find().order_by_asc(Column::Number).all(&tx).await.unwrap();

    let first: &[Model] = rows(|number| number % 2 == 0).collect::<Vec<_>>().leak();
    let mut writes = Writes::new(&tx, 1);
    writes.insert(to_rows(first)).unwrap();
    writes.finish().await.unwrap();
    assert_eq!(stored().await, first);

    // What is new and what is known of one table, in one go.
    let second: &[Model] = rows(|number| number % 2 != 0).chain([model(4, true)]).collect::<Vec<_>>().leak();
    let mut writes = Writes::new(&tx, 1);
    writes.insert(to_rows(&second[7..])).unwrap();
    writes.update(to_rows(&second[..7])).unwrap();
    writes.finish().await.unwrap();
    assert_eq!(stored().await, second);

    // One that is there is not written over.
    let mut writes = Writes::new(&tx, 1);
    writes.insert(to_rows(&first[..1])).unwrap();
    assert!(writes.finish().await.unwrap_err().is_conflict());
}

#[tokio::test]
async fn sqlite_keeps_every_type() {
    there_and_back("sqlite::memory:").await;
}

#[tokio::test]
async fn postgres_keeps_every_type() {
    let url = std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is not set: see `make test`");
    there_and_back(&url).await;
}

/// PostgreSQL: a row that is found by its place moves, and is told where to. One that is no longer there, or is another's place,
/// fails all.
#[tokio::test]
async fn postgres_finds_rows_by_their_places() {
    let (url, server) = migrated("places").await;
    let tx = begin(&url).await;
    let places = async || -> Vec<Place> {
        let Tx::Postgres(lane) = &tx else { unreachable!("it is PostgreSQL") };
        let text = "SELECT ctid FROM everything ORDER BY number".into();
        let rows = lane.rows(text, PgArguments::default()).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    let models: Vec<Model> = (0..3).map(|number| model(number, true)).collect();
    let write = async |models: &[Model], places: Option<Vec<Place>>| {
        let mut writes = Writes::new(&tx, 1);
        writes.update_placed(models.iter().map(to_row), places)?;
        writes.finish().await
    };
    let mut writes = Writes::new(&tx, 1);
    writes.insert(models.iter().map(to_row)).unwrap();
    assert!(writes.finish().await.unwrap().is_empty(), "nobody asked");

    let changed: Vec<Model> = models.iter().map(|row| Model { small: 7, ..row.clone() }).collect();
    // In another order than they lie in.
    let turned: Vec<Model> = changed.iter().rev().cloned().collect();
    let mut told = write(&turned, None).await.unwrap();
    let first = told.remove(0);
    assert_eq!(first.iter().rev().copied().collect::<Vec<_>>(), places().await);
    let told = write(&turned, Some(first.clone())).await.unwrap().remove(0);
    assert_ne!(told, first);
    assert_eq!(told.iter().rev().copied().collect::<Vec<_>>(), places().await);
    assert_eq!(Everything::find().order_by_asc(Column::Number).all(&tx).await.unwrap(), changed);

    let as_before: Vec<Model> = models.iter().rev().cloned().collect();
    let wrong = [
        (vec![told[0], told[1], first[2]], "no longer there"),
        (vec![told[1], told[0], told[2]], "another's place"),
        (vec![told[0], told[1], Place::default()], "nowhere"),
    ];
    for (places, why) in wrong {
        tx.execute_unprepared("SAVEPOINT before").await.unwrap();
        assert!(write(&as_before, Some(places)).await.unwrap_err().is_conflict(), "{why}");
        tx.execute_unprepared("ROLLBACK TO before").await.unwrap();
    }
    assert_eq!(Everything::find().order_by_asc(Column::Number).all(&tx).await.unwrap(), changed);
    write(&as_before, Some(told)).await.unwrap();
    assert_eq!(Everything::find().order_by_asc(Column::Number).all(&tx).await.unwrap(), models);
    tx.rollback().await.unwrap();
    server.execute_unprepared(&format!("DROP DATABASE {} WITH (FORCE)", name_of(&url))).await.unwrap();
}

/// Columns are told apart by their places only: two columns in the other order would be written into one another. And a row of
/// another type than its table's would be taken apart and put together anew.
#[tokio::test]
async fn postgres_types_of_rows_have_the_columns_of_their_tables() {
    let (url, server) = migrated("row_types").await;
    let database = Database::connect(&url).await.expect("a database of its own");
    for (row, table, columns) in row_types() {
        let columns_of = async |relation: &str| {
            let text = "SELECT attname::text, atttypid::bigint FROM pg_attribute \
                WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum";
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, text, [relation.into()]);
            let found = database.query_all_raw(statement).await.unwrap();
            let column = |row: &QueryResult| -> (String, i64) {
                (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())
            };
            found.iter().map(column).collect::<Vec<_>>()
        };
        let columns = columns.into_iter().map(|(name, of)| (name.to_owned(), i64::from(of)));
        let columns = columns.collect::<Vec<_>>();
        assert_eq!(columns_of(row).await, columns, "{row}");
        assert_eq!(columns_of(table).await, columns, "{table}");
        // Servers of the release before write these.
        let before = columns_of(&row.replace("_row_2", "_row_1")).await;
        let names =
            |columns: &[(String, i64)]| columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&before), names(&columns), "{row}");
    }
    database.close().await.unwrap();
    server.execute_unprepared(&format!("DROP DATABASE {}", name_of(&url))).await.unwrap();
}

//! Every type of column there and back, with and without NULLs.

use chrono::TimeZone as _;
use pretty_assertions::assert_eq;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, EntityTrait as _, IntoActiveModel as _, QueryOrder as _,
    Schema, TransactionTrait as _, prelude::Uuid,
};

use super::Writes;
use crate::store::{Recall, lane::Lanes, tx::Tx};

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

use everything::{Entity as Everything, Model};

/// What is there of the optional ones is also what stands in for NULL on the way: nothing, zero, false.
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
    tx
}

async fn there_and_back(url: &str) {
    let tx = begin(url).await;
    let rows = |there: fn(i64) -> bool| (-3..4).map(move |number| model(number, there(number)));
    let active = |rows: Vec<Model>| rows.into_iter().map(Model::into_active_model).map(reset).collect();
    let stored = async || Everything::find().order_by_asc(everything::Column::Number).all(&tx).await.unwrap();

    let first: Vec<Model> = rows(|number| number % 2 == 0).collect();
    let mut writes = Writes::new(&tx);
    writes.insert::<Everything>(active(first.clone())).await.unwrap();
    writes.finish().await.unwrap();
    assert_eq!(stored().await, first);

    // What is new and what is known of one table, in one go.
    let second: Vec<Model> = rows(|number| number % 2 != 0).chain([model(4, true)]).collect();
    let mut writes = Writes::new(&tx);
    writes.insert::<Everything>(active(second[7..].to_vec())).await.unwrap();
    writes.update::<Everything>(active(second[..7].to_vec())).await.unwrap();
    writes.finish().await.unwrap();
    assert_eq!(stored().await, second);

    // One that is there is not written over.
    let mut writes = Writes::new(&tx);
    let written = match writes.insert::<Everything>(active(first[..1].to_vec())).await {
        Ok(()) => writes.finish().await,
        failed => failed,
    };
    assert!(written.unwrap_err().is_conflict());
}

fn reset(row: everything::ActiveModel) -> everything::ActiveModel {
    use sea_orm::ActiveModelTrait as _;
    row.reset_all()
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

//! A database of the first release, brought forward with all that it holds, while servers of that release go on writing.
//!
//! `data/first-release.*` are what the first release itself made of 150 of the real orders, under the published classic
//! programme and one whose points wait for thirty days.

use std::{
    io::Read as _,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use flate2::read::GzDecoder;
use migration::MigratorTrait as _;
use pretty_assertions::assert_eq;
use sea_orm::{ConnectionTrait as _, Database as Sea};
use serde_json::json;

use crate::{
    journal::{RECORD, order, record},
    support::{
        Backend, Database, Server,
        server::{run, verify},
    },
};

const SQL: &[u8] = include_bytes!("data/first-release.sql.gz");
const FILE: &[u8] = include_bytes!("data/first-release.db.gz");
/// Migrations of the first release.
const FIRST_RELEASE: u32 = 10;
/// Writers of the first release that go on during the migration, and orders of each before it starts.
const WRITERS: usize = 4;
const ORDERS_BEFORE: usize = 25;

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut unpacked).unwrap();
    unpacked
}

/// An order of ten points as the first release wrote it, column by column.
fn order_of_first_release(customer: &str, order: &str) -> String {
    format!(
        "WITH m AS (
            UPDATE members SET version = version + 1, next_seq = next_seq + 1, updated_at = now()
            WHERE program_id = 'classic' AND customer_id = '{customer}' RETURNING id, next_seq - 1 AS seq),
        w AS (
            UPDATE wallets SET version = wallets.version + 1, available = available + 10, earned = earned + 10
            FROM m WHERE member_id = m.id RETURNING available),
        e AS (
            INSERT INTO entries (member_id, seq, currency, kind, debit, credit, amount, balance_after, deficit,
                occurred_at, recorded_at, activates_at, order_id, program_version)
            SELECT m.id, m.seq, 'POINTS', 'earn', 'issued', 'available', 10, w.available, 0, now(), now(), now(),
                '{order}', 1 FROM m, w),
        l AS (
            INSERT INTO lots (member_id, seq, currency, issued, remaining, expired, issued_at, activates_at, active)
            SELECT m.id, m.seq, 'POINTS', 10, 10, 0, now(), now(), true FROM m),
        p AS (
            INSERT INTO purchases (program_id, order_id, customer_id, member_id, placed_at, recorded_at, currency,
                lines, program_version, held_tier, awards, state, content_hash)
            SELECT 'classic', '{order}', '{customer}', m.id, now(), now(), 'GBP',
                '[{{\"id\":\"1\",\"sku\":\"A\",\"kind\":\"PRODUCT\",\"quantity\":1,\"unitPrice\":\"10\"}}]', 1,
                '{{\"multiplier\":\"1\"}}',
                '[{{\"currency\":\"POINTS\",\"lot\":' || m.seq
                    || ',\"earned\":10,\"activatesAt\":\"2026-01-01T00:00:00Z\"}}]',
                'RECORDED', 'none' FROM m),
        k AS (
            INSERT INTO idempotency_keys (program_id, key, content_hash, outcome, recorded_at)
            VALUES ('classic', 'service/{order}', 'none', '{{}}', now()))
        INSERT INTO outbox (id, program_id, customer_id, member_version, created_at)
        SELECT gen_random_uuid(), 'classic', '{customer}', 1, now() FROM m"
    )
}

/// Members of the fixture whose points none of their entries made negative.
const CUSTOMERS: &str = "SELECT string_agg(customer_id, ',') AS names FROM (SELECT customer_id FROM members m \
    JOIN wallets w ON w.member_id = m.id WHERE program_id = 'classic' AND deficit = 0 ORDER BY 1 LIMIT 12) c";

async fn customers(database: &Database) -> Vec<String> {
    let connection = Sea::connect(&database.url).await.unwrap();
    let statement = sea_orm::Statement::from_string(connection.get_database_backend(), CUSTOMERS);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get::<String>("", "names").unwrap().split(',').map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_release_is_brought_forward_while_its_servers_write() {
    let database = Database::empty(Backend::Postgres).await;
    let connection = Sea::connect(&database.url).await.unwrap();
    migration::Migrator::up(&connection, Some(FIRST_RELEASE)).await.unwrap();
    connection.execute_unprepared(&String::from_utf8(unpacked(SQL)).unwrap()).await.unwrap();
    let recorded = database.number("SELECT count(*) FROM purchases").await;

    let customers = customers(&database).await;
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (started, mut begun) = tokio::sync::mpsc::channel(WRITERS);
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let connection = Sea::connect(&database.url).await.unwrap();
        let (customers, stop, written) = (customers.clone(), stop.clone(), written.clone());
        let started = started.clone();
        writers.spawn(async move {
            for i in 0.. {
                if i == ORDERS_BEFORE {
                    started.send(()).await.unwrap();
                }
                if i >= ORDERS_BEFORE && stop.load(Ordering::Relaxed) {
                    return;
                }
                let customer = &customers[(writer + i) % customers.len()];
                let order = order_of_first_release(customer, &format!("w-{writer}-{i}"));
                connection.execute_unprepared(&order).await.unwrap();
                written.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    for _ in 0..WRITERS {
        begun.recv().await.unwrap();
    }
    let before = written.load(Ordering::Relaxed);
    let database = tokio::task::spawn_blocking(move || {
        assert!(run(&database, &["migrate"]).status.success());
        // A new server beside those of the first release.
        let server = Server::start(&database);
        (database, server)
    });
    let (database, server) = database.await.unwrap();
    let client = server.client().oms();
    for i in 0..20 {
        let order = order(&format!("new-{i}"), &customers[i % customers.len()], "10.00");
        let data = client.data(RECORD, record(&format!("k-{i}"), &order)).await;
        assert_eq!(data["loyaltyOrderRecord"]["order"]["earned"], 10, "{data:#}");
    }
    stop.store(true, Ordering::Relaxed);
    writers.join_all().await;
    let written = written.load(Ordering::Relaxed);
    assert!(written > before, "servers of the first release wrote meanwhile");
    assert_eq!(
        database.number("SELECT count(*) FROM purchases").await,
        recorded + 20 + i64::try_from(written).unwrap()
    );
    works_on(&server).await;
    server.stop();
    verify(&database);
}

/// Back to the release before, and forwards again.
#[tokio::test(flavor = "multi_thread")]
async fn keys_are_turned_back_and_forth() {
    let database = Database::fresh(Backend::Postgres).await;
    let connection = Sea::connect(&database.url).await.unwrap();
    let program_first = "SELECT count(*) FROM pg_index WHERE indisprimary AND indisvalid \
        AND indrelid IN ('purchases'::regclass, 'idempotency_keys'::regclass) \
        AND pg_get_indexdef(indexrelid) LIKE '%(program_id, %'";
    assert_eq!(database.number(program_first).await, 0);
    migration::Migrator::down(&connection, Some(2)).await.unwrap();
    assert_eq!(database.number(program_first).await, 2);
    assert!(run(&database, &["migrate"]).status.success());
    assert_eq!(database.number(program_first).await, 0);
}

/// What somebody has added to a table is not ours to write.
#[tokio::test(flavor = "multi_thread")]
async fn columns_that_are_not_ours_are_left_alone() {
    let database = Database::fresh(Backend::Postgres).await;
    let connection = Sea::connect(&database.url).await.unwrap();
    let types = "SELECT count(*) FROM pg_type WHERE typtype = 'c' AND typname LIKE '%\\_row\\_2'";
    migration::Migrator::down(&connection, Some(1)).await.unwrap();
    assert_eq!(database.number(types).await, 0, "the last migration makes them");
    for table in ["members", "wallets", "entries", "purchases"] {
        database.execute(&format!("ALTER TABLE {table} ADD COLUMN crm_ref text")).await;
    }
    assert!(run(&database, &["migrate"]).status.success());
    assert_eq!(database.number(types).await, 16);
    let server = Server::start(&database);
    let client = server.client().oms();
    for i in 0..2 {
        let order = order(&format!("new-{i}"), "ann", "10.00");
        let data = client.data(RECORD, record(&format!("k-{i}"), &order)).await;
        assert_eq!(data["loyaltyOrderRecord"]["order"]["earned"], 10, "{data:#}");
    }
    server.stop();
    verify(&database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_first_release_is_brought_forward() {
    let database = Database::empty(Backend::Sqlite).await;
    let path = database.url.trim_start_matches("sqlite://").split('?').next().unwrap().to_owned();
    std::fs::write(path, unpacked(FILE)).unwrap();
    assert!(run(&database, &["migrate"]).status.success());
    verify(&database);
    let server = Server::start(&database);
    works_on(&server).await;
    server.stop();
    assert!(run(&database, &["sweep"]).status.success());
    verify(&database);
}

/// What the first release recorded can be taken back, and is known again.
async fn works_on(server: &Server) {
    let client = server.client().oms();
    let cancel = "mutation($input: LoyaltyOrderCancelInput!) { loyaltyOrderCancel(input: $input) {
        ... on LoyaltyOrderCancelled { replayed order { earned clawedBack pending } } } }";
    let input = json!({"input": {"program": "classic", "idempotencyKey": "c-1", "orderId": "536585"}});
    let data = client.data(cancel, input).await;
    let cancelled = &data["loyaltyOrderCancel"];
    assert_eq!(cancelled["order"], json!({"earned": 19, "clawedBack": 19, "pending": 0}), "{data:#}");
}

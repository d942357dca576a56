//! The clerk under load and beside others.

use std::sync::Arc;

use loyalty::{
    app::{App, Opening},
    auth::Allowed,
    commands::{Command, Enroll},
    config::Config,
    ids::RandomIds,
    journal::{AnswerWith, BatchTime, Envelope},
};
use serde_json::{Value, json};
use tokio::{runtime, task::JoinSet};

use crate::{
    on_each_backend,
    support::{
        Backend, Client, Database, Server,
        server::{SECRET, verify},
    },
};

pub(crate) const RECORD: &str =
    "mutation($input: LoyaltyOrderRecordInput!) { loyaltyOrderRecord(input: $input) {
    __typename
    ... on LoyaltyOrderRecorded { replayed order { id earned } member { id balance { available version } } }
    ... on LoyaltyRefusal { message } } }";

pub(crate) fn order(id: &str, customer: &str, price: &str) -> Value {
    json!({"id": id, "customerId": customer, "placedAt": "2026-01-15T10:00:00Z", "currencyCode": "GBP",
        "channel": "ONLINE", "lines": [{"id": "1", "sku": "A", "quantity": 1, "unitPrice": price}]})
}

pub(crate) fn record(key: &str, order: &Value) -> Value {
    json!({"input": {"program": "classic", "idempotencyKey": key, "order": order}})
}

async fn orders_at_once(client: &Client, clients: usize, each: usize) {
    let mut tasks = JoinSet::new();
    for c in 0..clients {
        let client = client.clone();
        tasks.spawn(async move {
            for i in 0..each {
                let order =
                    order(&format!("o-{c}-{i}"), &format!("customer-{}", (c * each + i) % 97), "10.00");
                let data = client.data(RECORD, record(&format!("k-{c}-{i}"), &order)).await;
                assert_eq!(data["loyaltyOrderRecord"]["order"]["earned"], 10, "{data:#}");
            }
        });
    }
    tasks.join_all().await;
}

/// 64 clients on PostgreSQL: fewer than a quarter as many commits as orders, by the database's own statistics.
#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_shares_commits() {
    let (clients, each) = (64, 40);
    let database = Database::fresh(Backend::Postgres).await;
    let server = Server::start(&database);
    orders_at_once(&server.client().oms(), clients, each).await;
    server.stop();
    let orders = database.number("SELECT count(*) FROM purchases").await;
    assert_eq!(orders, i64::try_from(clients * each).unwrap());
    verify(&database);
    // Each batch that saved something has told of it in one row. Connections report when they end, so this is asked last.
    let saved =
        database.number("SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'outbox_batches'").await;
    assert!(saved > 0 && saved * 4 < orders, "{saved} batches for {orders} orders");
}

/// One thread, which looks at nothing else before it has nothing left to do: so all of them are there before any is answered.
#[test]
fn who_comes_together_goes_together() {
    let mut builder = runtime::Builder::new_multi_thread();
    let one = builder.worker_threads(1).event_interval(1 << 20).global_queue_interval(1 << 20);
    one.enable_all().build().unwrap().block_on(async {
        let database = Database::fresh(Backend::Sqlite).await;
        let config = Config::from_env(|name| match name {
            "DATABASE_URL" => Some(database.url.clone()),
            "LOYALTY_AUTH_SECRET" => Some(SECRET.to_owned()),
            _ => None,
        })
        .unwrap();
        let opening = Opening {
            programs: config.programs.documents().unwrap(),
            time: BatchTime::Clock,
            clock: Arc::default(),
            ids: Arc::new(RandomIds::default()),
        };
        let app = App::start(&config, opening).await.unwrap();
        let journal = app.services.journal.clone();
        let crowd = async move {
            let mut tasks = JoinSet::new();
            for number in 0..20 {
                let (program, customer) = ("classic".to_owned(), format!("c-{number}"));
                let enrol = Command::Enroll(Enroll { program, customer, channel: None, store: None });
                let command = Allowed::by_operator(enrol, "test");
                let envelope = Envelope { key: None, command, answer_with: AnswerWith::Nothing };
                let journal = journal.clone();
                tasks.spawn(async move { journal.submit_one(envelope).await.unwrap() });
            }
            tasks.join_all().await
        };
        assert_eq!(tokio::spawn(crowd).await.unwrap().len(), 20);
        app.stop().await.unwrap();
        // Each batch adds one record of what one actor did.
        let batches = "SELECT (SELECT count(*) FROM audit_pending WHERE actions LIKE '%enroll%')
            + (SELECT count(*) FROM audit_records WHERE actions LIKE '%enroll%')";
        assert_eq!(database.number(batches).await, 1);
    });
}

/// The tables are small and nobody has counted their rows yet, which is when PostgreSQL likes to read them whole, and to keep
/// to that.
#[tokio::test(flavor = "multi_thread")]
async fn rows_are_found_by_their_keys() {
    let database = Database::fresh(Backend::Postgres).await;
    let server = Server::start(&database);
    let client = server.client().oms();
    orders_at_once(&client, 8, 20).await;
    let events: Vec<Value> =
        (0..40).map(|i| json!({"order": order(&format!("i-{i}"), &format!("customer-{i}"), "10")})).collect();
    assert_eq!(ingest(&client, &events).await, [40, 0, 0]);
    server.stop();
    let whole = "SELECT CAST(sum(seq_scan) AS BIGINT) FROM pg_stat_user_tables
        WHERE relname NOT IN ('seaql_migrations', 'program_versions')";
    assert_eq!(database.number(whole).await, 0);
}

/// One process or two on one database: the same key and order from everywhere at once has one effect.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_order_at_two_processes_at_once_is_recorded_once() {
    let database = Database::fresh(Backend::Postgres).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let mut tasks = JoinSet::new();
    for round in 0..40 {
        for server in &servers {
            let client = server.client().oms();
            tasks.spawn(async move {
                let order = order(&format!("o-{round}"), &format!("customer-{}", round % 5), "10.00");
                let data = client.data(RECORD, record(&format!("k-{round}"), &order)).await;
                data["loyaltyOrderRecord"]["replayed"].as_bool().unwrap()
            });
        }
    }
    let replayed = tasks.join_all().await.into_iter().filter(|replayed| *replayed).count();
    assert_eq!(replayed, 40);
    for server in servers {
        server.stop();
    }
    assert_eq!(database.number("SELECT count(*) FROM purchases").await, 40);
    assert_eq!(database.number("SELECT count(*) FROM members").await, 5);
    assert_eq!(database.number("SELECT CAST(sum(available) AS BIGINT) FROM wallets").await, 400);
    verify(&database);
}

const INGEST: &str = "mutation($input: LoyaltyEventsIngestInput!) { loyaltyEventsIngest(input: $input) {
    accepted replayed refused } }";

async fn ingest(client: &Client, events: &[Value]) -> [i64; 3] {
    let data = client.data(INGEST, json!({"input": {"program": "classic", "events": events}})).await;
    ["accepted", "replayed", "refused"].map(|what| data["loyaltyEventsIngest"][what].as_i64().unwrap())
}

/// Calls that are made at once, of orders for members that are new to both processes: each order is recorded by one of the
/// four that bring it.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_calls_at_two_processes_at_once_are_recorded_once() {
    let database = Database::fresh(Backend::Postgres).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let (rounds, orders) = (10, 30);
    let mut tasks = JoinSet::new();
    for round in 0..rounds {
        let name =
            |i| json!({"order": order(&format!("o-{round}-{i}"), &format!("c-{round}-{}", i % 11), "10")});
        let events: Vec<Value> = (0..orders).map(name).collect();
        for server in [&servers[0], &servers[1], &servers[0], &servers[1]] {
            let (client, events) = (server.client().oms(), events.clone());
            tasks.spawn(async move { ingest(&client, &events).await });
        }
    }
    let mut sums = [0; 3];
    for answer in tasks.join_all().await {
        sums.iter_mut().zip(answer).for_each(|(sum, count)| *sum += count);
    }
    let recorded = rounds * orders;
    assert_eq!(sums, [recorded, 3 * recorded, 0]);
    for server in servers {
        server.stop();
    }
    assert_eq!(database.number("SELECT CAST(sum(available) AS BIGINT) FROM wallets").await, 10 * recorded);
    verify(&database);
}

/// Each call brings orders and at once their returns, which would be refused before them; calls are cut and run beside one
/// another, and share members.
async fn a_call_keeps_its_order_beside_others(backend: Backend) {
    let database = Database::fresh(backend).await;
    let server = Server::start_with(&database, &[("LOYALTY_BATCH_COMMANDS_MAX", "25")]);
    let (calls, pairs) = (12, 20);
    let mut tasks = JoinSet::new();
    for call in 0..calls {
        let client = server.client().oms();
        tasks.spawn(async move {
            let events = (0..pairs).flat_map(|i| {
                let id = format!("{call}-{i}");
                let back = json!({"id": id, "orderId": id, "returnedAt": "2026-01-16T10:00:00Z",
                    "lines": [{"lineId": "1", "quantity": 1}]});
                [
                    json!({"order": order(&id, &format!("c-{}", (call + i) % 5), "10")}),
                    json!({"return": back}),
                ]
            });
            let answer = ingest(&client, &events.collect::<Vec<_>>()).await;
            assert_eq!(answer, [2 * pairs, 0, 0]);
        });
    }
    tasks.join_all().await;
    server.stop();
    assert_eq!(database.number("SELECT count(*) FROM entries").await, 2 * calls * pairs);
    assert_eq!(database.number("SELECT CAST(sum(available) AS BIGINT) FROM wallets").await, 0);
    verify(&database);
}

/// Two processes, many clients each, on the same few members: no error, nothing lost.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_members_without_an_error() {
    let database = Database::fresh(Backend::Postgres).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let mut tasks = JoinSet::new();
    for (s, server) in servers.iter().enumerate() {
        for c in 0..16 {
            let client = server.client().oms();
            tasks.spawn(async move {
                for i in 0..10 {
                    let name = format!("{s}-{c}-{i}");
                    let order = order(&format!("o-{name}"), &format!("customer-{}", i % 3), "7.90");
                    client.data(RECORD, record(&format!("k-{name}"), &order)).await;
                }
            });
        }
    }
    tasks.join_all().await;
    for server in servers {
        server.stop();
    }
    assert_eq!(database.number("SELECT CAST(sum(available) AS BIGINT) FROM wallets").await, 2 * 16 * 10 * 7);
    verify(&database);
}

/// An order that is sent to two processes at once for two customers belongs to one of them; the other hears of the conflict.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_sent_for_two_customers_at_once_is_one_s() {
    let database = Database::fresh(Backend::Postgres).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let rounds = 60;
    let mut tasks = JoinSet::new();
    for round in 0..rounds {
        for (s, server) in servers.iter().enumerate() {
            let client = server.client().oms();
            tasks.spawn(async move {
                let order = order(&format!("o-{round}"), &format!("customer-{s}"), "10.00");
                let data = client.data(RECORD, record(&format!("k-{round}-{s}"), &order)).await;
                data["loyaltyOrderRecord"]["__typename"].as_str().unwrap().to_owned()
            });
        }
    }
    let answers = tasks.join_all().await;
    let recorded = answers.iter().filter(|name| *name == "LoyaltyOrderRecorded").count();
    let invalid = answers.iter().filter(|name| *name == "LoyaltyInvalidOrder").count();
    assert_eq!((recorded, invalid), (rounds, rounds));
    for server in servers {
        server.stop();
    }
    let points = database.number("SELECT CAST(sum(available) AS BIGINT) FROM wallets").await;
    assert_eq!(points, i64::try_from(rounds).unwrap() * 10);
    verify(&database);
}

const RETURN: &str = "mutation($input: LoyaltyReturnRecordInput!) { loyaltyReturnRecord(input: $input) {
    __typename ... on LoyaltyReturnRecorded { order { clawedBack } } ... on LoyaltyRefusal { message } } }";

/// A return that reaches one process while its order is recorded by another takes back what the order gave, or finds no
/// order: never something in between.
#[tokio::test(flavor = "multi_thread")]
async fn a_return_beside_its_order_takes_all_or_is_refused() {
    let database = Database::fresh(Backend::Postgres).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let mut tasks = JoinSet::new();
    for round in 0..60 {
        let (recorder, returner) = (servers[0].client().oms(), servers[1].client().oms());
        tasks.spawn(async move {
            let order = order(&format!("o-{round}"), &format!("customer-{}", round % 7), "10.00");
            let data = recorder.data(RECORD, record(&format!("k-{round}"), &order)).await;
            assert_eq!(data["loyaltyOrderRecord"]["order"]["earned"], 10);
        });
        tasks.spawn(async move {
            let input = json!({"input": {"program": "classic", "idempotencyKey": format!("r-{round}"), "return": {
                "id": format!("r-{round}"), "orderId": format!("o-{round}"), "returnedAt": "2026-01-16T10:00:00Z",
                "lines": [{"lineId": "1", "quantity": 1}]}}});
            loop {
                let data = returner.data(RETURN, input.clone()).await;
                let answer = &data["loyaltyReturnRecord"];
                if answer["__typename"] != "LoyaltyOrderNotFound" {
                    assert_eq!(answer["order"]["clawedBack"], 10, "{data:#}");
                    break;
                }
            }
        });
    }
    tasks.join_all().await;
    for server in servers {
        server.stop();
    }
    assert_eq!(database.number("SELECT CAST(sum(available) AS BIGINT) FROM wallets").await, 0);
    verify(&database);
}

async fn a_key_has_one_effect_and_one_answer(backend: Backend) {
    let database = Database::fresh(backend).await;
    let server = Server::start(&database);
    let client = server.client().oms();
    let first = client.data(RECORD, record("k", &order("o", "c", "25.50"))).await;
    assert_eq!(first["loyaltyOrderRecord"]["replayed"], false);
    assert_eq!(first["loyaltyOrderRecord"]["member"]["balance"]["available"], 25);

    let again = client.data(RECORD, record("k", &order("o", "c", "25.5"))).await;
    assert_eq!(again["loyaltyOrderRecord"]["replayed"], true, "25.5 is 25.50");
    assert_eq!(again["loyaltyOrderRecord"]["order"], first["loyaltyOrderRecord"]["order"]);

    let other_key = client.data(RECORD, record("k2", &order("o", "c", "25.50"))).await;
    assert_eq!(other_key["loyaltyOrderRecord"]["replayed"], true, "the order id is a key too");

    assert_eq!(client.code(RECORD, record("k", &order("o", "c", "99"))).await, "IDEMPOTENCY_CONFLICT");
    let conflict = client.data(RECORD, record("k3", &order("o", "c", "99"))).await;
    assert_eq!(conflict["loyaltyOrderRecord"]["__typename"], "LoyaltyInvalidOrder");
    server.stop();
    assert_eq!(database.number("SELECT count(*) FROM entries").await, 1);
    verify(&database);
}

on_each_backend!(a_call_keeps_its_order_beside_others, a_key_has_one_effect_and_one_answer);

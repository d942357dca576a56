//! Hot balances behind the real service: one round trip when warm, and right whatever happens to Redis.

use serde_json::{Value, json};

use crate::{
    journal::{RECORD, order, record},
    support::{
        Backend, Client, Database, Server,
        redis_server::RedisServer,
        server::{run, verify},
    },
};

const ENTITIES: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { id
    loyalty(program: \"classic\") { tier { tier { id } } balance { available pending version expiries(first: 3) { at } } } } } }";

/// One that the lane answers from the second time on.
const QUICK: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { id
    loyalty(program: \"classic\") { tier { tier { id } } balance { available pending version } } } } }";

fn representations(customers: usize) -> Value {
    let one = |i| json!({"__typename": "Customer", "id": format!("customer-{i}")});
    json!({"r": (0..customers).map(one).collect::<Vec<_>>()})
}

async fn enrol(client: &Client, customers: usize) {
    for i in 0..customers {
        let name = format!("customer-{i}");
        let data = client.data(RECORD, record(&name, &order(&name, &name, &format!("{}.00", i + 1)))).await;
        assert_eq!(data["loyaltyOrderRecord"]["order"]["earned"], i + 1);
    }
}

fn balances(answer: &Value) -> Vec<Option<i64>> {
    let entities = answer["data"]["_entities"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
    entities.iter().map(|entity| entity["loyalty"]["balance"]["available"].as_i64()).collect()
}

/// 200 customers, some of them no members: one MGET and no SQL, counted by Redis and by the service.
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_warm_customers_cost_one_round_trip() {
    let redis = RedisServer::start().await;
    let database = Database::fresh(Backend::Postgres).await;
    let server = Server::start_with(
        &database,
        &[
            ("REDIS_URL", &redis.url()),
            // The relay and the audit log ask the database on their own: not while this is counted.
            ("LOYALTY_RELAY_INTERVAL_MS", "3600000"),
            ("LOYALTY_AUDIT_INTERVAL_MS", "3600000"),
        ],
    );
    let client = server.client().oms();
    enrol(&client, 190).await;
    let expected: Vec<Option<i64>> = (0..200).map(|i| (i < 190).then_some(i + 1)).collect();
    for document in [ENTITIES, QUICK] {
        assert_eq!(balances(&client.ask(document, representations(200)).await), expected);
        let (commands, statements) =
            (redis.commands().await, client.metric("loyalty_sql_statements_total").await);
        assert_eq!(balances(&client.ask(document, representations(200)).await), expected);
        let cost = redis.commands().await.since(&commands);
        assert_eq!(cost, [("mget".to_owned(), 1)].into(), "commands that Redis served for {document}");
        let statements = client.metric("loyalty_sql_statements_total").await - statements;
        assert!(statements.abs() < 0.5, "{statements} statements for {document}");
    }
}

/// Redis stops while orders come, and comes back empty or with what it had: every answer is right at every moment.
#[tokio::test(flavor = "multi_thread")]
async fn redis_may_stop_and_start() {
    let mut redis = RedisServer::start().await;
    let database = Database::fresh(Backend::Postgres).await;
    let server = Server::start_with(&database, &[("REDIS_URL", &redis.url())]);
    let client = server.client().oms();
    enrol(&client, 10).await;
    let mut expected: Vec<i64> = (1..=10).collect();

    for (round, keeps) in [true, false].into_iter().enumerate() {
        redis.save().await;
        redis.kill(keeps).await;
        more_orders(&client, &format!("away-{round}"), &mut expected).await;
        redis.start_again().await;
        // Right at once, although what Redis kept is old.
        check(&client, &expected).await;
        more_orders(&client, &format!("back-{round}"), &mut expected).await;
        // The relay repairs what was missed, and says so.
        while client.metric("loyalty_hot_degraded").await > 0.5 {
            check(&client, &expected).await;
        }
        check(&client, &expected).await;
    }
    server.stop();
    let environment = [("REDIS_URL", redis.url())];
    let mut verify_it = crate::support::server::loyalty(&database, &["verify"]);
    let output = verify_it.envs(environment).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains(" 0 changes untold, 0 differences"), "{said}");
    assert!(!said.contains(" 0 hot balances compared"), "{said}");
    verify(&database);
}

async fn more_orders(client: &Client, name: &str, expected: &mut [i64]) {
    for (i, balance) in expected.iter_mut().enumerate() {
        let order = order(&format!("{name}-{i}"), &format!("customer-{i}"), "5.00");
        let data = client.data(RECORD, record(&format!("{name}-{i}"), &order)).await;
        *balance += 5;
        assert_eq!(data["loyaltyOrderRecord"]["member"]["balance"]["available"], *balance);
    }
    check(client, expected).await;
}

async fn check(client: &Client, expected: &[i64]) {
    let answer = client.ask(ENTITIES, representations(expected.len())).await;
    let expected: Vec<Option<i64>> = expected.iter().copied().map(Some).collect();
    assert_eq!(balances(&answer), expected);
}

/// A server of the first release changed a member and died: its row of the outbox is told by whoever comes next.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_of_the_first_release_left_untold_is_told() {
    let database = Database::fresh(Backend::Postgres).await;
    let server = Server::start(&database);
    enrol(&server.client().oms(), 1).await;
    server.stop();
    let row = "INSERT INTO outbox (id, program_id, customer_id, member_version, created_at)
        SELECT id, program_id, customer_id, version, updated_at FROM members";
    for sql in ["UPDATE members SET version = version + 1", row] {
        assert_eq!(database.execute(sql).await, 1);
    }
    let said = run(&database, &["verify"]);
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains(" 1 changes untold"), "{said}");
    Server::start(&database).stop();
    let said = verify(&database);
    assert!(said.contains(" 1 hot balances compared, 0 changes untold, 0 differences"), "{said}");
}

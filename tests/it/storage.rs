//! What the operator sees of the database: when it is not ready, when it is made ready, and when its books are wrong.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use migration::MigratorTrait as _;
use pretty_assertions::assert_eq;
use redis::AsyncTypedCommands as _;
use serde_json::{Value, json};

use crate::{
    journal::{RECORD, order, record},
    on_each_backend,
    support::{
        Backend, Database, Server,
        database::server_url,
        server::{loyalty, run, verify},
    },
};

/// Standard output and error of a run that has to fail. One that serves instead is ended.
fn failure(database: &Database, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = loyalty(database, arguments);
    command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        if line.starts_with("listening on ") {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{arguments:?} {environment:?} serves");
        }
        said.push_str(&line);
        said.push('\n');
    }
    let output = child.wait_with_output().unwrap();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "{arguments:?} {environment:?} did not fail: {said}");
    said
}

fn migrations() -> usize {
    migration::Migrator::migrations().len()
}

async fn an_empty_database_is_not_served_before_it_is_migrated(backend: Backend) {
    let database = Database::empty(backend).await;
    for arguments in [["serve"], ["verify"]] {
        let said = failure(&database, &arguments, &[("LOYALTY_MIGRATE", "false")]);
        assert!(said.contains("run `loyalty migrate`"), "{arguments:?}: {said}");
        assert!(!said.contains("listening"), "{arguments:?}: {said}");
    }
    let said = |output: std::process::Output| String::from_utf8(output.stdout).unwrap();
    let first = run(&database, &["migrate"]);
    assert!(first.status.success());
    assert_eq!(said(first), format!("applied {} migration(s); the database is up to date\n", migrations()));
    let second = run(&database, &["migrate"]);
    assert!(second.status.success());
    assert_eq!(said(second), "the database is up to date\n");

    let server = Server::start_with(&database, &[("LOYALTY_MIGRATE", "false")]);
    let data = server.client().oms().data(RECORD, record("k", &order("o", "c", "10"))).await;
    assert_eq!(data["loyaltyOrderRecord"]["order"]["earned"], 10);
    server.stop();
    verify(&database);
}

/// SQLite is made ready by whoever serves it, PostgreSQL only where that is asked for.
async fn serving_may_migrate(backend: Backend) {
    let database = Database::empty(backend).await;
    let environment: &[(&str, &str)] = match backend {
        Backend::Sqlite => &[],
        Backend::Postgres => {
            assert!(failure(&database, &["serve"], &[]).contains("run `loyalty migrate`"));
            &[("LOYALTY_MIGRATE", "true")]
        }
    };
    Server::start_with(&database, environment).stop();
    let said = verify(&database);
    let books = "0 members, 0 entries, 0 hot balances compared, 0 changes untold, 0 differences\n";
    assert!(said.ends_with(books), "{said}");
    // That of each programme.
    assert!(said.starts_with("audit log: 2 records up to 2:"), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
}

/// A database that a later release has migrated is not served by this one.
async fn a_database_from_the_future_is_not_served(backend: Backend) {
    let database = Database::fresh(backend).await;
    database
        .execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 0)")
        .await;
    let said = failure(&database, &["serve"], &[]);
    assert!(said.contains("newer than this server") && said.contains("m29990101_000001_later"), "{said}");
}

/// A plan that was made for a few rows would be kept when there are many.
#[tokio::test]
async fn postgres_plans_for_large_tables_from_the_first_row_on() {
    let database = Database::fresh(Backend::Postgres).await;
    let growing =
        "FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT IN \
        ('seaql_migrations', 'program_versions', 'outbox', 'outbox_batches', 'audit_pending',
        'audit_marks')";
    let looked_at_late = "reloptions @> '{autovacuum_analyze_threshold=10000,autovacuum_vacuum_threshold=10000,\
        autovacuum_vacuum_insert_threshold=10000}'";
    let tables = database.number(&format!("SELECT count(*) {growing}")).await;
    assert!(tables >= 14, "{tables}");
    let late = database.number(&format!("SELECT count(*) {growing} AND {looked_at_late}")).await;
    assert_eq!(late, tables, "a table that grows is missing from the migration `plan_for_growth`");
}

#[tokio::test]
async fn two_may_migrate_at_once() {
    let database = Database::empty(Backend::Postgres).await;
    let children: Vec<_> =
        (0..4).map(|_| loyalty(&database, &["migrate"]).stdout(Stdio::piped()).spawn().unwrap()).collect();
    let mut said: Vec<String> = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        said.push(String::from_utf8(output.stdout).unwrap());
    }
    said.sort_unstable();
    let idle = "the database is up to date\n";
    let applied = format!("applied {} migration(s); the database is up to date\n", migrations());
    assert_eq!(said, [&applied, idle, idle, idle]);
    let recorded = database.number("SELECT count(*) FROM seaql_migrations").await;
    assert_eq!(recorded, i64::try_from(migrations()).unwrap());
}

/// A migration that goes on beside writers is no transaction: whatever it was in the middle of when it was cut short is there.
#[tokio::test]
async fn a_migration_that_was_cut_short_is_begun_again() {
    let database = Database::fresh(Backend::Postgres).await;
    for (table, id) in [("purchases", "order_id"), ("idempotency_keys", "key")] {
        let tree = format!("{table}_by_{id}");
        let before =
            &*format!("ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD PRIMARY KEY (program_id, {id})");
        let build = &*format!("CREATE UNIQUE INDEX {tree} ON {table} ({id}, program_id)");
        let invalid =
            &*format!("UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{tree}'::regclass");
        let key = format!("SELECT '{table}_pkey'::regclass::oid::bigint");
        for was_done in [&[][..], &[build], &[before], &[before, build], &[before, build, invalid]] {
            for statement in was_done {
                database.execute(statement).await;
            }
            let unrecorded = "DELETE FROM seaql_migrations WHERE version = 'm20261127_000002_put_ids_first'";
            assert_eq!(database.execute(unrecorded).await, 1);
            let key_before = database.number(&key).await;
            let migrated = run(&database, &["migrate"]);
            let said = String::from_utf8_lossy(&migrated.stdout);
            assert!(said.contains("applied 1 migration(s)"), "{was_done:?}: {migrated:?}");

            let is_left = database.number(&key).await == key_before;
            assert_eq!(is_left, !was_done.contains(&before), "what is so is left: {was_done:?}");
            let trees =
                format!("SELECT count(*) FROM pg_index WHERE indrelid = '{table}'::regclass AND indisunique");
            assert_eq!(database.number(&trees).await, 1, "{was_done:?}");
            let as_wanted = format!(
                "{trees} AND indisprimary AND indisvalid AND pg_get_indexdef(indexrelid) LIKE '%({id}, program_id)'"
            );
            assert_eq!(database.number(&as_wanted).await, 1, "{was_done:?}");
        }
    }
}

fn classic() -> Value {
    serde_json::from_str(include_str!("../../schema/programs/classic.json")).unwrap()
}

async fn a_version_that_was_served_never_changes(backend: Backend) {
    let database = Database::fresh(backend).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("classic.json");
    let programs = [("LOYALTY_PROGRAMS", path.to_str().unwrap())];
    let write = |document: &Value| std::fs::write(&path, document.to_string()).unwrap();
    write(&classic());
    Server::start_with(&database, &programs).stop();

    // The same content in another form is the same version.
    std::fs::write(&path, include_str!("../../schema/programs/classic.json")).unwrap();
    Server::start_with(&database, &programs).stop();

    let mut changed = classic();
    changed["earning"]["rules"][0]["rates"]["GBP"] = json!("2");
    write(&changed);
    let said = failure(&database, &["serve"], &programs);
    assert!(said.contains("version 1 of programme `classic` was served before with other content"), "{said}");

    changed["version"] = json!(2);
    write(&changed);
    let server = Server::start_with(&database, &programs);
    let data = server.client().oms().data(RECORD, record("k", &order("o", "c", "10"))).await;
    assert_eq!(data["loyaltyOrderRecord"]["order"]["earned"], 20);
    server.stop();
    verify(&database);
}

/// What cannot be used is said with the name of its variable; a secret's value is not repeated.
#[tokio::test]
async fn errors_of_the_configuration_name_their_variable() {
    let database = Database::fresh(Backend::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, "{").unwrap();
    let broken = broken.to_str().unwrap();
    let mut wrong = classic();
    wrong["earning"]["rules"][0]["currency"] = json!("STARS");
    let unsound = folder.path().join("unsound.json");
    std::fs::write(&unsound, wrong.to_string()).unwrap();
    let unsound = unsound.to_str().unwrap();
    for (variable, value) in [
        ("DATABASE_URL", "mysql://somewhere/loyalty"),
        ("LOYALTY_LISTEN", "everywhere"),
        ("LOYALTY_LISTEN", "192.0.2.1:1"),
        ("LOYALTY_MIGRATE", "perhaps"),
        ("LOYALTY_GRAPHIQL", "2"),
        ("LOYALTY_LOG_FORMAT", "xml"),
        ("LOYALTY_DATABASE_POOL_MAX", "0"),
        ("LOYALTY_REQUEST_TIMEOUT_MS", "soon"),
        ("LOYALTY_BODY_BYTES_MAX", "-1"),
        ("LOYALTY_PAGE_SIZE_MAX", "1e3"),
        ("LOYALTY_HOT", "redis"),
        ("LOYALTY_HOT", "disk"),
        ("LOYALTY_AUTH_SECRET", "too-short-a-secret"),
        ("LOYALTY_AUTH_SECRET_FILE", "/nonexistent"),
        ("LOYALTY_PROGRAMS", "/nonexistent.json"),
        ("LOYALTY_PROGRAMS", broken),
        ("LOYALTY_PROGRAMS", unsound),
        ("LOYALTY_DEFAULT_PROGRAM", "nowhere"),
        ("REDIS_URL", "http://127.0.0.1"),
    ] {
        let said = failure(&database, &["serve"], &[(variable, value)]);
        assert!(said.contains(variable), "{variable}={value}: {said}");
        assert!(!said.contains("panicked"), "{variable}={value}: {said}");
        if variable == "LOYALTY_AUTH_SECRET" {
            assert!(!said.contains(value), "a secret is repeated: {said}");
        }
    }
}

/// A ledger with a return and an adjustment in it; the server has stopped in order.
async fn books(backend: Backend) -> Database {
    let database = Database::fresh(backend).await;
    let server = Server::start(&database);
    let client = server.client().oms();
    for customer in ["honest", "victim"] {
        for i in 0..3 {
            let id = format!("{customer}-{i}");
            client.data(RECORD, record(&id, &order(&id, customer, "10"))).await;
        }
        let adjust = "mutation($input: LoyaltyPointsAdjustInput!) { loyaltyPointsAdjust(input: $input) { __typename } }";
        let input = json!({"program": "classic", "idempotencyKey": customer, "customerId": customer, "points": -4, "reason": "x"});
        client.data(adjust, json!({"input": input})).await;
    }
    server.stop();
    verify(&database);
    database
}

const VICTIM: &str = "(SELECT id FROM members WHERE customer_id = 'victim')";

/// Each row falsifies one thing of one member; the check finds it, names the member, and nobody else.
async fn falsified_books_are_found(backend: Backend) {
    for (what, sql) in [
        ("a lot's points", "UPDATE lots SET remaining = remaining + 1 WHERE seq = 3 AND member_id ="),
        ("what a lot was issued", "UPDATE lots SET issued = issued + 1 WHERE seq = 3 AND member_id ="),
        ("a wallet's balance", "UPDATE wallets SET available = available + 1 WHERE member_id ="),
        ("a wallet's total", "UPDATE wallets SET earned = earned + 1 WHERE member_id ="),
        ("a deficit", "UPDATE wallets SET deficit = deficit + 1 WHERE member_id ="),
        ("a deleted entry", "DELETE FROM entries WHERE seq = 4 AND member_id ="),
        ("a deleted first entry", "DELETE FROM entries WHERE seq = 1 AND member_id ="),
        ("an entry's amount", "UPDATE entries SET amount = amount + 1 WHERE seq = 2 AND member_id ="),
        (
            "an entry's accounts",
            "UPDATE entries SET debit = credit, credit = debit WHERE seq = 2 AND member_id =",
        ),
        (
            "a running balance",
            "UPDATE entries SET balance_after = balance_after + 1 WHERE seq = 2 AND member_id =",
        ),
        ("an allocation", "UPDATE allocations SET points = points - 1 WHERE member_id ="),
        ("a deleted allocation", "DELETE FROM allocations WHERE member_id ="),
        (
            "what an order gave",
            "UPDATE purchases SET awards = replace(awards, '\"earned\":10', '\"earned\":11') WHERE order_id = 'victim-1' AND member_id =",
        ),
        ("a member's next number", "UPDATE members SET next_seq = next_seq + 1 WHERE id ="),
    ] {
        let database = books(backend).await;
        assert!(database.execute(&format!("{sql} {VICTIM}")).await > 0, "{what}: nothing was falsified");
        let said = failure(&database, &["verify"], &[]);
        let differs: Vec<&str> = said.lines().filter(|line| line.starts_with("differs: ")).collect();
        assert!(differs.iter().any(|line| line.contains("classic/victim: ")), "{what}: {said}");
        assert!(!said.contains("honest"), "{what}: {said}");
    }
}

#[tokio::test]
async fn a_falsified_hot_balance_is_found() {
    let database = books(Backend::Postgres).await;
    let redis = redis::Client::open(server_url("TEST_REDIS_URL")).unwrap();
    let mut redis = redis.get_multiplexed_async_connection().await.unwrap();
    let key = format!("{}:{{classic/victim}}", database.prefix);
    let mut value: Vec<u8> = redis::cmd("GET").arg(&key).query_async(&mut redis).await.unwrap();
    // 26 points are left, and the wallet is written last: nothing waits, nothing expires, nothing is held. A small number
    // is a byte, which is twice as much.
    let points = value.windows(5).rposition(|bytes| bytes == [2 * 26, 0, 0, 0, 0]).unwrap();
    value[points] = 2 * 27;
    redis.set(&key, value).await.unwrap();
    let said = failure(&database, &["verify"], &[]);
    assert!(said.contains("differs: classic/victim: the hot balance is version"), "{said}");
    assert!(!said.contains("honest"), "{said}");

    // Taken away, it is none that could be wrong.
    redis.del(&key).await.unwrap();
    verify(&database);
}

on_each_backend!(
    an_empty_database_is_not_served_before_it_is_migrated,
    serving_may_migrate,
    a_database_from_the_future_is_not_served,
    a_version_that_was_served_never_changes,
    falsified_books_are_found,
);

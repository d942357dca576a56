//! Clocks that are wrong, and clocks that are moved.

use std::time::Duration;

use loyalty::clock::Instant;
use loyalty_servers::Postgres;
use serde_json::{Value, json};

use super::{
    load::Load,
    step::{PROGRAM, Step},
    till::{Answer, send},
};
use crate::{
    on_each_backend,
    support::{
        Backend, Client, Database, Server,
        client::now,
        fake_clock::FakeClock,
        server::{loyalty, verify},
    },
};

/// A process on a machine whose clock is wrong.
fn serve(database: &Database, clock: &FakeClock) -> Server {
    Server::run(loyalty(database, &["serve"]).envs(clock.environment()))
}

/// Nothing in a member's ledger was written down before what comes before it.
async fn is_in_order(database: &Database) {
    let sql =
        "SELECT count(*) FROM entries AS later JOIN entries AS sooner ON later.member_id = sooner.member_id
        AND later.seq = sooner.seq + 1 WHERE later.recorded_at < sooner.recorded_at";
    assert_eq!(database.number(sql).await, 0, "entries that were written down before the one before them");
}

/// One process: its machine's clock goes forwards and back, by hours and by more than a day.
async fn a_clock_that_is_moved_breaks_no_ledger(backend: Backend) {
    let database = Database::fresh(backend).await;
    let clock = FakeClock::off_by("+0h");
    let server = serve(&database, &clock);
    let mut load = Load::start(&server.client(), 12);
    for offset in ["+3h", "-2h", "+26h", "-30h", "+0h"] {
        load.acknowledge(40).await;
        clock.move_to(offset);
    }
    load.acknowledge(40).await;
    load.settle().await;
    server.stop();
    verify(&database);
    is_in_order(&database).await;
}

/// Two processes on machines that are ten hours apart, and then ten hours apart the other way.
#[tokio::test(flavor = "multi_thread")]
async fn replicas_with_wrong_clocks_keep_one_ledger() {
    let database = Database::fresh(Backend::Postgres).await;
    let clocks = [FakeClock::off_by("+5h"), FakeClock::off_by("-5h")];
    let servers = clocks.each_ref().map(|clock| serve(&database, clock));
    let mut load = Load::start_at(&servers.each_ref().map(Server::client), 12);
    load.acknowledge(100).await;
    for (clock, offset) in clocks.iter().zip(["-5h", "+5h"]) {
        clock.move_to(offset);
    }
    load.acknowledge(100).await;
    load.settle().await;
    servers.into_iter().for_each(Server::stop);
    verify(&database);
    is_in_order(&database).await;
}

/// The clock that they all go by is moved itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_clock_is_moved_keeps_one_ledger() {
    let clock = FakeClock::off_by("+0h");
    let folder = std::env::temp_dir();
    let postgres = Postgres::start_with(&folder, &["fsync=off"], &clock.environment()).await.unwrap();
    let database = Database::at(&postgres.url()).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let mut load = Load::start_at(&servers.each_ref().map(Server::client), 12);
    for offset in ["+3h", "-2h", "+26h", "+0h"] {
        load.acknowledge(60).await;
        clock.move_to(offset);
    }
    load.acknowledge(60).await;
    load.settle().await;
    servers.into_iter().for_each(Server::stop);
    verify(&database);
    is_in_order(&database).await;
    postgres.stop().await.unwrap();
}

/// Points end at their instant by the one time that there is, whichever process is asked, and whichever process gave them.
#[tokio::test(flavor = "multi_thread")]
async fn points_end_at_one_instant_on_replicas_with_wrong_clocks() {
    let database = Database::fresh(Backend::Postgres).await;
    let clocks = [FakeClock::off_by("+5h"), FakeClock::off_by("-5h")];
    let servers = clocks.each_ref().map(|clock| serve(&database, clock));
    let [ahead, behind] = servers.each_ref().map(|server| server.client().oms());
    done(&ahead, &Step::order("o-1", "alice")).await;
    // By the clock of the machine that is ahead these would be over before they began.
    let soon = now() + Duration::from_secs(5);
    done(&ahead, &given("soon-1", 4, soon)).await;
    done(&behind, &given("soon-2", 4, soon)).await;
    let later = now() + Duration::from_hours(2);
    done(&behind, &given("later", 100, later)).await;
    let shown = [available(&ahead).await, available(&behind).await];
    if now() + A_LITTLE < soon {
        assert_eq!(shown, [118, 118]);
    }

    let left = (soon - now()).to_std().unwrap_or_default();
    tokio::time::sleep(left + A_LITTLE).await;
    // By the clock of the machine that is behind they would stay for another five hours.
    assert_eq!([available(&ahead).await, available(&behind).await], [110, 110]);
    // What is shown is what is there.
    done(&behind, &Step::adjustment("all", "alice", -110)).await;
    assert_eq!(ends(&ahead).await, [(-4, soon), (-4, soon)]);
    servers.into_iter().for_each(Server::stop);
    verify(&database);
    is_in_order(&database).await;
}

/// However slow the machine is, a replica knows the database's time better than that.
const A_LITTLE: Duration = Duration::from_secs(1);

async fn done(client: &Client, step: &Step) {
    assert!(matches!(send(client, step).await, Answer::Done(_)), "{step:#?}");
}

fn given(id: &str, points: i64, ends: Instant) -> Step {
    let mut step = Step::adjustment(id, "alice", points);
    step.input["expiresAt"] = json!(ends.to_rfc3339());
    step
}

async fn available(client: &Client) -> i64 {
    let query = "query($r: [_Any!]!, $program: ID!) { _entities(representations: $r) { ... on Customer {
        loyalty(program: $program) { balance { available } } } } }";
    let data = client.data(query, alice()).await;
    data["_entities"][0]["loyalty"]["balance"]["available"].as_i64().unwrap()
}

/// What ran out of time, and when.
async fn ends(client: &Client) -> Vec<(i64, Instant)> {
    let query = "query($r: [_Any!]!, $program: ID!) { _entities(representations: $r) { ... on Customer {
        loyalty(program: $program) { entries(first: 9, kinds: [EXPIRE]) { nodes { points occurredAt } } } } } }";
    let data = client.data(query, alice()).await;
    let nodes = &data["_entities"][0]["loyalty"]["entries"]["nodes"];
    let end = |node: &Value| {
        (node["points"].as_i64().unwrap(), node["occurredAt"].as_str().unwrap().parse().unwrap())
    };
    nodes.as_array().unwrap().iter().map(end).collect()
}

fn alice() -> Value {
    json!({"r": [{"__typename": "Customer", "id": "alice"}], "program": PROGRAM})
}

on_each_backend!(a_clock_that_is_moved_breaks_no_ledger);

//! The way to PostgreSQL and to Redis breaks in the middle of what goes over it.

use std::time::Duration;

use loyalty_servers::Redis;

use super::load::Load;
use crate::support::{
    Backend, Database, Server,
    proxy::{Break, Moment, Proxy, SAVED_ORDER},
    server::verify,
};

/// Longer than the way may be silent, where a test sets that.
const DELAY: Break = Break::Delay(Duration::from_millis(400));

#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_postgres_breaks_and_nothing_is_lost_or_done_twice() {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::to(&database.url).await;
    let url = proxy.instead_of(&database.url);
    // A busy machine is no reason to give up.
    let patient = ("LOYALTY_REQUEST_TIMEOUT_MS", "120000");
    let server = Server::start_with(&database, &[("DATABASE_URL", &url), patient]);
    let mut load = Load::start(&server.client(), 12);
    for (moment, how) in [
        (Moment::Before("BEGIN"), Break::Cut),
        (Moment::Before("COMMIT"), Break::Cut),
        (Moment::After("COMMIT"), Break::Cut),
        (Moment::Before(SAVED_ORDER), Break::Cut),
        (Moment::After(SAVED_ORDER), Break::Cut),
        (Moment::After(SAVED_ORDER), Break::EndToServer),
        (Moment::Sent(1_000), Break::Cut),
        (Moment::Answered(1_000), Break::Cut),
        (Moment::Before("COMMIT"), DELAY),
        (Moment::After("COMMIT"), DELAY),
        (Moment::Sent(1_000), DELAY),
        (Moment::Before("COMMIT"), Break::EndToServer),
        (Moment::After("COMMIT"), Break::EndToServer),
        (Moment::Sent(1_000), Break::EndToServer),
        (Moment::After("COMMIT"), Break::EndToClient),
        // The rows stay locked until PostgreSQL has had enough of the silence.
        (Moment::Before("COMMIT"), Break::EndToClient),
        (Moment::Answered(1_000), Break::EndToClient),
    ] {
        proxy.break_once(moment, how).await;
        load.acknowledge(30).await;
    }
    assert_eq!(load.unanswered(), 0, "one connection is no reason to tell anybody to try again");
    load.settle().await;
    server.stop();
    verify(&database);
}

/// A connection goes silent for good, and neither end hears of it; and then another, until all that there were are gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_postgres_is_left_for_another_connection() {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::to(&database.url).await;
    let url = proxy.instead_of(&database.url);
    let hasty =
        Server::start_with(&database, &[("DATABASE_URL", &url), ("LOYALTY_BATCH_TIMEOUT_MS", "1500")]);
    let mut load = Load::start(&hasty.client(), 12);
    let silenced =
        [Moment::After("COMMIT"), Moment::Before("COMMIT"), Moment::Sent(1_000), Moment::After("COMMIT")];
    for moment in silenced {
        proxy.break_once(moment, Break::Hold).await;
        load.acknowledge(30).await;
    }
    hasty.kill();
    let server = Server::start(&database);
    load.move_to(&server.client());
    load.settle().await;
    server.stop();
    verify(&database);
}

/// The tills read what they wrote: whatever happens on the way to Redis, they read it.
#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_redis_breaks_and_nobody_reads_what_is_no_more() {
    let redis = Redis::start().await.unwrap();
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::to(&redis.url()).await;
    let url = proxy.instead_of(&redis.url());
    // The relay takes its time, so that what it has to repair is long in need of it.
    let environment = [
        ("REDIS_URL", url.as_str()),
        ("LOYALTY_HOT_TIMEOUT_MS", "200"),
        ("LOYALTY_RELAY_INTERVAL_MS", "300"),
    ];
    let server = Server::start_with(&database, &environment);
    let mut load = Load::start(&server.client(), 12);
    for how in [Break::Cut, DELAY, Break::EndToServer, Break::EndToClient, Break::Hold] {
        for moment in [
            Moment::Before("EVALSHA"),
            Moment::After("EVALSHA"),
            Moment::Before("MGET"),
            Moment::After("MGET"),
            Moment::Sent(500),
            Moment::Answered(500),
        ] {
            proxy.break_once(moment, how).await;
            // Connects again where it can.
            server.client().get("/ready").await;
            load.acknowledge(10).await;
        }
    }
    load.settle().await;
    server.stop();
    verify(&database);
    redis.stop().await.unwrap();
}

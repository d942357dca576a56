//! Redis is killed, and comes back empty or with what it had some time ago.

use super::load::Load;
use crate::support::{Backend, Client, Database, Server, redis_server::RedisServer, server::loyalty};

/// The load reads what it has written, so every till sees at every moment that what Redis lacks or has of old is not shown.
#[tokio::test(flavor = "multi_thread")]
async fn redis_dies_under_load_and_nobody_reads_what_is_no_more() {
    let mut redis = RedisServer::start().await;
    let database = Database::fresh(Backend::Postgres).await;
    let url = redis.url();
    let server = Server::start_with(&database, &[("REDIS_URL", &url)]);
    let mut load = Load::start(&server.client(), 12);
    for stale in [true, false, true, false] {
        load.acknowledge(30).await;
        redis.save().await;
        // Behind what was saved, and in front of the fault.
        load.acknowledge(30).await;
        redis.kill(stale).await;
        load.acknowledge(30).await;
        redis.start_again().await;
        until_repaired(&server.client(), &mut load).await;
    }
    load.settle().await;
    server.stop();
    let output = loyalty(&database, &["verify"]).env("REDIS_URL", url).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains(" 0 changes untold, 0 differences"), "{said}");
    assert!(!said.contains(" 0 hot balances compared"), "{said}");
}

/// The relay brings it up to date, while everybody works on.
async fn until_repaired(client: &Client, load: &mut Load) {
    load.acknowledge(1).await;
    while client.metric("loyalty_hot_degraded").await > 0.5 {
        load.acknowledge(1).await;
    }
}

//! While Redis is away, and after.

use std::time::Duration;

use loyalty::hot::{Hot, HotConfig, Kind};
use loyalty_servers::Redis;

use super::{Database, hot, member, server::ask, versions};

#[tokio::test]
async fn a_stopped_redis_costs_nobody_an_answer() {
    let mut server = Redis::start().await.unwrap();
    let database = Database::with(&[("c1", 1)]);
    let hot = hot(&server.url(), "stopped", &database).await;
    assert_eq!(versions(&hot, &["c1", "c2"]).await, [Some(1), None]);
    database.asked();

    server.kill().await.unwrap();
    for _ in 0..2 {
        database.commit("c2", 1);
        assert_eq!(versions(&hot, &["c2", "c1"]).await, [Some(1), Some(1)]);
        assert_eq!(database.asked(), [["c2", "c1"]]);
        assert!(hot.is_degraded());
    }
    assert!(!hot.put(&[member("c1", 2)]).await);
    assert!(hot.ping().await.is_err());
    assert!(!hot.recovered(hot.failure_epoch()), "there is no connection");
    assert!(hot.is_degraded());
}

/// The dump is older than changes that were put, relayed and forgotten: no relay would put those again.
#[tokio::test]
async fn what_a_restarted_redis_brings_along_is_never_read() {
    let mut server = Redis::start().await.unwrap();
    let database = Database::with(&[("c1", 1), ("c2", 1)]);
    let hot = hot(&server.url(), "restarted", &database).await;
    assert_eq!(versions(&hot, &["c1", "c2"]).await, [Some(1), Some(1)]);
    ask::<()>(&server.url(), "SAVE").await;
    database.commit("c1", 2);
    assert!(hot.put(&[member("c1", 2)]).await);
    assert!(!hot.is_degraded());
    database.asked();

    // Nobody asked while it was gone.
    server.kill().await.unwrap();
    server.start_again().await.unwrap();
    let stale: String = ask(&server.url(), "GET restarted:{classic/c1}").await;
    assert!(stale.contains("\"version\":1,"), "{stale}");
    assert_eq!(versions(&hot, &["c1"]).await, [Some(2)]);
    assert!(hot.is_degraded(), "the first command met the broken connection");
    assert_eq!(database.asked(), [["c1"]]);

    hot.ping().await.unwrap();
    let epoch = hot.failure_epoch();
    assert_eq!(versions(&hot, &["c1"]).await, [Some(2)]);
    assert_eq!(database.asked(), [["c1"]], "reachable, and still passed by");

    assert!(hot.recovered(epoch));
    assert!(!hot.is_degraded());
    for asked in [vec![vec!["c1", "c2"]], vec![]] {
        assert_eq!(versions(&hot, &["c1", "c2"]).await, [Some(2), Some(1)]);
        assert_eq!(database.asked(), asked, "what is from before the restart counts as missing");
    }
    let fresh: String = ask(&server.url(), "GET restarted:{classic/c1}").await;
    assert!(fresh.contains("\"version\":2,"), "{fresh}");
}

/// A break without a restart: Redis lacks what was put in between, and nothing else.
#[tokio::test]
async fn a_broken_connection_is_passed_by_until_what_was_missed_is_put_again() {
    let server = Redis::start().await.unwrap();
    let database = Database::with(&[("c1", 1), ("c2", 1)]);
    let hot = hot(&server.url(), "broken", &database).await;
    assert_eq!(versions(&hot, &["c1", "c2"]).await, [Some(1), Some(1)]);
    ask::<()>(&server.url(), "CLIENT KILL TYPE normal SKIPME yes").await;
    database.commit("c1", 2);
    assert!(!hot.put(&[member("c1", 2)]).await, "it met the broken connection");
    database.asked();

    assert_eq!(versions(&hot, &["c1"]).await, [Some(2)]);
    assert_eq!(database.asked(), [["c1"]]);

    hot.ping().await.unwrap();
    let epoch = hot.failure_epoch();
    assert!(hot.put(&[member("c1", 2)]).await, "the relay's put goes through");
    assert!(hot.recovered(epoch));
    assert_eq!(versions(&hot, &["c1", "c2"]).await, [Some(2), Some(1)]);
    assert!(database.asked().is_empty(), "the server's life went on, and what it held is good");
}

#[tokio::test]
async fn a_failure_during_the_repair_is_not_forgiven_with_it() {
    let server = Redis::start().await.unwrap();
    let database = Database::with(&[("c1", 1)]);
    let hot = hot(&server.url(), "again", &database).await;
    let break_it = async || ask::<()>(&server.url(), "CLIENT KILL TYPE normal SKIPME yes").await;
    break_it().await;
    assert_eq!(versions(&hot, &["c1"]).await, [Some(1)]);
    assert!(hot.is_degraded());

    hot.ping().await.unwrap();
    let epoch = hot.failure_epoch();
    break_it().await;
    assert!(!hot.put(&[member("c1", 2)]).await);
    hot.ping().await.unwrap();
    assert!(!hot.recovered(epoch));
    assert!(hot.is_degraded());
    assert!(hot.recovered(hot.failure_epoch()));
    assert!(!hot.is_degraded());
}

#[tokio::test]
async fn a_redis_that_is_away_at_the_start_is_joined_later() {
    let mut server = Redis::start().await.unwrap();
    server.kill().await.unwrap();
    let database = Database::with(&[("c1", 1)]);
    let hot = hot(&server.url(), "late", &database).await;
    assert!(hot.is_degraded());
    assert_eq!(versions(&hot, &["c1"]).await, [Some(1)]);

    server.start_again().await.unwrap();
    hot.ping().await.unwrap();
    assert!(hot.recovered(hot.failure_epoch()));
    database.asked();
    for asked in [vec![vec!["c1"]], vec![]] {
        assert_eq!(versions(&hot, &["c1"]).await, [Some(1)]);
        assert_eq!(database.asked(), asked);
    }
}

#[tokio::test]
async fn a_silent_redis_is_waited_for_once() {
    let server = Redis::start().await.unwrap();
    let database = Database::with(&[("c1", 1)]);
    // The connection is made at leisure, with the time limit of connecting.
    let config = HotConfig {
        kind: Kind::Redis { url: server.url() },
        prefix: "silent".to_owned(),
        ttl: Duration::from_hours(1),
        capacity: 0,
        timeout: Duration::from_millis(250),
    };
    let hot = Hot::connect(config, database.clone()).await.unwrap();
    ask::<()>(&server.url(), "CLIENT PAUSE 600000 ALL").await;
    assert_eq!(versions(&hot, &["c1"]).await, [Some(1)]);
    assert!(hot.is_degraded());
    // Redis would not answer these either; were they to ask it, this would take minutes.
    for _ in 0..1000 {
        assert!(!hot.put(&[member("c1", 1)]).await);
        assert_eq!(versions(&hot, &["c1"]).await, [Some(1)]);
    }
}

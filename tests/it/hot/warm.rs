//! While Redis is well.

use futures_util::FutureExt as _;
use loyalty_servers::Redis;
use redis::AsyncCommands as _;

use super::{
    Database, hot, member, prefix,
    server::{ask, connection, shared_url},
    versions,
};

#[tokio::test]
async fn any_number_of_members_is_one_command_and_no_load_when_warm() {
    let server = Redis::start().await.unwrap();
    let customers: Vec<String> = (1..=100).map(|i| format!("c{i}")).collect();
    let customers: Vec<&str> = customers.iter().map(String::as_str).collect();
    let database = Database::with(&customers[..50].iter().map(|customer| (*customer, 3)).collect::<Vec<_>>());
    let hot = hot(&server.url(), "one", &database).await;

    let expected = [vec![Some(3); 50], vec![None; 50]].concat();
    assert_eq!(versions(&hot, &customers).await, expected);
    assert_eq!(database.asked(), [&customers[..]], "one load for all");

    ask::<()>(&server.url(), "CONFIG RESETSTAT").await;
    assert_eq!(versions(&hot, &customers).await, expected);
    let statistics: String = ask(&server.url(), "INFO commandstats").await;
    let calls: Vec<&str> = statistics.lines().filter_map(|line| line.split(",usec").next()).collect();
    assert!(calls.contains(&"cmdstat_mget:calls=1"), "{calls:?}");
    for other in ["cmdstat_get", "cmdstat_evalsha", "cmdstat_set"] {
        assert!(!calls.iter().any(|call| call.starts_with(&format!("{other}:"))), "{calls:?}");
    }
    assert!(database.asked().is_empty(), "absences are remembered too");
    assert!(!hot.is_degraded());
}

/// Race: two processes put the versions of one member at the same time, each in an order of its own.
#[tokio::test]
async fn an_old_version_never_replaces_a_newer_one() {
    let (url, prefix, database) = (shared_url(), prefix("race"), Database::default());
    let (one, other) = (hot(&url, &prefix, &database).await, hot(&url, &prefix, &database).await);
    for start in [1, 10, 95] {
        let customer = format!("c{start}");
        for step in 0..50 {
            // Between them every version from 1 to 100, each once.
            let (rising, falling) = (1 + (start + step * 37) % 100, 1 + (start + (99 - step) * 37) % 100);
            let (rising, falling) = ([member(&customer, rising)], [member(&customer, falling)]);
            let taken = tokio::join!(one.put(&rising), other.put(&falling));
            assert_eq!(taken, (true, true), "to find a newer one is no failure");
        }
        assert_eq!(versions(&one, &[&customer]).await, [Some(100)]);
    }
    assert!(database.asked().is_empty());
}

/// Race: a reader missed and asked the database; before its answer is put, a change is committed and put.
#[tokio::test]
async fn a_slow_reader_does_not_undo_a_put() {
    let (url, prefix) = (shared_url(), prefix("slow"));
    let writer = hot(&url, &prefix, &Database::default()).await;
    assert!(writer.put(&[member("c1", 5)]).await);
    // The reader's put is the same as a writer's, with what was true when it asked.
    let reader = hot(&url, &prefix, &Database::default()).await;
    assert!(reader.put(&[member("c1", 4), member("c2", 1)]).await);
    assert_eq!(versions(&reader, &["c1", "c2"]).await, [Some(5), Some(1)]);
}

#[tokio::test]
async fn an_absence_is_remembered_for_a_short_time_and_ends_with_the_enrolment() {
    let (url, prefix, database) = (shared_url(), prefix("absent"), Database::default());
    let hot = hot(&url, &prefix, &database).await;
    assert_eq!(versions(&hot, &["c1"]).await, [None]);
    assert_eq!(database.asked(), [["c1"]]);
    assert_eq!(versions(&hot, &["c1"]).await, [None]);
    assert!(database.asked().is_empty());
    let lives: i64 = connection(&url).await.pttl(format!("{prefix}:{{classic/c1}}")).await.unwrap();
    assert!((1..=10_000).contains(&lives), "{lives} ms");

    assert!(hot.put(&[member("c1", 1)]).await);
    assert_eq!(versions(&hot, &["c1"]).await, [Some(1)]);
    let lives: i64 = connection(&url).await.pttl(format!("{prefix}:{{classic/c1}}")).await.unwrap();
    assert!((10_001..=3_600_000).contains(&lives), "{lives} ms");
}

#[tokio::test]
async fn what_another_release_wrote_is_read_from_the_database_and_replaced_unless_newer() {
    let (url, prefix, database) = (shared_url(), prefix("format"), Database::with(&[("c1", 4)]));
    let hot = hot(&url, &prefix, &database).await;
    let key = format!("{prefix}:{{classic/c1}}");
    let mut redis = connection(&url).await;
    assert!(hot.put(&[member("c1", 4)]).await);
    let ours: Vec<u8> = redis.get(&key).await.unwrap();

    let older_format = [b"00", &ours[2..]].concat();
    let broken = &ours[..ours.len() - 1];
    for foreign in [&older_format, broken, b"", b"hello", &[b'z'; 46]] {
        redis.set::<_, _, ()>(&key, foreign).await.unwrap();
        for asked in [vec![vec!["c1"]], vec![]] {
            assert_eq!(versions(&hot, &["c1"]).await, [Some(4)], "{foreign:?}");
            assert_eq!(database.asked(), asked, "{foreign:?}");
        }
        assert_eq!(redis.get::<_, Vec<u8>>(&key).await.unwrap(), ours);
    }

    // A process of the other release has put a later change: to replace it with what we read before would lose that.
    let mut newer = older_format;
    newer[20] = b'5';
    redis.set::<_, _, ()>(&key, &newer).await.unwrap();
    assert_eq!(versions(&hot, &["c1"]).await, [Some(4)]);
    assert_eq!(redis.get::<_, Vec<u8>>(&key).await.unwrap(), newer);
}

#[tokio::test]
async fn a_server_that_lost_its_scripts_is_given_them_again() {
    let server = Redis::start().await.unwrap();
    let hot = hot(&server.url(), "scripts", &Database::default()).await;
    ask::<()>(&server.url(), "SCRIPT FLUSH").await;
    assert!(hot.put(&[member("c1", 1), member("c2", 2)]).await);
    assert_eq!(versions(&hot, &["c1", "c2"]).await, [Some(1), Some(2)]);
    assert!(!hot.is_degraded());
}

/// A process would hear every change of every other for nobody.
#[tokio::test]
async fn changes_are_heard_while_somebody_waits() {
    let (url, prefix, database) = (shared_url(), prefix("heard"), Database::default());
    let (one, other) = (hot(&url, &prefix, &database).await, hot(&url, &prefix, &database).await);
    let listeners = async || {
        let (_, count): (String, u64) = ask(&url, &format!("PUBSUB NUMSUB {prefix}:changes")).await;
        count
    };
    let hears = one.clone();
    let hearing = tokio::spawn(async move { hears.hear().await });
    for _ in 0..10 {
        assert_eq!(listeners().await, 0, "nobody waits");
    }
    let mut watch = one.watch(&member("c1", 1).key);
    while !one.hears() {
        tokio::task::yield_now().await;
    }
    assert_eq!(listeners().await, 1);
    watch.changed().await; // It may have, before it was heard.
    assert_eq!(watch.changed().now_or_never(), None);
    assert!(other.put(&[member("c1", 2)]).await);
    watch.changed().await;
    hearing.abort();
}

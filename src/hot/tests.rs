//! The backends that need no server. Redis is tried in `tests/it/hot.rs`.

use std::sync::Mutex;

use chrono::TimeDelta;
use futures_util::FutureExt as _;

use super::{
    sample::{key, member},
    *,
};

/// A database of members c1, c3, c5 ... at version 1, which writes down what it is asked.
#[derive(Clone, Default)]
struct Database {
    asked: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Database {
    fn asked(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl LoadMembers for Database {
    fn load<'a>(
        &'a self,
        keys: &'a [MemberKey],
        _: Instant,
    ) -> BoxFuture<'a, Result<HashMap<MemberKey, MemberSnapshot>, StoreError>> {
        self.asked.lock().unwrap().push(keys.iter().map(|key| key.customer.clone()).collect());
        let enrolled = |key: &&MemberKey| key.customer.ends_with(['1', '3', '5', '7', '9']);
        let row = |key: &MemberKey| (key.clone(), member(&key.customer, 1));
        let members = keys.iter().filter(enrolled).map(row).collect();
        async { Ok(members) }.boxed()
    }
}

async fn hot(kind: Kind) -> (Hot, Database) {
    let database = Database::default();
    let config = HotConfig {
        kind,
        prefix: "test".to_owned(),
        ttl: Duration::from_hours(1),
        capacity: 100,
        timeout: Duration::from_millis(250),
    };
    (Hot::connect(config, database.clone()).await.unwrap(), database)
}

async fn versions(hot: &Hot, customers: &[&str]) -> Vec<Option<i64>> {
    let keys: Vec<MemberKey> = customers.iter().map(|customer| key(customer)).collect();
    let members = hot.read(&keys.iter().collect::<Vec<_>>(), Instant::UNIX_EPOCH).await.unwrap();
    for (member, customer) in members.iter().zip(customers) {
        assert!(
            member.as_ref().is_none_or(|member| member.key.customer == *customer),
            "answers are in order"
        );
    }
    members.into_iter().map(|member| member.map(|member| member.version)).collect()
}

#[tokio::test]
async fn in_memory_each_customer_is_loaded_once_and_absences_are_remembered() {
    let (hot, database) = hot(Kind::Memory).await;
    assert_eq!(versions(&hot, &["c1", "c2", "c1"]).await, [Some(1), None, Some(1)]);
    assert_eq!(database.asked(), [["c1", "c2"]]);
    assert_eq!(versions(&hot, &["c2", "c3", "c1"]).await, [None, Some(1), Some(1)]);
    assert_eq!(database.asked(), [["c3"]]);

    assert!(hot.put(&[member("c2", 1), member("c1", 3), member("c1", 2)]).await);
    assert_eq!(versions(&hot, &["c1", "c2", "c3"]).await, [Some(3), Some(1), Some(1)]);
    assert_eq!(versions(&hot, &[]).await, []);
    assert_eq!(database.asked(), [[""; 0]; 0]);
}

/// Its first change beyond what it knows comes at the first second.
fn short_sighted(customer: &str) -> MemberSnapshot {
    let mut member = member(customer, 7);
    member.wallets[0].until = Some(Instant::UNIX_EPOCH + TimeDelta::seconds(1));
    member
}

#[tokio::test]
async fn a_member_of_whom_too_little_is_known_is_loaded_again() {
    let (hot, database) = hot(Kind::Memory).await;
    assert!(hot.put(&[short_sighted("c1")]).await);
    let c1 = key("c1");
    for (second, loads, version) in [(0, 0, 7), (1, 1, 1)] {
        let now = Instant::UNIX_EPOCH + TimeDelta::seconds(second);
        let member = hot.read(&[&c1], now).await.unwrap().pop().flatten().unwrap();
        assert_eq!((database.asked().len(), member.version), (loads, version), "at second {second}");
    }
}

#[tokio::test]
async fn reads_and_puts_may_move_between_threads() {
    let (hot, _) = hot(Kind::Memory).await;
    let work = async move {
        assert!(hot.put(&[member("c1", 4)]).await);
        assert!(hot.members(&[], Instant::UNIX_EPOCH).await.unwrap().is_empty());
        versions(&hot, &["c1"]).await
    };
    assert_eq!(tokio::spawn(work).await.unwrap(), [Some(4)]);
}

#[tokio::test]
async fn off_every_read_asks_the_database() {
    let (hot, database) = hot(Kind::Off).await;
    assert!(hot.put(&[member("c1", 9)]).await);
    for _ in 0..2 {
        assert_eq!(versions(&hot, &["c1", "c1", "c2"]).await, [Some(1), Some(1), None]);
        assert_eq!(database.asked(), [["c1", "c2"]]);
    }
}

#[tokio::test]
async fn without_redis_there_is_nothing_to_recover_from() {
    for kind in [Kind::Memory, Kind::Off] {
        let (hot, _) = hot(kind).await;
        assert!(hot.ping().await.is_ok());
        assert!(!hot.is_degraded());
        assert!(hot.recovered(hot.failure_epoch()));
    }
}

#[tokio::test]
async fn a_malformed_address_is_an_error_and_does_not_repeat_the_password() {
    let kind = Kind::Redis { url: "http://:secret@localhost".to_owned() };
    let config = HotConfig {
        kind,
        prefix: String::new(),
        ttl: Duration::from_secs(1),
        capacity: 1,
        timeout: Duration::from_millis(250),
    };
    let error = Hot::connect(config, Database::default()).await.err().unwrap();
    assert!(matches!(error, HotError::Address(_)));
    assert!(!error.to_string().contains("secret"));
}

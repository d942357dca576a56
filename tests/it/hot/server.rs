//! What the tests ask Redis beside the handles under test.

use redis::{FromRedisValue, aio::MultiplexedConnection};

/// The address of the Redis that all tests share.
pub(super) fn shared_url() -> String {
    std::env::var("TEST_REDIS_URL").expect(
        "TEST_REDIS_URL is not set: run the tests as `cargo run -p loyalty-stack -- with-servers -- cargo test`",
    )
}

/// A connection beside the handles under test.
pub(super) async fn connection(url: &str) -> MultiplexedConnection {
    redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

/// One command, its words apart by spaces.
pub(super) async fn ask<T: FromRedisValue>(url: &str, command: &str) -> T {
    let mut words = command.split(' ');
    let mut asked = redis::cmd(words.next().unwrap());
    words.for_each(|word| {
        asked.arg(word);
    });
    asked.query_async(&mut connection(url).await).await.unwrap()
}

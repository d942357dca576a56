//! A commit that comes to pass after its process has died.

use super::{
    step::Step,
    till::{Answer, send, version},
};
use crate::support::{
    Backend, Database, Server,
    proxy::{Break, Moment, Proxy, SAVED_ORDER},
    server::verify,
};

/// Whoever hears of it from another process reads it there, although nobody has told the hot balances.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_for_a_dead_process_is_read_at_once() {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::to(&database.url).await;
    let asleep = ("LOYALTY_RELAY_INTERVAL_MS", "3600000");
    let url = proxy.instead_of(&database.url);
    let (first, second) = (
        Server::start_with(&database, &[("DATABASE_URL", &url), asleep]),
        Server::start_with(&database, &[asleep]),
    );
    let (client, other) = (first.client().oms(), second.client().oms());
    assert!(matches!(send(&client, &Step::order("o-1", "alice")).await, Answer::Done(_)));
    assert_eq!(version(&other, "alice").await, Some(1));

    let held = proxy.break_once(Moment::Before(SAVED_ORDER), Break::Hold);
    let order = Step::order("o-2", "alice");
    let ((), lost) = tokio::join!(
        async {
            held.await;
            first.kill();
            proxy.release();
            proxy.ended().await;
        },
        send(&client, &order)
    );
    assert!(matches!(lost, Answer::Gone));
    let Answer::Done(done) = send(&other, &order).await else { panic!("it was not answered") };
    assert_eq!((done.replayed, done.version), (true, 2));
    assert_eq!(version(&other, "alice").await, Some(2), "the screen shows what was answered");
    second.stop();
    verify(&database);
}

//! PostgreSQL is killed, or stopped without a farewell, and started again on what it had.

use loyalty_servers::Postgres;

use super::load::Load;
use crate::support::{Database, Server, server::verify};

/// Sometimes it is back before anybody has given up, and sometimes not.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_dies_under_load_and_nothing_is_lost_or_done_twice() {
    let mut postgres = Postgres::start().await.unwrap();
    let database = Database::at(&postgres.url()).await;
    // Short, so that clients hear soon that nothing is known.
    let hasty = Server::start_with(&database, &[("LOYALTY_REQUEST_TIMEOUT_MS", "500")]);
    let mut load = Load::start(&hasty.client(), 12);
    for round in 0..6 {
        load.acknowledge(20 + round).await;
        match round % 2 {
            0 => postgres.kill().await.unwrap(),
            _ => postgres.stop_at_once().await.unwrap(),
        }
        if round % 3 == 2 {
            load.leave_unanswered(12).await;
        }
        postgres.start_again().await.unwrap();
    }
    load.acknowledge(20).await;
    // Let whatever still waits have its time.
    hasty.stop();
    let server = Server::start(&database);
    load.move_to(&server.client());
    load.settle().await;
    server.stop();
    verify(&database);
    postgres.stop().await.unwrap();
}

//! The service itself is killed.

use super::load::Load;
use crate::{
    on_each_backend,
    support::{Backend, Database, Server, server::verify},
};

const KILLS: usize = 50;

/// SIGKILL under load, each time after some more or fewer commands, so that it meets batches at every stage.
async fn fifty_kills_lose_nothing_and_do_nothing_twice(backend: Backend) {
    let database = Database::fresh(backend).await;
    let mut server = Server::start(&database);
    let mut load = Load::start(&server.client(), 12);
    for kill in 0..KILLS {
        load.acknowledge(1 + kill * 7 % 23).await;
        server.kill();
        server = Server::start(&database);
        load.move_to(&server.client());
    }
    load.settle().await;
    server.stop();
    verify(&database);
}

on_each_backend!(fifty_kills_lose_nothing_and_do_nothing_twice);

//! `loyalty migrate`.

use std::process::ExitCode;

use super::TaskResult;
use crate::{
    config::Config,
    store::{ConnectOptions, Store},
};

pub(super) async fn run(config: &Config) -> TaskResult {
    let options =
        ConnectOptions { url: config.storage.url.expose().to_owned(), pool_max: 1, recall_bytes: 0 };
    let store = Store::connect(&options).await?;
    match store.migrate().await? {
        0 => println!("the database is up to date"),
        applied => println!("applied {applied} migration(s); the database is up to date"),
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

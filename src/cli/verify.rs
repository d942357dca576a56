//! `loyalty verify`.

use std::process::ExitCode;

use super::TaskResult;
use crate::{
    app::{open_hot, open_store},
    config::Config,
    jobs::verify::verify,
};

/// Differences that are shown; the rest are counted.
const DIFFERENCES_SHOWN: usize = 50;

pub(super) async fn run(config: &Config) -> TaskResult {
    let mut config = config.clone();
    config.storage.migrate = false;
    let store = open_store(&config).await?;
    let hot = open_hot(&config, store.pages().clone()).await?;
    let findings = verify(store.pages(), &hot).await?;
    let untold = store.untold_count().await?;
    store.close().await;

    for ((program, currency, account), sum) in &findings.sums {
        println!("{program} {currency} {account}: {sum}");
    }
    for difference in findings.differences.iter().take(DIFFERENCES_SHOWN) {
        println!("differs: {difference}");
    }
    println!(
        "{} members, {} entries, {} hot balances compared, {untold} changes untold, {} differences",
        findings.members,
        findings.entries,
        findings.hot,
        findings.differences.len()
    );
    Ok(if findings.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

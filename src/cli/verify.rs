//! `loyalty verify`.

use std::process::ExitCode;

use clap::Args;

use super::TaskResult;
use crate::{
    app::{open_hot, open_store},
    audit::Head,
    config::Config,
    jobs::{audit::check_chain, verify::verify},
};

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// A place of the audit log and its hash, as the server's log said them: it must still be in the chain. A chain whose end
    /// was cut off is a chain all the same, and only this shows it.
    #[arg(long, value_name = "SEQ:HASH", value_parser = head)]
    audit_head: Option<Head>,
}

fn head(text: &str) -> Result<Head, String> {
    let parts = text.split_once(':').and_then(|(seq, hash)| Some((seq.parse().ok()?, hash)));
    let (seq, hash) = parts.ok_or("must be a number, a colon and a hash")?;
    Ok(Head { seq, hash: hash.to_owned() })
}

/// Differences that are shown; the rest are counted.
const DIFFERENCES_SHOWN: usize = 50;

pub(super) async fn run(config: &Config, arguments: VerifyArguments) -> TaskResult {
    let mut config = config.clone();
    config.storage.migrate = false;
    let store = open_store(&config).await?;
    let hot = open_hot(&config, store.pages().clone()).await?;
    let mut findings = verify(store.pages(), &hot).await?;
    let chain = check_chain(store.pages(), arguments.audit_head.as_ref()).await?;
    findings.differences.extend(chain.differences);
    let untold = store.untold_count().await?;
    store.close().await;

    for ((program, currency, account), sum) in &findings.sums {
        println!("{program} {currency} {account}: {sum}");
    }
    for difference in findings.differences.iter().take(DIFFERENCES_SHOWN) {
        println!("differs: {difference}");
    }
    println!("audit log: {} records up to {}:{}", chain.records, chain.head.seq, chain.head.hash);
    println!(
        "{} members, {} entries, {} hot balances compared, {untold} changes untold, {} differences",
        findings.members,
        findings.entries,
        findings.hot,
        findings.differences.len()
    );
    Ok(if findings.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

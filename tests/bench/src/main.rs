//! `make bench`: what loyalty does in a second, beside what the parts under it and its peers do, in one run on one machine.
//!
//! It starts servers of its own (`stand`), fills them (`seed`), lets contenders take turns (`contest`), looks at what they
//! did besides answering (`proof`), and says how they compare (`report`). Figures come from `pgbench` and `wrk`; nothing is
//! measured before its answers have been found right.

mod client;
mod contest;
mod counters;
mod loyalty;
mod machine;
mod peers;
mod pgbench;
mod proof;
mod report;
mod requests;
mod sample;
mod seed;
mod settings;
mod stand;
mod table;
mod workload;
mod wrk;

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Parser as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{report::Report, settings::Settings, stand::Stand};

/// One thread: children are tied to the thread that starts them, and the load is made by processes of their own.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Settings::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: Settings) -> Result<()> {
    let signals = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut stand = Stand::start(settings).await?;
    let outcome = tokio::select! {
        outcome = measure(&mut stand) => outcome,
        () = told_to_stop(signals) => Err(anyhow!("interrupted")),
    };
    let (settings, work) = stand.stop().await?;
    let report = outcome.inspect_err(|_| eprintln!("   the servers' logs are in {}/logs", work.display()))?;
    println!("\n{report}");
    let file = work.join(settings.report_name());
    std::fs::write(&file, format!("{:#}\n", report.json(&settings)))?;
    println!("written to {}", file.display());
    Ok(())
}

async fn measure(stand: &mut Stand) -> Result<Report> {
    let machine = machine::look(stand).await?;
    let in_memory = machine.contains(&("disk", "tmpfs".to_owned()));
    let mut report = Report::new(machine);
    if in_memory {
        report
            .note("PostgreSQL's data is in memory: no limit means anything. BENCH_DATA moves it".to_owned());
    }
    workload::run(stand, &mut report).await?;
    Ok(report)
}

async fn told_to_stop((mut interrupt, mut terminate): (Signal, Signal)) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

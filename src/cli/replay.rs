//! `loyalty replay`.

use std::{fs::File, path::PathBuf, process::ExitCode, sync::Arc, time::Instant as Stopwatch};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::TaskResult;
use crate::{
    app::{App, Opening},
    clock::Instant,
    config::Config,
    ids::RandomIds,
    jobs::replay::{ReplayReport, replay, write_balances},
    journal::BatchTime,
    program::Program,
};

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// The feed: one JSON object a line, gzipped or plain, in time order.
    #[arg(long)]
    feed: PathBuf,
    /// The programme's document.
    #[arg(long)]
    program: PathBuf,
    /// The moment as of which balances are written (RFC 3339); the last event's where there is none.
    #[arg(long)]
    as_of: Option<Instant>,
    /// Where balances are written: customerId, balance, earned, clawedBack, expired, tier.
    #[arg(long)]
    balances: Option<PathBuf>,
}

/// Refusals that are shown; the rest are counted.
const REFUSALS_SHOWN: usize = 10;

pub(super) async fn run(config: &Config, arguments: ReplayArguments) -> TaskResult {
    let json = std::fs::read_to_string(&arguments.program)
        .map_err(|error| format!("--program {}: {error}", arguments.program.display()))?;
    let program = Program::from_json(&json)
        .map_err(|error| format!("--program {}: {error}", arguments.program.display()))?;
    let size = std::fs::metadata(&arguments.feed)
        .map_err(|error| format!("--feed {}: {error}", arguments.feed.display()))?
        .len();

    let mut config = config.clone();
    config.programs.default = None;
    config.storage.migrate = true;
    let opening = Opening {
        programs: vec![program.clone()],
        time: BatchTime::Event,
        clock: Arc::default(),
        ids: Arc::new(RandomIds::default()),
    };
    let app = App::start(&config, opening).await?;
    let bar = progress_bar(size);
    let watch = Stopwatch::now();
    let moving = bar.clone();
    let report =
        replay(&arguments.feed, program.id(), &app.services.journal, move |bytes| moving.inc(bytes)).await;
    bar.finish_and_clear();
    let report = report?;
    let as_of = arguments.as_of.or(report.last_event_at).unwrap_or_else(|| app.services.clock.now());
    let seconds = watch.elapsed().as_secs_f64();
    if let Some(path) = &arguments.balances {
        let file = File::create(path).map_err(|error| format!("--balances {}: {error}", path.display()))?;
        let members = write_balances(file, &program, as_of, &app.services.pages).await?;
        println!("{members} balances as of {} in {}", as_of.to_rfc3339(), path.display());
    }
    app.stop().await?;
    close(&report, seconds);
    Ok(if report.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn progress_bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {percent}% of {total_bytes}, {eta} left")
        .expect("the template is a constant");
    ProgressBar::new(bytes).with_style(style)
}

fn close(report: &ReplayReport, seconds: f64) {
    for refusal in report.refused.iter().take(REFUSALS_SHOWN) {
        eprintln!("refused: {refusal}");
    }
    let events = report.events();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = events as f64 / seconds;
    println!(
        "{events} events in {seconds:.1} s, {rate:.0} events a second: {} recorded, {} there already, {} refused",
        report.recorded,
        report.replayed,
        report.refused.len()
    );
}

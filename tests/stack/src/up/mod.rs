//! `up`: the whole graph on one machine, behind `make run`.
//!
//! Starts loyalty and its neighbours, lets the OMS record its orders, starts the gateway over all of them, asks it the
//! joined question, and only when that has been answered says that it is ready. A part that dies, a signal, or a failure on
//! the way stops everything.

mod announcement;
mod page;
mod questions;
mod tokens;

use std::{env, fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use clap::Args;
use loyalty_servers::{Children, process};
use nix::sys::signal::Signal;
use tokio::signal::unix::{SignalKind, signal};

use self::{announcement::Announcement, questions::Question, tokens::Tokens};
use crate::{
    dataset::Dataset,
    oms::record,
    ports::{Part, Ports},
};

/// The parts that are composed into one graph.
const SUBGRAPHS: [Part; 4] = [Part::Loyalty, Part::Oms, Part::Inventory, Part::Crm];

#[derive(Args)]
pub(crate) struct Settings {
    /// The database, the secret, the shift of dates, the gateway's files and everybody's logs.
    #[arg(long, env = "DATA_DIR", default_value = "data")]
    data: PathBuf,
    /// The gateway, which is built apart.
    #[arg(
        long,
        env = "LOYALTY_GATEWAY_BIN",
        default_value = "tests/stack/gateway/target/debug/loyalty-gateway"
    )]
    gateway: PathBuf,
    /// Where the page finds `GraphiQL`'s files, when not at a public CDN.
    #[arg(long, env = "GRAPHIQL_ASSETS")]
    assets: Option<String>,
}

/// Runs until a signal comes or a part dies.
pub(crate) async fn run(settings: &Settings) -> Result<ExitCode> {
    let mut children = Children::new(settings.data.join("logs"));
    let outcome = tokio::select! {
        outcome = start_and_watch(settings, &mut children) => outcome,
        outcome = told_to_stop() => outcome,
    };
    children.stop().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn told_to_stop() -> Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

async fn start_and_watch(settings: &Settings, children: &mut Children) -> Result<()> {
    let ports = Ports::read()?;
    ports.check_free()?;
    let binaries = Binaries::find(settings)?;
    fs::create_dir_all(&settings.data).with_context(|| format!("making {}", settings.data.display()))?;
    let dataset = Dataset::load(&settings.data)?;
    let tokens = Tokens::new(&binaries.loyalty, &settings.data)?;

    start_loyalty(settings, children, ports, &binaries, &tokens).await?;
    start_neighbours(settings, children, ports, &binaries).await?;
    let minted = tokens.mint().await?;
    let recorded = record::record(&ports.url(Part::Loyalty), &minted.service, &dataset.events)
        .await
        .with_context(|| {
            let data = settings.data.display();
            format!("recording the orders; if the database is of another story, remove {data} and begin anew")
        })?;

    start_gateway(settings, children, ports, &binaries, &tokens).await?;
    let questions = questions::all(&dataset, &minted)?;
    verify(ports, &questions[0]).await?;
    page::serve(ports, &questions, settings.assets.as_deref()).await?;
    print!(
        "{}",
        Announcement {
            ports,
            minted: &minted,
            questions: &questions,
            recorded: &recorded,
            data: &settings.data
        }
    );
    println!("ready {}", ports.url(Part::Gateway));
    children.watch().await
}

async fn start_loyalty(
    settings: &Settings,
    children: &mut Children,
    ports: Ports,
    binaries: &Binaries,
    tokens: &Tokens,
) -> Result<()> {
    let address = format!("127.0.0.1:{}", ports.of(Part::Loyalty));
    let mut command = process::tied(&binaries.loyalty, Signal::SIGTERM, None);
    command.arg("serve").envs(tokens.environment());
    command
        .env("LOYALTY_LISTEN", &address)
        .env("LOYALTY_MIGRATE", "true")
        .env("LOYALTY_DEFAULT_PROGRAM", "tiered");
    if env::var_os("DATABASE_URL").is_none() {
        let file = settings.data.join("loyalty.db");
        command.env("DATABASE_URL", format!("sqlite://{}?mode=rwc", file.display()));
    }
    children.start(Part::Loyalty.name(), command)?;
    children.wait_for(Part::Loyalty.name(), &format!("http://{address}/live")).await?;
    children.wait_for(Part::Loyalty.name(), &format!("http://{address}/ready")).await
}

async fn start_neighbours(
    settings: &Settings,
    children: &mut Children,
    ports: Ports,
    binaries: &Binaries,
) -> Result<()> {
    let neighbours = [Part::Oms, Part::Inventory, Part::Crm];
    for part in neighbours {
        let mut command = process::tied(&binaries.stack, Signal::SIGTERM, None);
        command.arg(part.name()).arg("--data").arg(&settings.data);
        children.start(part.name(), command)?;
    }
    for part in neighbours {
        children.wait_for(part.name(), &format!("http://127.0.0.1:{}/health", ports.of(part))).await?;
    }
    Ok(())
}

async fn start_gateway(
    settings: &Settings,
    children: &mut Children,
    ports: Ports,
    binaries: &Binaries,
    tokens: &Tokens,
) -> Result<()> {
    let mut command = process::tied(&binaries.gateway, Signal::SIGTERM, None);
    command.arg("serve").args(["--port", &ports.of(Part::Gateway).to_string()]);
    command.arg("--data").arg(settings.data.join("gateway")).envs(tokens.environment());
    for part in SUBGRAPHS {
        command.arg("--subgraph").arg(format!("{}={}", part.name(), ports.url(part)));
    }
    for host in ["127.0.0.1", "localhost"] {
        command.arg("--origin").arg(format!("http://{host}:{}", ports.of(Part::Page)));
    }
    // The router would listen elsewhere if it saw these, which some shells set for purposes of their own.
    command.env_remove("HOST").env_remove("PORT");
    children.start(Part::Gateway.name(), command)?;
    let health = format!("http://127.0.0.1:{}/health", ports.of(Part::Gateway));
    children.wait_for(Part::Gateway.name(), &health).await
}

/// Asks the joined question through the gateway. Half an answer is none.
async fn verify(ports: Ports, question: &Question) -> Result<()> {
    let answer = question.ask(&ports.url(Part::Gateway)).await?;
    questions::check(&answer).with_context(|| format!("the joined question was answered {answer:#}"))
}

/// The programs that `up` starts.
struct Binaries {
    stack: PathBuf,
    loyalty: PathBuf,
    gateway: PathBuf,
}

impl Binaries {
    fn find(settings: &Settings) -> Result<Self> {
        let stack = env::current_exe().context("looking for this program's own file")?;
        let loyalty = stack.with_file_name("loyalty");
        if !loyalty.is_file() {
            bail!("{} is not built yet: cargo build --workspace", loyalty.display());
        }
        let gateway = settings.gateway.clone();
        if !gateway.is_file() {
            bail!(
                "{} is not built yet: cargo build --manifest-path tests/stack/gateway/Cargo.toml, \
                 or say where it is with LOYALTY_GATEWAY_BIN",
                gateway.display()
            );
        }
        Ok(Self { stack, loyalty, gateway })
    }
}

//! What is measured: a file a workload, each with its contenders, and what its figures must come to.

mod entities;
mod growth;
mod guard;
mod ingest;
mod memory;
mod orders;
mod redemptions;
mod soak;

use anyhow::Result;

use crate::{
    loyalty::{CLASSIC, Loyalty, Place, TIERED},
    peers::Peers,
    report::Report,
    seed,
    settings::Workload,
    stand::{LIMITS, Stand, project_file},
};

/// Connections of the workloads that have many clients.
const CLIENTS: u32 = 64;

/// What the usual workloads have in common.
struct Ground<'a> {
    stand: &'a mut Stand,
    report: &'a mut Report,
    loyalty: Loyalty,
    peers: Option<Peers>,
}

pub(crate) async fn run(stand: &mut Stand, report: &mut Report) -> Result<()> {
    let usual = [Workload::W1, Workload::W2, Workload::B1, Workload::R1];
    if usual.into_iter().any(|workload| stand.settings.measures(workload)) {
        run_usual(stand, report).await?;
    }
    if stand.settings.measures(Workload::Guard) {
        guard::run(stand, report).await?;
    }
    if stand.settings.measures(Workload::Growth) {
        growth::run(stand, report).await?;
    }
    if stand.settings.measures(Workload::Soak) {
        soak::run(stand, report).await?;
    }
    Ok(())
}

/// Memory is looked at where one order and one question at a time have been measured: bulk comes after.
async fn run_usual(stand: &mut Stand, report: &mut Report) -> Result<()> {
    let mut ground = prepare(stand, report).await?;
    for workload in [Workload::W1, Workload::R1, Workload::W2, Workload::B1] {
        if !ground.stand.settings.measures(workload) {
            continue;
        }
        match workload {
            Workload::W1 => orders::run(&mut ground).await?,
            Workload::R1 => {
                entities::run(&mut ground).await?;
                memory::after_orders_and_entities(&mut ground)?;
            }
            Workload::W2 => redemptions::run(&mut ground).await?,
            _ => ingest::run(&mut ground).await?,
        }
    }
    memory::at_the_end(&mut ground)
}

async fn prepare<'a>(stand: &'a mut Stand, report: &'a mut Report) -> Result<Ground<'a>> {
    stand.create_database(LIMITS).await?;
    stand.sql_file(LIMITS, &project_file("limits/schema.sql")).await?;
    let place = Place { name: "loyalty", redis: 0, default_program: TIERED, settings: &[] };
    let loyalty = Loyalty::start(stand, place).await?;
    let members = stand.settings.members;
    // Those who will order come last: a shop's orders are of members who have ordered lately.
    seed::enrol(stand, &loyalty, TIERED, members, seed::pounds_tiered).await?;
    seed::enrol(stand, &loyalty, CLASSIC, members, |_| seed::POUNDS_CLASSIC).await?;
    seed::verify_entities(&loyalty, members).await?;
    seed::verify_orders(&loyalty).await?;
    let peers = peers(stand, report).await?;
    Ok(Ground { stand, report, loyalty, peers })
}

/// None where nothing is compared with them, or where they cannot be had: that is said, and the rest measured.
async fn peers(stand: &mut Stand, report: &mut Report) -> Result<Option<Peers>> {
    if !stand.settings.measures(Workload::W1) && !stand.settings.measures(Workload::R1) {
        return Ok(None);
    }
    let missing = match Peers::missing(&stand.settings.peers) {
        None => Peers::install(stand).await.err().map(|error| format!("{error:#}")),
        missing => missing,
    };
    if let Some(why) = missing {
        report.note(format!("the peers are skipped: {why}"));
        return Ok(None);
    }
    Peers::start(stand).await.map(Some)
}

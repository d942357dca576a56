//! R1: balance and tier of 1, 10 and 100 customers a question, from a warm Redis, 16 and 64 clients.

use anyhow::Result;

use super::Ground;
use crate::{
    contest::{Contender, Figure, take_turns},
    counters::Counters,
    peers,
    proof::Proof,
    report::{Must, Verdict},
    requests::Requests,
    sample::float,
};

/// Customers of a question, and how many times the strongest peer that must be.
const PAGES: [(u32, f64); 3] = [(1, 1.5), (10, 1.5), (100, 1.0)];
const CLIENTS: [u32; 2] = [16, 64];

/// What is left where nothing is asked of the database: the relay's own questions, twice a second.
const STATEMENTS_A_QUESTION: f64 = 0.01;
/// One, and a hair for what is counted while a question is on its way.
const REDIS_COMMANDS_A_QUESTION: f64 = 1.01;

pub(super) async fn run(ground: &mut Ground<'_>) -> Result<()> {
    let mut ours = Vec::new();
    for (customers, times) in PAGES {
        for clients in CLIENTS {
            let figures = measure(ground, customers, clients).await?;
            let rate = figures[0].per_second();
            for (place, peer) in figures[1..].iter().enumerate() {
                let what = format!("R1 of {customers} against {}", peer.name);
                let against = Verdict::ratio(what, rate, peer.per_second());
                let strongest = place == 0;
                ground.report.verdict(if strongest { against.must(Must::AtLeast(times)) } else { against });
            }
            ours.push(figures[0].clone());
            ground.report.figures(figures);
        }
    }
    cost(ground, &ours);
    Ok(())
}

async fn measure(ground: &mut Ground<'_>, customers: u32, clients: u32) -> Result<Vec<Figure>> {
    let members = ground.stand.settings.members;
    let load = ground.loyalty.load(Requests::entities(customers), clients, members);
    let mut contenders = vec![Contender::http("loyalty", load, 1, Proof::HotReads(&ground.loyalty))];
    for peer in ground.peers.iter().flat_map(peers::Peers::readers) {
        let load = peer.load(Requests::peer_entities(customers), clients);
        contenders.push(Contender::http(peer.name, load, 1, Proof::None));
    }
    take_turns(ground.stand, &workload(customers), &contenders).await
}

fn workload(customers: u32) -> String {
    let plural = if customers == 1 { "" } else { "s" };
    format!("R1 balance and tier of {customers} customer{plural}")
}

/// What a question costs behind the answer.
fn cost(ground: &mut Ground<'_>, figures: &[Figure]) {
    let questions: f64 = figures.iter().map(Figure::requests).sum();
    let counted = figures.iter().fold(Counters::default(), |sum, figure| sum.plus(&figure.counted));
    let each = |count: u64| float(count) / questions;
    for (what, count, most) in [
        ("R1 SQL statements a question", counted.statements, STATEMENTS_A_QUESTION),
        ("R1 Redis commands a question", counted.redis_commands, REDIS_COMMANDS_A_QUESTION),
    ] {
        ground.report.verdict(Verdict::of(what, each(count), "").must(Must::AtMost(most)));
    }
    let missed = Verdict::of("R1 members read from the database", float(counted.misses), "");
    ground.report.verdict(missed.must(Must::AtMost(0.0)));
}

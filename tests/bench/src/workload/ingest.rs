//! B1: a thousand orders a request, from a few clients.

use anyhow::Result;

use super::Ground;
use crate::{
    contest::{Contender, take_turns},
    loyalty::CLASSIC,
    proof::Proof,
    report::{Must, Verdict},
    requests::Requests,
    seed,
    table::figure,
};

const WORKLOAD: &str = "B1 orders in bulk";
/// Several systems that tell of their orders at once.
const CLIENTS: u32 = 4;
/// What the issue asks for on a machine that is fast enough.
const ORDERS_A_SECOND: f64 = 10_000.0;

pub(super) async fn run(ground: &mut Ground<'_>) -> Result<()> {
    let requests = Requests::ingest(CLASSIC, &seed::timestamp(seed::now()));
    let load = ground.loyalty.load(requests, CLIENTS, ground.stand.settings.members);
    let proof = Proof::Commands { loyalty: &ground.loyalty, each: 1_000 };
    let contenders = [
        // Two saturate a disk that is shared; more only wait for one another.
        Contender::limit("bare batch of 1,000 rows", "batch.sql", 2, 1_000),
        Contender::http("loyalty, requests of 1,000", load, 1_000, proof),
    ];
    let figures = take_turns(ground.stand, WORKLOAD, &contenders).await?;

    let rate = figures[1].per_second();
    let against = Verdict::ratio("B1 against the bare batch's rows", rate, figures[0].per_second());
    let enough = format!("{} a second", figure(ORDERS_A_SECOND));
    ground.report.verdict(against.must(Must::AtLeast(0.12)).or(enough, rate >= ORDERS_A_SECOND));
    ground.report.figures(figures);
    Ok(())
}

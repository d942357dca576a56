//! W1: one durable order of one line a mutation, 64 clients, a member drawn at random.

use anyhow::Result;

use super::{CLIENTS, Ground};
use crate::{
    contest::{Contender, take_turns},
    loyalty::CLASSIC,
    peers,
    proof::Proof,
    report::{Must, Verdict},
    requests::Requests,
    seed,
};

const WORKLOAD: &str = "W1 one durable order a mutation";

pub(super) async fn run(ground: &mut Ground<'_>) -> Result<()> {
    let placed_at = seed::timestamp(seed::now());
    let load = ground.loyalty.load(
        Requests::record_order(CLASSIC, &placed_at),
        CLIENTS,
        ground.stand.settings.members,
    );
    let proof = Proof::Commands { loyalty: &ground.loyalty, each: 1 };
    let mut contenders = vec![
        Contender::limit("bare earn in three statements", "earn.sql", 32, 1),
        Contender::http("loyalty", load, 1, proof),
    ];
    for peer in ground.peers.iter().flat_map(peers::Peers::writers) {
        let load = peer.load(Requests::peer_earn(), CLIENTS);
        let proof = Proof::Rows { database: peers::DATABASE, table: "ledger" };
        contenders.push(Contender::http(peer.name, load, 1, proof));
    }
    let figures = take_turns(ground.stand, WORKLOAD, &contenders).await?;

    let (bare, ours) = (&figures[0], &figures[1]);
    let rate = ours.per_second();
    let against = Verdict::ratio("W1 against the bare earn", rate, bare.per_second());
    ground.report.verdict(against.must(Must::AtLeast(1.0)));
    let slowest = Verdict::ratio("W1 p99 against the bare earn's", ours.p99_ms(), bare.p99_ms());
    ground.report.verdict(slowest.must(Must::Below(3.0)));
    for (peer, times) in figures[2..].iter().zip([2.0, 4.0]) {
        let against = Verdict::ratio(format!("W1 against {}", peer.name), rate, peer.per_second());
        ground.report.verdict(against.must(Must::AtLeast(times)));
    }
    ground.report.figures(figures);
    Ok(())
}

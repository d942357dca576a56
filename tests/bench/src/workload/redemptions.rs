//! W2: redemptions of one reward with a limited stock, 64 clients on one counter.

use anyhow::Result;

use super::{CLIENTS, Ground};
use crate::{
    contest::{Contender, take_turns},
    loyalty::{CLASSIC, REWARD},
    proof::Proof,
    report::{Must, Verdict},
    requests::Requests,
};

const WORKLOAD: &str = "W2 redemptions of one reward";

pub(super) async fn run(ground: &mut Ground<'_>) -> Result<()> {
    let limits = [32, 8, 1].map(|clients| Contender::limit("bare redemption", "redeem.sql", clients, 1));
    let mut contenders = Vec::from(limits);
    if ground.loyalty.redeems() {
        let requests = Requests::redeem(CLASSIC, REWARD);
        let load = ground.loyalty.load(requests, CLIENTS, ground.stand.settings.members);
        let proof = Proof::Commands { loyalty: &ground.loyalty, each: 1 };
        contenders.push(Contender::http("loyalty", load, 1, proof));
    } else {
        ground.report.note("W2 is skipped: the server has no loyaltyRewardRedeem".to_owned());
    }
    let figures = take_turns(ground.stand, WORKLOAD, &contenders).await?;

    if let Some(ours) = figures.get(3) {
        let crowd = figures[0].per_second();
        let against = Verdict::ratio("W2 against the bare redemption, 32 clients", ours.per_second(), crowd);
        ground.report.verdict(against.must(Must::AtLeast(3.0)));
    }
    ground.report.figures(figures);
    Ok(())
}

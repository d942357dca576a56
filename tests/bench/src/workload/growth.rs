//! Growth: what an order and a question cost with ten times the members, and for a member with thousands of open lots.

use anyhow::{Result, bail};
use serde_json::Value;
use tokio::time::Instant;

use super::CLIENTS;
use crate::{
    contest::{Contender, take_turns},
    loyalty::{CLASSIC, Loyalty, Place},
    proof::Proof,
    report::{Must, Report, Verdict},
    requests::{self, Requests},
    sample::median,
    seed,
    stand::Stand,
    table::figure,
};

/// How many times the small case's cost the large one's may be.
const TIMES: f64 = 1.3;
const CUSTOMERS_A_QUESTION: u32 = 10;
const READERS: u32 = 16;
/// Orders of one member in a row: each adds a lot, so that there must be few beside thousands.
const ORDERS_OF_ONE: u32 = 1_000;
const MANY_LOTS: &str = "many-lots";
const ONE_LOT: &str = "one-lot";

pub(super) async fn run(stand: &mut Stand, report: &mut Report) -> Result<()> {
    let small = Place { name: "loyalty_small", redis: 3, default_program: CLASSIC, settings: &[] };
    let large = Place { name: "loyalty_large", redis: 4, default_program: CLASSIC, settings: &[] };
    let (members, many) = (stand.settings.members, stand.settings.members_many);
    let small = (Loyalty::start(stand, small).await?, members);
    let large = (Loyalty::start(stand, large).await?, many);
    for (loyalty, members) in [&small, &large] {
        seed::enrol(stand, loyalty, CLASSIC, *members, |_| seed::POUNDS_CLASSIC).await?;
    }
    orders_of_many(stand, report, [&small, &large]).await?;
    entities_of_many(stand, report, [&small, &large]).await?;
    lots(stand, report, &small.0).await
}

async fn orders_of_many(stand: &mut Stand, report: &mut Report, cases: [&(Loyalty, u32); 2]) -> Result<()> {
    let requests = Requests::record_order(CLASSIC, &seed::timestamp(seed::now()));
    let contenders = cases.map(|(loyalty, members)| {
        let load = loyalty.load(requests.clone(), CLIENTS, *members);
        Contender::http(&members_text(*members), load, 1, Proof::Commands { loyalty, each: 1 })
    });
    let what = format!("W1: cost with {}", against(cases));
    compare(stand, report, ("W1 one durable order a mutation", what), &contenders).await
}

async fn entities_of_many(stand: &mut Stand, report: &mut Report, cases: [&(Loyalty, u32); 2]) -> Result<()> {
    let contenders = cases.map(|(loyalty, members)| {
        let load = loyalty.load(Requests::entities(CUSTOMERS_A_QUESTION), READERS, *members);
        Contender::http(&members_text(*members), load, 1, Proof::HotReads(loyalty))
    });
    let what = format!("R1: cost with {}", against(cases));
    compare(stand, report, ("R1 balance and tier of 10 customers", what), &contenders).await
}

fn members_text(members: u32) -> String {
    format!("{} members", figure(f64::from(members)))
}

fn against([small, large]: [&(Loyalty, u32); 2]) -> String {
    format!("{} against {}", members_text(large.1), figure(f64::from(small.1)))
}

/// The second contender against the first: how many times the cost.
async fn compare(
    stand: &mut Stand,
    report: &mut Report,
    (workload, what): (&str, String),
    contenders: &[Contender<'_>; 2],
) -> Result<()> {
    let figures = take_turns(stand, workload, contenders).await?;
    let (small, large) = (&figures[0], &figures[1]);
    let verdict = Verdict::ratio(what, small.per_second(), large.per_second());
    report.verdict(verdict.must(Must::AtMost(TIMES)));
    report.figures(figures);
    Ok(())
}

/// One member with thousands of lots against members with one.
async fn lots(stand: &mut Stand, report: &mut Report, loyalty: &Loyalty) -> Result<()> {
    let started = Instant::now();
    let lots = stand.settings.lots;
    seed::give_lots(loyalty, MANY_LOTS, lots).await?;
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("   gave one member {} lots: {seconds:.1} s", figure(f64::from(lots)));
    seed::give_lots(loyalty, ONE_LOT, 1).await?;

    let contenders =
        [(ONE_LOT, "a member of 1 lot".to_owned()), (MANY_LOTS, lots_text(lots))].map(|(customer, name)| {
            let load = loyalty.load(Requests::entity_of(customer), READERS, 1);
            Contender::http(&name, load, 1, Proof::HotReads(loyalty))
        });
    let what = format!("R1: cost of {} against 1", lots_text(lots));
    compare(stand, report, ("R1 balance and tier of 1 customer", what), &contenders).await?;

    let (mut few, mut many) = (Vec::new(), Vec::new());
    for round in 1..=stand.settings.rounds {
        // Its orders give a member lots: each round has a fresh one.
        let fresh = format!("{ONE_LOT}-{round}");
        seed::give_lots(loyalty, &fresh, 1).await?;
        few.push(orders_of_one(loyalty, &fresh, round).await?);
        many.push(orders_of_one(loyalty, MANY_LOTS, round).await?);
    }
    let seconds = |runs: Vec<f64>| median(runs).unwrap_or(f64::NAN);
    let (few, many) = (seconds(few), seconds(many));
    let orders = figure(f64::from(ORDERS_OF_ONE));
    for (name, seconds) in [("a member of 1 lot".to_owned(), few), (lots_text(lots), many)] {
        let what = format!("W1: {orders} orders of {name}, {CLIENTS} clients");
        report.verdict(Verdict::of(what, seconds, "s"));
    }
    let verdict = Verdict::ratio(format!("W1: cost of {} against 1", lots_text(lots)), many, few);
    report.verdict(verdict.must(Must::AtMost(TIMES)));
    Ok(())
}

fn lots_text(lots: u32) -> String {
    format!("a member of {} lots", figure(f64::from(lots)))
}

/// Seconds that so many orders of one member take.
async fn orders_of_one(loyalty: &Loyalty, customer: &str, round: u32) -> Result<f64> {
    let placed_at = seed::timestamp(seed::now());
    let bodies = (1..=ORDERS_OF_ONE).map(|number| {
        let id = format!("{customer}-round-{round}-{number}");
        requests::record_order_of(CLASSIC, &id, customer, &placed_at)
    });
    let recorded = |answer: &Value| {
        if answer["loyaltyOrderRecord"]["replayed"] != false {
            bail!("an order was answered {answer}");
        }
        Ok(())
    };
    let started = Instant::now();
    loyalty.client.ask_all(CLIENTS as usize, bodies, recorded).await?;
    Ok(started.elapsed().as_secs_f64())
}

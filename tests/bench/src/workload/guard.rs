//! Guard: what checking a token adds to a request, and what counting a caller does.

use anyhow::Result;

use crate::{
    contest::{Contender, Figure, take_turns},
    loyalty::{Loyalty, Place, TIERED},
    proof::Proof,
    report::{Must, Report, Verdict},
    requests::Requests,
    sample::float,
    seed,
    stand::Stand,
    wrk::Load,
};

/// What a known token may cost, in microseconds of a core.
const MICROS: f64 = 2.0;
/// One, and a hair for what the relay asks meanwhile.
const ROUND_TRIPS: f64 = 1.01;
/// A header that nobody reads, as long as `authorization`: both requests are of as many bytes.
const UNREAD: &str = "authorisation";
/// Differences this small want short turns, and many of them: so what else the machine does meets both.
const TURNS: u32 = 5;
const CLIENTS: u32 = 16;
/// A rate that nobody reaches.
const PACED: &[(&str, &str)] =
    &[("LOYALTY_RATE_PER_MINUTE", "10000000"), ("LOYALTY_RATE_SERVICE_PER_MINUTE", "10000000")];
const MEMBERS: u32 = 1_000;

pub(super) async fn run(stand: &mut Stand, report: &mut Report) -> Result<()> {
    let place = Place { name: "loyalty_guard", redis: 5, default_program: TIERED, settings: &[] };
    let plain = Loyalty::start(stand, place).await?;
    let place = Place { name: "loyalty_paced", redis: 6, settings: PACED, ..place };
    let paced = Loyalty::start(stand, place).await?;
    for loyalty in [&plain, &paced] {
        seed::enrol(stand, loyalty, TIERED, MEMBERS, seed::pounds_tiered).await?;
        seed::verify_entities(loyalty, MEMBERS).await?;
    }
    let usual = (stand.settings.rounds, stand.settings.seconds);
    stand.settings.rounds *= TURNS;
    stand.settings.seconds = (stand.settings.seconds / u64::from(TURNS)).max(1);
    checking(stand, report, &plain).await?;
    (stand.settings.rounds, stand.settings.seconds) = usual;
    counting(stand, report, &plain, &paced).await
}

/// The same request, its token where it is read and where it is not.
async fn checking(stand: &mut Stand, report: &mut Report, loyalty: &Loyalty) -> Result<()> {
    let read = loyalty.load(Requests::typename(), CLIENTS, 1);
    let unread = Load { token_header: UNREAD, ..read.clone() };
    let contenders = [("a token that is checked", read), ("one that is not", unread)]
        .map(|(name, load)| Contender::http(name, load, 1, Proof::Answers(loyalty)));
    let figures = take_turns(stand, "Guard { __typename }", &contenders).await?;
    let [with, without] = [&figures[0], &figures[1]].map(cpu_micros);
    report.verdict(Verdict::of("CPU of a request without a token to check", without, "us"));
    let verdict = Verdict::of("CPU that checking a warm token adds", with - without, "us");
    report.verdict(verdict.must(Must::Below(MICROS)));
    report.figures(figures);
    Ok(())
}

/// The balance of one customer, with and without a pace: alone, where nothing can share a way to Redis, and in a crowd.
async fn counting(stand: &mut Stand, report: &mut Report, plain: &Loyalty, paced: &Loyalty) -> Result<()> {
    for (clients, must) in [(1, Some(Must::AtMost(ROUND_TRIPS))), (CLIENTS, None)] {
        let contenders =
            [("callers counted", paced), ("callers not counted", plain)].map(|(name, loyalty)| {
                let load = loyalty.load(Requests::entities(1), clients, MEMBERS);
                Contender::http(name, load, 1, Proof::HotReads(loyalty))
            });
        let figures = take_turns(stand, "Guard balance of 1 customer", &contenders).await?;
        let trips = |figure: &Figure| float(figure.counted.redis_reads) / figure.requests();
        let added = trips(&figures[0]) - trips(&figures[1]);
        let what = format!(
            "round trips to Redis that counting a caller adds, {}",
            crate::contest::clients_text(clients)
        );
        let verdict = Verdict::of(what, added, "");
        report.verdict(if let Some(must) = must { verdict.must(must) } else { verdict });
        report.figures(figures);
    }
    Ok(())
}

/// Of one request, over all turns.
fn cpu_micros(figure: &Figure) -> f64 {
    float(figure.counted.cpu_micros) / figure.requests()
}

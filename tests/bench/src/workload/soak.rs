//! Soak: orders and questions at once, minute after minute, and what memory they cost.

use anyhow::Result;

use crate::{
    loyalty::{CLASSIC, Loyalty, Place, TIERED},
    proof::Proof,
    report::{Must, Report, Verdict},
    requests::Requests,
    seed,
    stand::Stand,
};

const MINUTE: u64 = 60;
/// Clients of either kind: enough to keep both cores busy.
const CLIENTS: u32 = 16;
const CUSTOMERS_A_QUESTION: u32 = 10;
/// The last minute against the first: what an allocator may move, and no leak.
const GROWTH: f64 = 1.1;

pub(super) async fn run(stand: &mut Stand, report: &mut Report) -> Result<()> {
    let place = Place { name: "loyalty_soak", redis: 2, default_program: TIERED, settings: &[] };
    let loyalty = Loyalty::start(stand, place).await?;
    let members = stand.settings.members;
    seed::enrol(stand, &loyalty, CLASSIC, members, |_| seed::POUNDS_CLASSIC).await?;
    seed::enrol(stand, &loyalty, TIERED, members, seed::pounds_tiered).await?;
    let orders = Requests::record_order(CLASSIC, &seed::timestamp(seed::now()));
    let orders = loyalty.load(orders, CLIENTS, members);
    let questions = loyalty.load(Requests::entities(CUSTOMERS_A_QUESTION), CLIENTS, members);
    orders.check("soak-warm-orders", 1).await?;
    questions.check("soak-warm-questions", 1).await?;

    let mut resident = Vec::new();
    for minute in 1..=stand.settings.soak_minutes {
        let proof = Proof::Commands { loyalty: &loyalty, each: 1 };
        let before = proof.counters(stand).await?;
        let run = format!("soak-{minute}");
        let (recorded, answered) =
            tokio::try_join!(orders.run(&run, MINUTE), questions.run("soak-questions", MINUTE))?;
        proof.check(&recorded, &proof.counters(stand).await?.since(&before))?;
        stand.children.check()?;
        let mebibytes = loyalty.resident_mebibytes()?;
        let (orders, questions) = (recorded.per_second, answered.per_second);
        eprintln!(
            "   minute {minute}: {mebibytes:.1} MiB, {orders:.0} orders, {questions:.0} questions a second"
        );
        report.verdict(Verdict::of(format!("resident memory after minute {minute}"), mebibytes, "MiB"));
        resident.push(mebibytes);
    }
    if let (Some(first), Some(last)) = (resident.first(), resident.last()) {
        let verdict = Verdict::ratio("resident memory, the last minute against the first", *last, *first);
        report.verdict(verdict.must(Must::AtMost(GROWTH)));
    }
    Ok(())
}

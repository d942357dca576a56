//! Fills an empty loyalty through its own API, and looks whether it holds what it was told.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    loyalty::{CLASSIC, Loyalty},
    requests,
    stand::Stand,
    table,
};

const ORDERS_A_REQUEST: u32 = 1_000;
/// One is read while another is committed; more would only wait longer for their answers.
const REQUESTS_AT_A_TIME: usize = 2;
/// What everybody has in the classic programme to begin with: enough to redeem from for a whole run.
pub(crate) const POUNDS_CLASSIC: u32 = 1_000;

/// What a customer spends in the tiered programme: 1 to 3,000 pounds, so that a sixth are bronze, half silver, a third gold.
pub(crate) fn pounds_tiered(customer: u32) -> u32 {
    // 7,919 has no divisor in common with 3,000: neighbours differ, and every amount is as frequent as the others.
    customer % 3_000 * 7_919 % 3_000 + 1
}

/// The tier of such a customer, by the thresholds of `schema/programs/tiered.json`.
fn tier(pounds: u32) -> &'static str {
    match pounds {
        0..500 => "bronze",
        500..2_000 => "silver",
        _ => "gold",
    }
}

/// Enrols customers 1 to `customers` by an order each, of so many pounds.
pub(crate) async fn enrol(
    stand: &Stand,
    loyalty: &Loyalty,
    program: &str,
    customers: u32,
    pounds: fn(u32) -> u32,
) -> Result<()> {
    let (started, placed_at) = (Instant::now(), timestamp(now()));
    let firsts = (1..=customers).step_by(ORDERS_A_REQUEST as usize);
    let bodies = firsts.map(|first| {
        let last = customers.min(first + ORDERS_A_REQUEST - 1);
        let order = |customer: u32| {
            let id = format!("seed-{customer}");
            requests::order(&id, &customer.to_string(), &placed_at, pounds(customer))
        };
        requests::ingest_of(program, (first..=last).map(order).collect())
    });
    let all_accepted = |answer: &Value| {
        let payload = &answer["loyaltyEventsIngest"];
        if payload["refused"] != 0 || payload["replayed"] != 0 {
            bail!("an enrolment was answered {answer}");
        }
        Ok(())
    };
    let asked = loyalty.client.ask_all(REQUESTS_AT_A_TIME, bodies, all_accepted).await;
    asked.with_context(|| format!("enrolling {customers} members in {program}"))?;
    let seconds = started.elapsed().as_secs_f64();
    let (count, rate) = (table::figure(f64::from(customers)), table::figure(f64::from(customers) / seconds));
    eprintln!("   enrolled {count} members in {program}: {seconds:.1} s, {rate} a second");
    // As autovacuum would in a minute, and as every few minutes, in the middle of a measurement.
    stand.sql(loyalty.database(), "VACUUM (ANALYZE)").await?;
    stand.sql(loyalty.database(), "CHECKPOINT").await.map(drop)
}

/// Gives a customer a membership and so many lots of one point, each with an expiry of its own.
pub(crate) async fn give_lots(loyalty: &Loyalty, customer: &str, lots: u32) -> Result<()> {
    let (now, placed_at) = (now(), timestamp(now()));
    let first = requests::order(&format!("seed-{customer}"), customer, &placed_at, 10);
    loyalty.client.ask(&requests::ingest_of(CLASSIC, vec![first])).await?;
    // The order gave the first.
    let bodies = (1..lots).map(|number| {
        let expires_at = timestamp(now + Duration::days(365) + Duration::minutes(i64::from(number)));
        requests::adjust_of(CLASSIC, &format!("lot-{customer}-{number}"), customer, &expires_at)
    });
    let adjusted = |answer: &Value| match answer["loyaltyPointsAdjust"]["__typename"].as_str() {
        Some("LoyaltyPointsAdjusted") => Ok(()),
        _ => bail!("a lot was answered {answer}"),
    };
    loyalty.client.ask_all(64, bodies, adjusted).await
}

/// Whether balances and tiers are what the tiered programme makes of `enrol`.
pub(crate) async fn verify_entities(loyalty: &Loyalty, customers: u32) -> Result<()> {
    let sample: Vec<u32> = (1..=customers).step_by(customers as usize / 500).collect();
    for some in sample.chunks(100) {
        let data = loyalty.client.ask(&requests::entities_of(some.iter().copied())).await?;
        let expected = some.iter().map(|&customer| {
            let pounds = pounds_tiered(customer);
            json!({"loyalty": {"balance": {"available": pounds}, "tier": {"tier": {"id": tier(pounds)}}}})
        });
        let expected = Value::Array(expected.collect());
        if data["_entities"] != expected {
            bail!("customers {some:?} were answered {data}, not {expected}");
        }
    }
    Ok(())
}

/// Whether an order earns ten points, once.
pub(crate) async fn verify_orders(loyalty: &Loyalty) -> Result<()> {
    let body = requests::record_order_of(CLASSIC, "verified", "1", &timestamp(now()));
    for (replayed, available) in [(false, POUNDS_CLASSIC + 10), (true, POUNDS_CLASSIC + 10)] {
        let data = loyalty.client.ask(&body).await?;
        let recorded = &data["loyaltyOrderRecord"];
        let balance = &recorded["member"]["balance"]["available"];
        if recorded["replayed"] != replayed || *balance != available {
            bail!("an order (replayed: {replayed}) was answered {data}, not with {available} points");
        }
    }
    Ok(())
}

pub(crate) fn timestamp(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[expect(clippy::disallowed_methods, reason = "the server under test lives by the machine's time")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tiers_are_held_by_many() {
        let mut held = std::collections::BTreeMap::new();
        for customer in 1..=100_000 {
            *held.entry(tier(pounds_tiered(customer))).or_insert(0) += 1;
        }
        let least = held.values().min().copied().unwrap_or_default();
        assert!(held.len() == 3 && least > 10_000, "{held:?}");
    }
}

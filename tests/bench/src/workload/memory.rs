//! Resident memory of our server, with every member of both programmes in Redis.

use anyhow::Result;

use super::Ground;
use crate::{
    report::{Must, Verdict},
    settings::Workload,
};

const MEBIBYTES: f64 = 100.0;

/// Since its start the server has enrolled everybody in bulk, and answered one order and one question at a time.
pub(super) fn after_orders_and_entities(ground: &mut Ground<'_>) -> Result<()> {
    if !ground.stand.settings.measures(Workload::W1) {
        return Ok(());
    }
    let resident = ground.loyalty.resident_mebibytes()?;
    let verdict = Verdict::of("resident memory after W1 and R1", resident, "MiB");
    ground.report.verdict(verdict.must(Must::Below(MEBIBYTES)));
    Ok(())
}

pub(super) fn at_the_end(ground: &mut Ground<'_>) -> Result<()> {
    let resident = ground.loyalty.resident_mebibytes()?;
    ground.report.verdict(Verdict::of("resident memory at the end", resident, "MiB"));
    Ok(())
}

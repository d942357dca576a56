//! The limits: scripts of `limits/`, run by `pgbench`.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::{
    sample::{Sample, float, percentile},
    stand::{self, Stand},
};

/// A script and how many send it at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub script: &'static str,
    pub clients: u32,
}

impl Limit {
    /// Runs it against the database of the limits. Every transaction's time is logged, for the percentiles.
    pub(crate) async fn run(&self, stand: &Stand, seconds: u64) -> Result<Sample> {
        let logs = stand.scratch("pgbench")?;
        let threads = self.clients.min(2).to_string();
        let output = stand
            .postgres_client("pgbench", stand::LIMITS)
            .args(["--no-vacuum", "--protocol=prepared", "--log", "--log-prefix"])
            .arg(logs.join("transactions"))
            .arg("--file")
            .arg(stand::project_file("limits").join(self.script))
            .args(["--client", &self.clients.to_string(), "--jobs", &threads])
            .args(["--time", &seconds.to_string()])
            .output()
            .await
            .context("running pgbench")?;
        let said = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            bail!("pgbench {}: {}", self.script, String::from_utf8_lossy(&output.stderr).trim());
        }
        let per_second = transactions_per_second(&said)
            .with_context(|| format!("pgbench {} did not go well:\n{said}", self.script))?;
        let times = logged_times(&logs)?;
        fs::remove_dir_all(&logs).context("removing pgbench's logs")?;
        sample(per_second, times).with_context(|| format!("pgbench {} logged nothing", self.script))
    }
}

/// What pgbench says at its end; none where a transaction failed.
fn transactions_per_second(said: &str) -> Option<f64> {
    let after = |label: &str| said.lines().find_map(|line| line.strip_prefix(label));
    let failed = after("number of failed transactions: ")?;
    if !failed.starts_with("0 ") {
        return None;
    }
    after("tps = ")?.split(' ').next()?.parse().ok()
}

/// Microseconds of every transaction that pgbench's threads logged.
fn logged_times(folder: &Path) -> Result<Vec<u64>> {
    let mut times = Vec::new();
    for entry in fs::read_dir(folder).context("looking for pgbench's logs")? {
        let file = entry?.path();
        let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        for line in text.lines() {
            times.push(logged_time(line).with_context(|| format!("pgbench logged `{line}`"))?);
        }
    }
    Ok(times)
}

/// Client, number, microseconds, script, and when.
fn logged_time(line: &str) -> Option<u64> {
    line.split(' ').nth(2)?.parse().ok()
}

fn sample(per_second: f64, mut microseconds: Vec<u64>) -> Option<Sample> {
    microseconds.sort_unstable();
    let milliseconds = |percent| Some(float(percentile(&microseconds, percent)?) / 1_000.0);
    Some(Sample {
        requests: microseconds.len() as u64,
        per_second,
        p50_ms: milliseconds(50)?,
        p99_ms: milliseconds(99)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "transaction type: earn.sql\nnumber of transactions actually processed: 35528\n\
        number of failed transactions: 0 (0.000%)\nlatency average = 2.702 ms\n\
        tps = 11842.671 (without initial connection time)\n";

    #[test]
    fn what_pgbench_says_is_read() {
        assert_eq!(transactions_per_second(SAID), Some(11_842.671));
        let failed = SAID.replace("failed transactions: 0 ", "failed transactions: 3 ");
        for wrong in [failed.as_str(), "", "tps = 3 (x)"] {
            assert_eq!(transactions_per_second(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn percentiles_come_from_the_log() {
        let lines = (1..=200).rev().map(|time| format!("3 {time} {} 0 1767225600 123456", time * 1_000));
        let times: Vec<u64> = lines.map(|line| logged_time(&line).unwrap()).collect();
        let expected = Sample { requests: 200, per_second: 20.0, p50_ms: 100.0, p99_ms: 198.0 };
        assert_eq!(sample(20.0, times), Some(expected));
        assert_eq!(sample(20.0, Vec::new()), None);
        for wrong in ["", "1 2", "1 2 failed 0 1 2"] {
            assert_eq!(logged_time(wrong), None, "{wrong}");
        }
    }
}

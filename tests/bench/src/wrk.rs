//! Load over HTTP: `wrk` with `wrk/requests.lua`. A generator in Rust would cost the servers more of the same cores.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::process::Command;

use crate::{
    requests::Requests,
    sample::{Sample, float},
    stand,
};

/// A batch of a slow server takes longer than the two seconds that wrk waits by itself; whoever takes longer than this
/// has broken down.
const PATIENCE: &str = "30s";

/// Where a token stands.
pub(crate) const AUTHORIZATION: &str = "authorization";

/// Who is sent what, by how many at once.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub url: String,
    pub token: Option<String>,
    pub token_header: &'static str,
    pub requests: Requests,
    pub connections: u32,
    /// Customers that are drawn from.
    pub customers: u32,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outcome {
    pub sample: Sample,
    checked: u64,
    wrong: u64,
    bad_statuses: u64,
    broken_connections: u64,
}

impl Load {
    /// A measured run. `run` names it, and differs from the name of every other run.
    pub(crate) async fn run(&self, run: &str, seconds: u64) -> Result<Sample> {
        let (outcome, said) = self.send(run, seconds, false).await?;
        if !outcome.is_clean() {
            bail!("{} of {run}", outcome.complaint(&said));
        }
        Ok(outcome.sample)
    }

    /// A run in which every answer is read, which also warms up whoever answers.
    pub(crate) async fn check(&self, run: &str, seconds: u64) -> Result<()> {
        let (outcome, said) = self.send(run, seconds, true).await?;
        if !outcome.is_clean() || outcome.checked == 0 {
            bail!("{} of {run}", outcome.complaint(&said));
        }
        Ok(())
    }

    async fn send(&self, run: &str, seconds: u64, check: bool) -> Result<(Outcome, String)> {
        let mut command = Command::new("wrk");
        command
            .args(["--threads", "1", "--connections", &self.connections.to_string()])
            .args(["--duration", &format!("{seconds}s"), "--timeout", PATIENCE, "--script"])
            .arg(stand::project_file("wrk/requests.lua"))
            .arg(&self.url)
            .env("RUN", run)
            .env("SEED", seed_of(run).to_string())
            .env("CUSTOMERS", self.customers.to_string())
            .envs(self.token.as_ref().map(|token| ("TOKEN", token)))
            .env("TOKEN_HEADER", self.token_header)
            .kill_on_drop(true);
        self.requests.environment(&mut command, check);
        let output = command.output().await.context("running wrk: apt-get install wrk")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let outcome = parse(&said).with_context(|| {
            format!("wrk said of {run}:\n{said}{}", String::from_utf8_lossy(&output.stderr))
        })?;
        Ok((outcome, said))
    }
}

impl Outcome {
    fn is_clean(&self) -> bool {
        self.wrong == 0 && self.bad_statuses == 0 && self.broken_connections == 0 && self.sample.requests > 0
    }

    fn complaint(&self, said: &str) -> String {
        let first = said.lines().find(|line| line.starts_with("wrong answer: ")).unwrap_or_default();
        format!(
            "{} wrong answers of {} read, {} statuses other than 200, {} broken connections, {} answers in all. {first}",
            self.wrong, self.checked, self.bad_statuses, self.broken_connections, self.sample.requests
        )
    }
}

/// A number that differs from run to run and is the same for the same run: FNV-1a over its name.
fn seed_of(run: &str) -> u32 {
    run.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The last line, which is our script's.
fn parse(said: &str) -> Option<Outcome> {
    let line: Value = serde_json::from_str(said.lines().last()?).ok()?;
    let field = |name: &str| line[name].as_u64();
    let requests = field("requests")?;
    let seconds = float(field("microseconds").filter(|time| *time > 0)?) / 1e6;
    Some(Outcome {
        sample: Sample {
            requests,
            per_second: float(requests) / seconds,
            p50_ms: float(field("p50_microseconds")?) / 1_000.0,
            p99_ms: float(field("p99_microseconds")?) / 1_000.0,
        },
        checked: field("checked")?,
        wrong: field("wrong")?,
        bad_statuses: field("bad_statuses")?,
        broken_connections: field("broken_connections")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Running 2s test @ http://127.0.0.1:4001/graphql\nwrong answer: 500 no\n\
        {\"requests\":4200,\"microseconds\":2000000,\"p50_microseconds\":2500,\"p99_microseconds\":9125,\
        \"bad_statuses\":1,\"broken_connections\":2,\"checked\":4200,\"wrong\":3}\n";

    #[test]
    fn the_script_s_last_line_is_read() {
        let outcome = parse(SAID).unwrap();
        let sample = Sample { requests: 4_200, per_second: 2_100.0, p50_ms: 2.5, p99_ms: 9.125 };
        assert_eq!(outcome.sample, sample);
        assert!(!outcome.is_clean());
        let expected = "3 wrong answers of 4200 read, 1 statuses other than 200, 2 broken connections, 4200 answers in \
                        all. wrong answer: 500 no";
        assert_eq!(outcome.complaint(SAID), expected);
        for wrong in ["", "Running 2s test", "{\"requests\":1}", "{\"requests\":1,\"microseconds\":0}"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn one_fault_is_enough() {
        let sample = Sample { requests: 1, per_second: 1.0, p50_ms: 1.0, p99_ms: 1.0 };
        let clean = Outcome { sample, checked: 1, wrong: 0, bad_statuses: 0, broken_connections: 0 };
        assert!(clean.is_clean());
        for faulty in [
            Outcome { wrong: 1, ..clean },
            Outcome { bad_statuses: 1, ..clean },
            Outcome { broken_connections: 1, ..clean },
            Outcome { sample: Sample { requests: 0, ..sample }, ..clean },
        ] {
            assert!(!faulty.is_clean(), "{faulty:?}");
        }
    }

    #[test]
    fn runs_differ_in_their_random_numbers() {
        assert_ne!(seed_of("w1-0"), seed_of("w1-1"));
        assert_eq!(seed_of("w1-0"), seed_of("w1-0"));
    }
}

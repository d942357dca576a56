//! What must have happened besides answering, for a figure to count.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::time::{Instant, sleep};

use crate::{
    counters::{self, Counters},
    loyalty::Loyalty,
    sample::Sample,
    stand::Stand,
};

/// How long work that goes on after the last answer may keep the next contender waiting.
const SETTLING: Duration = Duration::from_secs(10);

#[derive(Clone, Copy)]
pub(crate) enum Proof<'a> {
    /// The generator says enough: a limit fails as a whole.
    None,
    /// Each request was so many commands of ours, all of them done.
    Commands { loyalty: &'a Loyalty, each: u64 },
    /// Customers were read from Redis. Those that were not are answered rightly and are a figure of their own.
    HotReads(&'a Loyalty),
    /// Nothing but answers: what they cost is what is looked at.
    Answers(&'a Loyalty),
    /// Each request was a row in a table of a peer's database.
    Rows { database: &'static str, table: &'static str },
}

impl Proof<'_> {
    /// What was counted so far, once the last contender's work has come to rest.
    pub(crate) async fn counters(self, stand: &Stand) -> Result<Counters> {
        match self {
            Self::None => Ok(Counters::default()),
            Self::Commands { loyalty, .. } | Self::HotReads(loyalty) | Self::Answers(loyalty) => {
                let (metrics, redis) = (loyalty.metrics().await?, stand.redis_statistics().await?);
                Ok(Counters { cpu_micros: loyalty.cpu_micros()?, ..Counters::read(&metrics, &redis) })
            }
            Self::Rows { database, table } => {
                let count = stand.sql(database, &format!("SELECT count(*) FROM {table}")).await?;
                let done = count.parse().with_context(|| format!("`{count}` rows"))?;
                Ok(Counters { done, ..Counters::default() })
            }
        }
    }

    /// Lets a server of ours finish what it does after its answers.
    pub(crate) async fn settle(self) -> Result<()> {
        let (Self::Commands { loyalty, .. } | Self::HotReads(loyalty) | Self::Answers(loyalty)) = self else {
            return Ok(());
        };
        let deadline = Instant::now() + SETTLING;
        while counters::backlog(&loyalty.metrics().await?) > 0 && Instant::now() < deadline {
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Whether `counted` is what `sample` claims. What was on its way at the end may have been done as well.
    pub(crate) fn check(self, sample: &Sample, counted: &Counters) -> Result<()> {
        match self {
            Self::Commands { each, .. } => done(sample.requests * each, counted)?,
            Self::Rows { .. } => done(sample.requests, counted)?,
            Self::HotReads(_) if counted.hits == 0 => bail!("no member came from Redis"),
            Self::None | Self::HotReads(_) | Self::Answers(_) => {}
        }
        if counted.errors > 0 {
            bail!("{} GraphQL errors among {} answers", counted.errors, sample.requests);
        }
        Ok(())
    }
}

fn done(wanted: u64, counted: &Counters) -> Result<()> {
    if counted.done < wanted || counted.not_done > 0 {
        let Counters { done, not_done, .. } = counted;
        bail!("{wanted} were acknowledged, {done} were done, {not_done} were refused or failed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_acknowledged_was_done() {
        let sample = Sample { requests: 10, per_second: 1.0, p50_ms: 1.0, p99_ms: 1.0 };
        let proof = Proof::Rows { database: "peers", table: "ledger" };
        for (counted, right) in [
            (Counters { done: 10, ..Counters::default() }, true),
            (Counters { done: 74, ..Counters::default() }, true),
            (Counters { done: 9, ..Counters::default() }, false),
            (Counters { done: 10, not_done: 1, ..Counters::default() }, false),
            (Counters { done: 10, errors: 1, ..Counters::default() }, false),
        ] {
            assert_eq!(proof.check(&sample, &counted).is_ok(), right, "{counted:?}");
        }
    }
}

//! Contenders that take turns, so that whatever else the machine does meets all of them.

use anyhow::{Context, Result};

use crate::{
    counters::Counters,
    pgbench::Limit,
    proof::Proof,
    sample::{Sample, float, median},
    stand::Stand,
    wrk::Load,
};

/// Before anything is measured: answers are checked, caches and compilers get warm.
const WARM_SECONDS: u64 = 2;

pub(crate) enum Work {
    Limit(Limit),
    Http(Load),
}

pub(crate) struct Contender<'a> {
    /// As the table names it; unique in its workload.
    pub name: String,
    pub work: Work,
    /// Rows or orders of one request.
    pub each: u32,
    pub proof: Proof<'a>,
}

/// What a contender did, over all rounds.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub workload: String,
    pub name: String,
    pub each: u32,
    pub samples: Vec<Sample>,
    /// What its server counted meanwhile.
    pub counted: Counters,
}

impl<'a> Contender<'a> {
    pub(crate) fn limit(name: &str, script: &'static str, clients: u32, each: u32) -> Self {
        let work = Work::Limit(Limit { script, clients });
        Self { name: format!("{name}, {}", clients_text(clients)), work, each, proof: Proof::None }
    }

    pub(crate) fn http(name: &str, load: Load, each: u32, proof: Proof<'a>) -> Self {
        let name = format!("{name}, {}", clients_text(load.connections));
        Self { name, work: Work::Http(load), each, proof }
    }

    async fn warm(&self, stand: &Stand, workload: &str) -> Result<()> {
        match &self.work {
            Work::Limit(limit) => limit.run(stand, 1).await.map(drop),
            Work::Http(load) => load.check(&run_name(workload, &self.name, 0), WARM_SECONDS).await,
        }
    }

    async fn measure(&self, stand: &Stand, workload: &str, round: u32) -> Result<(Sample, Counters)> {
        let seconds = stand.settings.seconds;
        let before = self.proof.counters(stand).await?;
        let sample = match &self.work {
            Work::Limit(limit) => limit.run(stand, seconds).await?,
            Work::Http(load) => load.run(&run_name(workload, &self.name, round), seconds).await?,
        };
        let counted = self.proof.counters(stand).await?.since(&before);
        self.proof.check(&sample, &counted)?;
        self.proof.settle().await?;
        Ok((sample, counted))
    }
}

pub(crate) fn clients_text(clients: u32) -> String {
    if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") }
}

/// Lets them take turns, each round beginning with another, and answers one figure for each in their order.
pub(crate) async fn take_turns(
    stand: &mut Stand,
    workload: &str,
    contenders: &[Contender<'_>],
) -> Result<Vec<Figure>> {
    for contender in contenders {
        let warmed = contender.warm(stand, workload).await;
        warmed.with_context(|| format!("{workload}, {}", contender.name))?;
        contender.proof.settle().await?;
    }
    let mut figures: Vec<Figure> =
        contenders.iter().map(|contender| Figure::of(workload, contender)).collect();
    for round in 1..=stand.settings.rounds {
        for turn in 0..contenders.len() {
            let place = (turn + round as usize - 1) % contenders.len();
            let contender = &contenders[place];
            let measured = contender.measure(stand, workload, round).await;
            let (sample, counted) =
                measured.with_context(|| format!("{workload}, {}, round {round}", contender.name))?;
            stand.children.check()?;
            figures[place].add(sample, &counted);
            figures[place].tell(round, stand.settings.rounds);
        }
    }
    Ok(figures)
}

/// Begins the keys and ids of a run: no two runs of one database share any.
fn run_name(workload: &str, contender: &str, round: u32) -> String {
    let text = format!("{workload} {contender} {round}").to_lowercase();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

impl Figure {
    pub(crate) fn of(workload: &str, contender: &Contender<'_>) -> Self {
        Self {
            workload: workload.to_owned(),
            name: contender.name.clone(),
            each: contender.each,
            samples: Vec::new(),
            counted: Counters::default(),
        }
    }

    fn add(&mut self, sample: Sample, counted: &Counters) {
        self.samples.push(sample);
        self.counted = self.counted.plus(counted);
    }

    /// Rows, orders or requests a second: the median.
    pub(crate) fn per_second(&self) -> f64 {
        self.median(|sample| sample.per_second) * f64::from(self.each)
    }

    pub(crate) fn p50_ms(&self) -> f64 {
        self.median(|sample| sample.p50_ms)
    }

    pub(crate) fn p99_ms(&self) -> f64 {
        self.median(|sample| sample.p99_ms)
    }

    pub(crate) fn requests(&self) -> f64 {
        float(self.samples.iter().map(|sample| sample.requests).sum())
    }

    fn median(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        median(self.samples.iter().map(of)).unwrap_or(f64::NAN)
    }

    /// A line for whoever watches: a run takes a quarter of an hour.
    fn tell(&self, round: u32, rounds: u32) {
        if let Some(last) = self.samples.last() {
            let (workload, name) = (&self.workload, &self.name);
            let per_second = crate::table::figure(last.per_second * f64::from(self.each));
            eprintln!(
                "   {workload} {round}/{rounds}  {name}: {per_second} a second, p99 {:.1} ms",
                last.p99_ms
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_medians_of_what_one_request_counts_for() {
        let contender = Contender::limit("bare batch", "batch.sql", 2, 1_000);
        let mut figure = Figure::of("B1", &contender);
        for (requests, per_second, p99_ms) in [(10, 90.0, 30.0), (12, 70.0, 50.0), (14, 80.0, 40.0)] {
            let sample = Sample { requests, per_second, p50_ms: 1.0, p99_ms };
            figure.add(sample, &Counters { done: requests, ..Counters::default() });
        }
        assert_eq!(figure.name, "bare batch, 2 clients");
        let medians = (figure.per_second(), figure.p50_ms(), figure.p99_ms(), figure.requests());
        assert_eq!(medians, (80_000.0, 1.0, 40.0, 36.0));
        assert_eq!(figure.counted.done, 36);
    }

    #[test]
    fn runs_have_names_of_their_own() {
        assert_eq!(run_name("W1", "loyalty, 64 clients", 2), "w1-loyalty-64-clients-2");
    }
}

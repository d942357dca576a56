//! What may be set, by arguments or by the environment.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// What is measured. `make bench` measures all but the last two, which take long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Workload {
    /// One durable order a mutation.
    W1,
    /// Redemptions of one reward with a limited stock.
    W2,
    /// Orders in bulk.
    B1,
    /// Balances and tiers of customers, from Redis.
    R1,
    /// What checking a token and counting a caller add.
    Guard,
    /// The same as R1 and W1 with many members, and with a member of many lots.
    Growth,
    /// Memory under load, minute by minute.
    Soak,
}

const USUAL: [Workload; 5] = [Workload::W1, Workload::W2, Workload::B1, Workload::R1, Workload::Guard];

#[derive(Clone, Debug, Parser)]
#[command(name = "loyalty-bench", about = "Measures loyalty beside its limits and its peers", version)]
pub(crate) struct Settings {
    /// What to measure, with commas between; the first five where it is left out.
    #[arg(long, env = "BENCH_ONLY", value_delimiter = ',')]
    only: Vec<Workload>,
    /// How long each figure is measured.
    #[arg(long, env = "BENCH_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    pub seconds: u64,
    /// How often contenders take turns; figures are medians.
    #[arg(long, env = "BENCH_ROUNDS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Members that are enrolled before anything is measured.
    #[arg(long, env = "BENCH_MEMBERS", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    pub members: u32,
    /// Members of the large case of `growth`.
    #[arg(long, env = "BENCH_MEMBERS_MANY", default_value_t = 1_000_000)]
    pub members_many: u32,
    /// Open lots of one member in `growth`.
    #[arg(long, env = "BENCH_LOTS", default_value_t = 10_000)]
    pub lots: u32,
    /// How long `soak` goes on.
    #[arg(long, env = "BENCH_SOAK_MINUTES", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..))]
    pub soak_minutes: u32,
    /// The program under test.
    #[arg(long, env = "BENCH_LOYALTY", default_value = "target/release/loyalty")]
    pub loyalty: PathBuf,
    /// The peers' folder, with their limits' folder beside it. Without it they are skipped.
    #[arg(long, env = "BENCH_PEERS", default_value = "../shared/bench/peers")]
    pub peers: PathBuf,
    /// Where `PostgreSQL` keeps its data: a disk, for memory would make every limit meaningless.
    #[arg(long, env = "BENCH_DATA", default_value = "/var/tmp")]
    pub data: PathBuf,
    /// Logs, the peers' copy and the report.
    #[arg(long, env = "BENCH_WORK", default_value = "target/bench")]
    pub work: PathBuf,
}

impl Settings {
    pub(crate) fn workloads(&self) -> &[Workload] {
        if self.only.is_empty() { &USUAL } else { &self.only }
    }

    pub(crate) fn measures(&self, workload: Workload) -> bool {
        self.workloads().contains(&workload)
    }

    /// Runs of other workloads do not overwrite the usual one's report.
    pub(crate) fn report_name(&self) -> String {
        let name = |workload: &Workload| format!("-{}", format!("{workload:?}").to_lowercase());
        format!("report{}.json", self.only.iter().map(name).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_workloads_has_a_report_of_its_own() {
        for (arguments, measured, report) in [
            (vec![], "W1 W2 B1 R1 Guard", "report.json"),
            (vec!["--only", "w1,r1"], "W1 R1", "report-w1-r1.json"),
            (vec!["--only", "soak"], "Soak", "report-soak.json"),
        ] {
            let settings = Settings::parse_from(["bench"].into_iter().chain(arguments));
            let names: Vec<String> = settings.workloads().iter().map(|w| format!("{w:?}")).collect();
            assert_eq!((names.join(" "), settings.report_name()), (measured.to_owned(), report.to_owned()));
        }
    }
}

//! Our server: as it is built and configured by default, on the stand's `PostgreSQL` and Redis.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use loyalty_servers::{free_port, process};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    client::Client,
    requests::Requests,
    stand::{Stand, project_file},
    wrk::{AUTHORIZATION, Load},
};

/// The reward that everybody redeems in W2, in a programme that has rewards.
pub(crate) const REWARD: &str = "mug";
/// More than can be redeemed in a run.
const STOCK: u32 = 1_000_000_000;
/// The programme of orders.
pub(crate) const CLASSIC: &str = "classic";
/// The programme of balances with tiers.
pub(crate) const TIERED: &str = "tiered";

/// Tokens of this run are signed with it; the servers that take them are gone when the run ends.
const SECRET: &str = "a secret of the benchmark's own servers, which end with it";

/// What one server has to itself.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Names the process, its log and its database.
    pub name: &'static str,
    /// Redis's number of its database.
    pub redis: u8,
    /// The programme that is meant where a request names none.
    pub default_program: &'static str,
    /// What it is told besides.
    pub settings: &'static [(&'static str, &'static str)],
}

pub(crate) struct Loyalty {
    pub client: Client,
    url: String,
    token: String,
    process: u32,
    place: Place,
    metrics: reqwest::Client,
    redeems: bool,
}

impl Loyalty {
    /// Makes its database, starts it, and waits until it is ready.
    pub(crate) async fn start(stand: &mut Stand, place: Place) -> Result<Self> {
        let program = fs::canonicalize(&stand.settings.loyalty).with_context(|| {
            let file = stand.settings.loyalty.display();
            format!("{file} is not built: make release")
        })?;
        let schema = run(Command::new(&program).args(["schema", "graphql"])).await?;
        let redeems = schema.contains("loyaltyRewardRedeem(");
        stand.create_database(place.name).await?;
        let port = free_port()?;
        let mut command = process::tied(&program, Signal::SIGTERM, None);
        command
            .arg("serve")
            .env("LOYALTY_LISTEN", format!("127.0.0.1:{port}"))
            .env("LOYALTY_MIGRATE", "true")
            .env("LOYALTY_AUTH_SECRET", SECRET)
            .env("LOYALTY_DEFAULT_PROGRAM", place.default_program)
            .env("DATABASE_URL", stand.database_url(place.name))
            .env("REDIS_URL", stand.redis_url(place.redis))
            .env("RUST_LOG", "warn")
            .env("LOYALTY_PROGRAMS", programs(stand, redeems)?)
            .envs(place.settings.iter().copied());
        stand.children.start(place.name, command)?;
        stand.children.wait_for(place.name, &format!("http://127.0.0.1:{port}/ready")).await?;
        let process = stand.children.id(place.name).context("the server has ended")?;
        let token = token(&program, &scopes(&schema)).await?;
        let url = format!("http://127.0.0.1:{port}");
        let client = Client::new(format!("{url}/graphql"), token.clone());
        Ok(Self { client, url, token, process, place, metrics: reqwest::Client::new(), redeems })
    }

    pub(crate) fn load(&self, requests: Requests, connections: u32, customers: u32) -> Load {
        let (url, token) = (format!("{}/graphql", self.url), Some(self.token.clone()));
        Load { url, token, token_header: AUTHORIZATION, requests, connections, customers }
    }

    /// Whether it has the mutation that W2 needs.
    pub(crate) fn redeems(&self) -> bool {
        self.redeems
    }

    pub(crate) fn database(&self) -> &'static str {
        self.place.name
    }

    /// The text of `/metrics`.
    pub(crate) async fn metrics(&self) -> Result<String> {
        let answer = self.metrics.get(format!("{}/metrics", self.url)).send().await?;
        Ok(answer.error_for_status()?.text().await?)
    }

    /// What the process has used of the machine's cores since its start.
    pub(crate) fn cpu_micros(&self) -> Result<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process))
            .with_context(|| format!("{} has ended", self.place.name))?;
        cpu_micros(&stat).context("no times in its stat")
    }

    /// Resident memory in MiB.
    pub(crate) fn resident_mebibytes(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process))
            .with_context(|| format!("{} has ended", self.place.name))?;
        resident_mebibytes(&status).context("no VmRSS in its status")
    }
}

/// Linux tells times in hundredths of a second, whatever it counts in itself.
const MICROS_A_TICK: u64 = 10_000;

/// The name stands in brackets and may hold anything; the times are the 12th and 13th after it.
fn cpu_micros(stat: &str) -> Option<u64> {
    let mut times = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let mut next = || times.next()?.parse::<u64>().ok();
    Some((next()? + next()?) * MICROS_A_TICK)
}

fn resident_mebibytes(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes / 1_024.0)
}

/// Every scope that the schema names, so that the benchmark may do whatever there is to measure.
fn scopes(schema: &str) -> String {
    let words = schema.split(|c: char| !c.is_ascii_lowercase() && c != ':');
    let scopes: BTreeSet<&str> =
        words.filter(|word| word.starts_with("loyalty:") && word.matches(':').count() == 2).collect();
    Vec::from_iter(scopes).join(" ")
}

/// Minted the way loyalty itself does, by asking its own command.
async fn token(program: &Path, scopes: &str) -> Result<String> {
    let mut command = Command::new(program);
    command.args(["token", "--kind", "service", "--subject", "oms", "--ttl-seconds", "86400"]);
    command.args(["--scope", scopes]).env("LOYALTY_AUTH_SECRET", SECRET);
    Ok(run(&mut command).await?.trim().to_owned())
}

async fn run(command: &mut Command) -> Result<String> {
    let output = command.output().await.context("running loyalty")?;
    if !output.status.success() {
        bail!("loyalty: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The two programmes that loyalty comes with; the classic one with a reward, where there are rewards.
fn programs(stand: &Stand, rewards: bool) -> Result<String> {
    let folder = stand.work.join("programs");
    fs::create_dir_all(&folder).context("making a folder for programmes")?;
    let mut files: Vec<PathBuf> = Vec::new();
    for name in [CLASSIC, TIERED] {
        let original = project_file("../../schema/programs").join(format!("{name}.json"));
        let text =
            fs::read_to_string(&original).with_context(|| format!("reading {}", original.display()))?;
        let mut document: Value = serde_json::from_str(&text)?;
        if rewards && name == CLASSIC {
            document["rewards"] = json!([{"id": REWARD, "name": {"en": "Mug"}, "points": 1, "stock": STOCK}]);
        }
        let file = folder.join(format!("{name}.json"));
        fs::write(&file, document.to_string())?;
        files.push(file);
    }
    Ok(files.iter().map(|file| file.to_string_lossy()).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_the_schema_s() {
        let schema = "\"A service needs `loyalty:b:read`.\" loyaltyX: Int @requiresScopes(scopes: [[\"loyalty:a:write\", \
                      \"loyalty:b:read\"]]) loyalty: LoyaltyMember";
        assert_eq!(scopes(schema), "loyalty:a:write loyalty:b:read");
    }

    #[test]
    fn times_are_read_from_the_process_stat() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 900 0 0 0 250 75 0 0 20 0 4 0 11190 1000 200";
        assert_eq!(cpu_micros(stat), Some(3_250_000));
        assert_eq!(cpu_micros("42 (loyalty) S 1"), None);
    }

    #[test]
    fn memory_is_read_from_the_process_status() {
        let status = "Name:\tloyalty\nVmHWM:\t   99999 kB\nVmRSS:\t   49152 kB\nThreads:\t4\n";
        assert_eq!(resident_mebibytes(status), Some(48.0));
        assert_eq!(resident_mebibytes("Name:\tloyalty\n"), None);
    }
}

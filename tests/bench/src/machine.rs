//! The machine and the versions: figures mean nothing without them.

use std::{fs, path::Path, thread};

use anyhow::Result;
use tokio::process::Command;

use crate::{settings::Settings, stand::Stand};

/// What is said of the machine, each with its name.
pub(crate) async fn look(stand: &Stand) -> Result<Vec<(&'static str, String)>> {
    let cores = thread::available_parallelism()?.get();
    let about = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let settings = &stand.settings;
    let postgres = stand.postgres.binaries().join("postgres");
    let mut facts = vec![
        ("cores", format!("{cores} x {}", after(&about("/proc/cpuinfo"), "model name"))),
        ("memory", mebibytes(&after(&about("/proc/meminfo"), "MemTotal"))),
        ("kernel", about("/proc/sys/kernel/osrelease").trim().to_owned()),
        ("disk", first_line("stat", &["-f", "-c", "%T", &settings.data.to_string_lossy()]).await),
        ("PostgreSQL", version(&postgres.to_string_lossy(), &["--version"]).await),
        ("Redis", version("redis-server", &["--version"]).await),
        ("Node", version("node", &["--version"]).await),
        ("rustc", version("rustc", &["--version"]).await),
        ("loyalty", loyalty(settings).await),
    ];
    facts.extend(changed_settings());
    Ok(facts)
}

/// The program's own version, and where its source stood.
async fn loyalty(settings: &Settings) -> String {
    let version = version(&settings.loyalty.to_string_lossy(), &["--version"]).await;
    let commit = first_line("git", &["describe", "--always", "--dirty"]).await;
    format!("{version} {commit}").trim().to_owned()
}

/// Whatever the environment changes of loyalty's own defaults.
fn changed_settings() -> Option<(&'static str, String)> {
    let mut changed: Vec<String> = std::env::vars()
        .filter(|(name, _)| name.starts_with("LOYALTY_") && !name.contains("SECRET"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    changed.sort();
    (!changed.is_empty()).then(|| ("not by default", changed.join(" ")))
}

/// The first word with a digit and a point in it: programs agree on little more.
async fn version(program: &str, arguments: &[&str]) -> String {
    let line = first_line(program, arguments).await;
    find_version(&line).unwrap_or_else(|| "not there".to_owned())
}

fn find_version(line: &str) -> Option<String> {
    let words = line.split(|c: char| c.is_whitespace() || c == '=');
    let mut words = words.map(|word| word.trim_start_matches('v'));
    words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.')).map(str::to_owned)
}

async fn first_line(program: &str, arguments: &[&str]) -> String {
    let Ok(output) = Command::new(Path::new(program)).args(arguments).output().await else {
        return String::new();
    };
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines().next().unwrap_or_default().to_owned()
}

fn after(text: &str, label: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_default();
    line.trim_start_matches([' ', '\t', ':']).trim().to_owned()
}

/// `16384 kB` as the kernel says it.
fn mebibytes(text: &str) -> String {
    let kibibytes = text.strip_suffix(" kB").and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    format!("{} MiB", kibibytes / 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        for (line, expected) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", Some("15.18")),
            ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64", Some("7.0.15")),
            ("v20.20.2", Some("20.20.2")),
            ("rustc 1.95.0 (f2d3ce0bd 2026-03-21)", Some("1.95.0")),
            ("no version", None),
            ("", None),
        ] {
            assert_eq!(find_version(line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn the_kernel_s_tables_are_read() {
        assert_eq!(after("processor\t: 0\nmodel name\t: AMD EPYC\n", "model name"), "AMD EPYC");
        assert_eq!(
            mebibytes(&after("MemTotal:       24587456 kB\nMemFree: 1 kB\n", "MemTotal")),
            "24011 MiB"
        );
    }
}

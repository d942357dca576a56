//! The arrows of the house: which room may name which. The sources are read, not the documentation.
//!
//! It reads paths, as the compiler would (`use` trees and paths in code, not comments and strings), so a name that only
//! looks like a crate is no offence.

mod scanner;

use std::{
    fs,
    path::{Path, PathBuf},
};

use pretty_assertions::assert_eq;

use self::scanner::{Named, paths};

const LINES_MAX: usize = 400;
const ROOMS: [&str; 13] = [
    "app", "audit", "auth", "commands", "config", "events", "graphql", "hot", "http", "jobs", "journal",
    "program", "store",
];

/// Who, what and why not. `who` answers whether a file (its path below `src`) is bound by the rule.
struct Rule {
    who: fn(&str) -> bool,
    /// Beginnings of paths: a crate, or a room as `crate::room`.
    never: &'static [&'static str],
    why: &'static str,
}

fn of(file: &str, rooms: &[&str]) -> bool {
    rooms.iter().any(|room| file.starts_with(&format!("{room}/")) || file == format!("{room}.rs"))
}

const RULES: &[Rule] = &[
    Rule {
        who: |file| of(file, &["audit", "commands", "program", "ledger"]),
        never: &["async_graphql", "axum", "sea_orm", "redis", "tokio"],
        why: "audit, commands, program and ledger are pure",
    },
    Rule {
        who: |file| of(file, &["audit", "commands", "program", "ledger"]),
        never: &[
            "crate::app",
            "crate::auth",
            "crate::config",
            "crate::events",
            "crate::graphql",
            "crate::hot",
            "crate::http",
            "crate::jobs",
            "crate::journal",
            "crate::store",
        ],
        why: "what is pure knows no room that is not",
    },
    Rule {
        who: |file| of(file, &["ledger"]),
        never: &["crate::commands", "crate::program"],
        why: "the ledger knows no member, order or program",
    },
    Rule {
        who: |file| of(file, &["graphql"]),
        never: &["sea_orm", "redis", "entities"],
        why: "the reception speaks to no storage",
    },
    Rule {
        who: |file| !of(file, &["store"]),
        never: &["sea_orm", "entities"],
        why: "only the store speaks to the database",
    },
    Rule { who: |file| !of(file, &["hot"]), never: &["redis"], why: "only the counter speaks to Redis" },
    Rule {
        who: |file| !of(file, &["app", "cli", "main", "graphql"]),
        never: &["crate::graphql"],
        why: "nobody but app and the command line reaches up to the reception",
    },
    Rule {
        who: |file| !of(file, &["app", "cli", "main", "http"]),
        never: &["crate::http"],
        why: "nobody but app and the command line reaches up to the door",
    },
];

#[test]
fn rooms_name_only_what_their_arrows_allow() {
    let mut broken = Vec::new();
    let mut bound = 0;
    for (file, text) in sources("src") {
        let inside = file.strip_prefix("src/").expect("it was found there");
        bound += RULES.iter().filter(|rule| (rule.who)(inside)).count();
        for named in paths(&text) {
            broken
                .extend(offences(inside, &named).map(|why| format!("{file}:{} {named}: {why}", named.line)));
        }
    }
    assert!(bound > RULES.len(), "the rules bind somebody");
    assert_eq!(broken, Vec::<String>::new());
}

fn offences<'a>(file: &'a str, named: &'a Named) -> impl Iterator<Item = &'static str> + 'a {
    let binding = RULES.iter().filter(move |rule| (rule.who)(file));
    binding.filter(|rule| rule.never.iter().any(|never| reaches(named, never))).map(|rule| rule.why)
}

/// Whether a path begins with another. `super::super::` and beyond may be the root, and `loyalty::` is it for `main`.
fn reaches(named: &Named, never: &str) -> bool {
    let segments: Vec<&str> = named.segments.iter().map(String::as_str).collect();
    let climbs = segments.iter().take_while(|segment| **segment == "super").count();
    let below = match segments.first() {
        Some(&"crate" | &"loyalty") => Some(&segments[1..]),
        _ if climbs > 0 && segments.get(climbs).is_some_and(|room| ROOMS.contains(room)) => {
            Some(&segments[climbs..])
        }
        _ => None,
    };
    match (never.strip_prefix("crate::"), below) {
        (Some(room), Some(below)) => below.first() == Some(&room),
        (Some(_), None) => false,
        (None, _) => segments.first() == Some(&never),
    }
}

#[test]
fn every_room_says_what_it_is_for() {
    let doors = sources("src").into_iter().filter(|(file, _)| file.ends_with("/mod.rs"));
    let silent = doors.filter(|(_, text)| !text.starts_with("//!")).map(|(file, _)| file);
    assert_eq!(silent.collect::<Vec<_>>(), Vec::<String>::new(), "these begin with no `//!`");
}

#[test]
fn no_source_file_is_too_long_to_read() {
    let all = ["src", "entities/src", "migration/src", "tests"].into_iter().flat_map(sources);
    let lengths = all.map(|(file, text)| (text.lines().count(), file));
    let long: Vec<_> = lengths.filter(|(lines, _)| *lines > LINES_MAX).collect();
    assert_eq!(long, [], "these have more than {LINES_MAX} lines");
}

/// Every Rust file below a folder of the project, with its path from the root, in order.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for path in children(&folder) {
            if path.is_dir() {
                if !path.ends_with("target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|end| end == "rs") {
                let name =
                    path.strip_prefix(root).expect("it was found there").to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).expect("a source file is text")));
            }
        }
    }
    assert!(!found.is_empty(), "no source below {folder}");
    found.sort();
    found
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    listed.map(|entry| entry.expect("a folder can be listed").path()).collect()
}

/// The rules can be broken: each row breaks one, or only looks as if it did.
#[test]
fn an_offence_is_found_where_there_is_one() {
    for (file, text, found) in [
        ("ledger/wallet.rs", "use crate::commands::World;", 1),
        ("ledger/wallet.rs", "use crate::{clock::Instant, program};", 1),
        ("ledger/wallet.rs", "fn f() -> crate::program::Program { todo!() }", 1),
        ("ledger/wallet.rs", "use super::super::commands::World;", 1),
        ("ledger/wallet.rs", "use super::{Lot, Points};", 0),
        ("ledger/wallet.rs", "// use crate::commands::World;\nconst A: &str = \"crate::program\";", 0),
        ("ledger.rs", "use tokio::sync::Mutex;", 1),
        ("program/tier.rs", "#[tokio::test]\nasync fn f() {}", 1),
        ("program/tier.rs", "#[derive(sea_orm::FromQueryResult)]\nstruct A;", 2),
        ("commands/mod.rs", "use crate::store::Store;", 1),
        ("commands/mod.rs", "use crate::ledger::{self, Wallet};", 0),
        ("commands/order.rs", "pub use ::redis as counter;", 2),
        ("graphql/member/type.rs", "use entities::member;", 2),
        ("graphql/member/type.rs", "async fn f() { redis::cmd(\"GET\"); }", 2),
        ("graphql/member/type.rs", "fn _entities() { let entities = 1; entities.min(2); }", 0),
        ("graphql/member/type.rs", "use async_graphql::{entities::Entity};", 0),
        ("graphql/mod.rs", "use crate::graphql::schema;", 0),
        ("graphql/mod.rs", "use crate::http::Limits;", 1),
        ("http/mod.rs", "use crate::graphql::schema;", 1),
        ("http/mod.rs", "use http::HeaderMap;", 0),
        ("journal/mod.rs", "use {sea_orm::DbErr, std::fmt};", 1),
        ("journal/mod.rs", "extern crate redis;", 1),
        ("app.rs", "use crate::{graphql, http::door};", 0),
        ("main.rs", "use loyalty::{app, http};", 0),
        ("jobs/sweep.rs", "use crate::{graphql as reception};", 1),
        ("store/connect.rs", "use sea_orm::Database; use entities::member;", 0),
        ("hot/redis_store.rs", "use redis::Client;", 0),
    ] {
        let named = paths(text);
        let offences: Vec<_> = named.iter().flat_map(|named| offences(file, named)).collect();
        assert_eq!(offences.len(), found, "{file}: {text}\n{named:?}\n{offences:?}");
    }
}

//! What a team would pick instead: the same small subgraph in Node, where its folder lies beside the project.
//!
//! The folder is not ours. It is copied and installed below the work folder, and brings its own tables (`../limits/schema.sql`
//! beside it), its own seed and its own check.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use loyalty_servers::{free_port, process};
use nix::sys::signal::Signal;
use tokio::process::Command;

use crate::{
    requests::Requests,
    stand::Stand,
    wrk::{AUTHORIZATION, Load},
};

/// The database that they have for themselves.
pub(crate) const DATABASE: &str = "peers";
/// Redis's number of theirs.
const REDIS: u8 = 1;
/// Members that their tables come with.
const CUSTOMERS: u32 = 100_000;

/// One running peer.
pub(crate) struct Peer {
    /// As the table names it.
    pub name: &'static str,
    port: u16,
}

/// How each is run at its best for one kind of work.
struct Kind {
    name: &'static str,
    process: &'static str,
    file: &'static str,
    workers: &'static str,
    earn_mode: &'static str,
}

/// Both frameworks for writing (one process; Mercurius earns in one statement, Apollo Server in a transaction as most would
/// write it) and both for reading (a process for each core of two).
const KINDS: [Kind; 4] = [
    Kind {
        name: "Mercurius, one statement",
        process: "mercurius-writes",
        file: "mercurius.js",
        workers: "1",
        earn_mode: "cte",
    },
    Kind {
        name: "Apollo Server, a transaction",
        process: "apollo-writes",
        file: "apollo.js",
        workers: "1",
        earn_mode: "txn",
    },
    Kind {
        name: "Mercurius, 2 workers",
        process: "mercurius-reads",
        file: "mercurius.js",
        workers: "2",
        earn_mode: "cte",
    },
    Kind {
        name: "Apollo Server, 2 workers",
        process: "apollo-reads",
        file: "apollo.js",
        workers: "2",
        earn_mode: "txn",
    },
];

pub(crate) struct Peers {
    running: Vec<Peer>,
}

impl Peers {
    /// Why they cannot be had here, if so.
    pub(crate) fn missing(folder: &Path) -> Option<String> {
        if !folder.join("package.json").is_file() {
            return Some(format!("{} is not there (BENCH_PEERS says where they are)", folder.display()));
        }
        let tool = ["node", "npm"].into_iter().find(|tool| process::find(tool).is_none())?;
        Some(format!("{tool} is not there: apt-get install nodejs npm"))
    }

    /// Copies them below the work folder and fetches what they need, where that is not there from an earlier run.
    pub(crate) async fn install(stand: &Stand) -> Result<()> {
        let copy = copy_of(stand);
        copy_folder(&stand.settings.peers, &copy)?;
        eprintln!("   installing the peers");
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--prefer-offline"]).current_dir(&copy);
        succeed(&mut npm).await
    }

    /// Seeds, starts and checks them.
    pub(crate) async fn start(stand: &mut Stand) -> Result<Self> {
        let original = fs::canonicalize(&stand.settings.peers)?;
        let copy = copy_of(stand);
        stand.create_database(DATABASE).await?;
        stand.sql_file(DATABASE, &original.with_file_name("limits").join("schema.sql")).await?;
        succeed(node(stand, &copy).arg("seed.js")).await?;
        let mut running = Vec::new();
        for kind in &KINDS {
            running.push(Self::start_one(stand, &copy, kind).await?);
        }
        Ok(Self { running })
    }

    async fn start_one(stand: &mut Stand, copy: &Path, kind: &Kind) -> Result<Peer> {
        let port = free_port()?;
        let mut command = node(stand, copy);
        command.arg(kind.file).env("PORT", port.to_string());
        command.env("WORKERS", kind.workers).env("EARN_MODE", kind.earn_mode);
        stand.children.start(kind.process, command)?;
        stand.children.wait_for_port(kind.process, port).await?;
        let mut verify = node(stand, copy);
        succeed(verify.args(["verify.js", &port.to_string()])).await?;
        Ok(Peer { name: kind.name, port })
    }

    /// Mercurius first.
    pub(crate) fn writers(&self) -> &[Peer] {
        &self.running[..2]
    }

    /// Mercurius first.
    pub(crate) fn readers(&self) -> &[Peer] {
        &self.running[2..]
    }
}

impl Peer {
    pub(crate) fn load(&self, requests: Requests, connections: u32) -> Load {
        let url = format!("http://127.0.0.1:{}/", self.port);
        Load { url, token: None, token_header: AUTHORIZATION, requests, connections, customers: CUSTOMERS }
    }
}

fn copy_of(stand: &Stand) -> PathBuf {
    stand.work.join("peers")
}

/// Node in their folder, with the stand's servers.
fn node(stand: &Stand, folder: &Path) -> Command {
    let mut command = process::tied(Path::new("node"), Signal::SIGTERM, None);
    command
        .current_dir(folder)
        .env("NODE_ENV", "production")
        .env("DATABASE_URL", stand.database_url(DATABASE))
        .env("REDIS_URL", stand.redis_url(REDIS));
    command
}

async fn succeed(command: &mut Command) -> Result<()> {
    let output = command.output().await.with_context(|| format!("running {command:?}"))?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        bail!("{:?} failed: {}", command.as_std(), String::from_utf8_lossy(&said).trim());
    }
    Ok(())
}

/// Files as they are now; what npm installed into an earlier copy stays.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_name() == "node_modules" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(|| format!("copying {}", entry.path().display()))?;
        }
    }
    Ok(())
}

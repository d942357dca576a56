//! `loyalty` as a process of its own.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Output, Stdio},
};

use super::{Client, Database};

/// The secret that the tests' tokens are signed with.
pub(crate) const SECRET: &str = "a secret that only the tests of this project know";

/// A running `loyalty serve`. Dropped, it is killed.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

/// `loyalty` with arguments, on a database.
pub(crate) fn loyalty(database: &Database, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loyalty"));
    command
        .args(arguments)
        .env_remove("DATABASE_URL")
        .env_remove("REDIS_URL")
        .envs(database.environment())
        .env("LOYALTY_AUTH_SECRET", SECRET)
        .env("LOYALTY_LISTEN", "127.0.0.1:0")
        .env("LOYALTY_RELAY_INTERVAL_MS", "50")
        // A machine that is busy with tests is slow, not broken.
        .env("LOYALTY_HOT_TIMEOUT_MS", "20000")
        .env("RUST_LOG", "warn");
    command
}

/// Runs `loyalty` to its end.
pub(crate) fn run(database: &Database, arguments: &[&str]) -> Output {
    loyalty(database, arguments).output().unwrap()
}

/// Runs `loyalty verify` and fails with what differs.
pub(crate) fn verify(database: &Database) -> String {
    let output = run(database, &["verify"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "verify: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

impl Server {
    pub(crate) fn start(database: &Database) -> Self {
        Self::start_with(database, &[])
    }

    /// Starts a server with more in its environment, and waits until it says where it listens.
    pub(crate) fn start_with(database: &Database, environment: &[(&str, &str)]) -> Self {
        Self::run(loyalty(database, &["serve"]).envs(environment.iter().copied()))
    }

    /// Runs a command that serves, and waits until it says where it listens.
    pub(crate) fn run(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
            .expect("the server ended before it listened");
        // Whatever it says later goes nowhere, and must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.address)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: no farewell.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits for the orderly end.
    pub(crate) fn stop(mut self) {
        let status = Command::new("kill").arg(self.pid().to_string()).status().unwrap();
        assert!(status.success());
        assert!(self.child.wait().unwrap().success(), "the server did not end in order");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

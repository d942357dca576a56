//! Redis servers of the tests: the shared one, and private ones that may be stopped and started.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
};

use loyalty::ids::{IdSource as _, RandomIds};
use redis::{FromRedisValue, aio::MultiplexedConnection};

/// The address of the Redis that all tests share.
pub(super) fn shared_url() -> String {
    std::env::var("TEST_REDIS_URL").expect(
        "TEST_REDIS_URL is not set: run the tests as `cargo run -p loyalty-stack -- with-servers -- cargo test`",
    )
}

/// A connection beside the handles under test.
pub(super) async fn connection(url: &str) -> MultiplexedConnection {
    redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

/// One command, its words apart by spaces.
pub(super) async fn ask<T: FromRedisValue>(url: &str, command: &str) -> T {
    let mut words = command.split(' ');
    let mut asked = redis::cmd(words.next().unwrap());
    words.for_each(|word| {
        asked.arg(word);
    });
    asked.query_async(&mut connection(url).await).await.unwrap()
}

/// A private server with a directory of its own; both go when it is dropped.
pub(super) struct Server {
    directory: PathBuf,
    port: u16,
    running: Option<(Child, BufReader<ChildStdout>)>,
}

impl Server {
    pub(super) fn start() -> Self {
        let name = format!("redis-{}", RandomIds::default().new_uuid(loyalty::clock::Instant::UNIX_EPOCH));
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir(&directory).unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut server = Self { directory, port, running: None };
        server.start_again();
        server
    }

    /// With what was last saved; returns when it accepts connections.
    pub(super) fn start_again(&mut self) {
        assert!(self.running.is_none(), "it is running");
        let mut child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", "", "--dir"])
            .arg(&self.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server is installed");
        let mut log = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.lines().last().is_some_and(|line| line.contains("Ready to accept connections")) {
            assert_ne!(log.read_line(&mut said).unwrap(), 0, "redis-server ended at once:\n{said}");
        }
        self.running = Some((child, log));
    }

    /// Without saving.
    pub(super) fn stop(&mut self) {
        let (mut child, _) = self.running.take().expect("it is running");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.running.is_some() {
            self.stop();
        }
        // A directory left behind is in the build directory and harms nobody.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

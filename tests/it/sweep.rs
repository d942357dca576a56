//! The sweep: writes down what time has done, once, whoever runs it.

use std::{path::Path, process::Stdio};

use pretty_assertions::assert_eq;

use crate::{
    on_each_backend,
    support::{
        Backend, Database,
        feed::Feed,
        server::{loyalty, run, verify},
    },
};

/// Orders of the past, recorded as they came: by today all their points have ended, and nobody has touched anybody.
async fn overdue(backend: Backend) -> Database {
    let database = Database::fresh(backend).await;
    let feed = Feed::find();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/programs/tiered.json");
    let arguments = ["replay", "--feed", feed.path.to_str().unwrap(), "--program", program.to_str().unwrap()];
    assert!(run(&database, &arguments).status.success());
    assert!(due(&database).await > 0, "there is something to sweep");
    database
}

async fn due(database: &Database) -> i64 {
    database.number("SELECT count(*) FROM members WHERE due_at <= CURRENT_TIMESTAMP").await
}

/// What a sweep said: members settled, entries written.
fn swept(output: &std::process::Output) -> (i64, i64) {
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let numbers: Vec<i64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    (numbers[0], numbers[1])
}

async fn a_sweep_settles_everybody_and_the_next_finds_nothing(backend: Backend) {
    let database = overdue(backend).await;
    let (members, entries) = (due(&database).await, database.number("SELECT count(*) FROM entries").await);
    let (settled, written) = swept(&run(&database, &["sweep"]));
    assert_eq!(settled, members);
    assert_eq!(written, database.number("SELECT count(*) FROM entries").await - entries);
    assert_eq!(database.number("SELECT CAST(sum(available) AS BIGINT) FROM wallets").await, 0);
    assert_eq!(due(&database).await, 0);
    verify(&database);
    assert_eq!(swept(&run(&database, &["sweep"])), (0, 0));
}

on_each_backend!(a_sweep_settles_everybody_and_the_next_finds_nothing);

/// Three processes at once, after one that was killed at it: everybody is settled once.
#[tokio::test]
async fn sweeps_at_once_share_the_work() {
    let database = overdue(Backend::Postgres).await;
    let mut cut_short = loyalty(&database, &["sweep"]).stdout(Stdio::null()).spawn().unwrap();
    cut_short.kill().unwrap();
    cut_short.wait().unwrap();
    let (members, entries) = (due(&database).await, database.number("SELECT count(*) FROM entries").await);
    let sweeps: Vec<_> =
        (0..3).map(|_| loyalty(&database, &["sweep"]).stdout(Stdio::piped()).spawn().unwrap()).collect();
    let done: Vec<_> = sweeps.into_iter().map(|sweep| swept(&sweep.wait_with_output().unwrap())).collect();
    assert_eq!(done.iter().map(|(settled, _)| settled).sum::<i64>(), members, "{done:?}");
    let written = database.number("SELECT count(*) FROM entries").await - entries;
    assert_eq!(done.iter().map(|(_, written)| written).sum::<i64>(), written, "{done:?}");
    assert_eq!(due(&database).await, 0);
    verify(&database);
}

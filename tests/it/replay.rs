//! The real orders through the real program: exactly what another program reckoned.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::{
    on_each_backend,
    support::{
        Backend, Client, Database, Server,
        feed::{Feed, to_input},
        server::{loyalty, run, verify},
    },
};

const AS_OF: &str = "2011-06-01T00:00:00Z";

fn program(id: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/programs/{id}.json"))
}

/// Replays a feed, and answers what it said.
fn replay(database: &Database, feed: &Path, id: &str, balances: &Path) -> String {
    let program = program(id);
    let arguments = [
        "replay",
        "--feed",
        feed.to_str().unwrap(),
        "--program",
        program.to_str().unwrap(),
        "--as-of",
        AS_OF,
        "--balances",
        balances.to_str().unwrap(),
    ];
    said(run(database, &arguments))
}

fn said(output: Output) -> String {
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn assert_exact(balances: &Path, feed: &Feed, id: &str) {
    let got = std::fs::read_to_string(balances).unwrap();
    let expected = feed.expected(id);
    let differing = got.lines().zip(expected.lines()).filter(|(got, expected)| got != expected);
    let differing: Vec<_> = differing.take(5).collect();
    assert_eq!(differing, Vec::new());
    assert_eq!(got.len(), expected.len());
}

async fn replay_is_exact_and_again_changes_nothing(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let balances = folder.path().join("balances.csv");
    let feed = Feed::find();
    let events = feed.events().len();
    let database = Database::fresh(backend).await;
    for id in ["classic", "tiered"] {
        let said = replay(&database, &feed.path, id, &balances);
        assert!(said.contains(&format!("{events} recorded, 0 there already, 0 refused")), "{said}");
        assert_exact(&balances, &feed, id);
        verify(&database);

        let entries = database.number("SELECT count(*) FROM entries").await;
        let said = replay(&database, &feed.path, id, &balances);
        assert!(said.contains(&format!("0 recorded, {events} there already, 0 refused")), "{said}");
        assert_exact(&balances, &feed, id);
        assert_eq!(database.number("SELECT count(*) FROM entries").await, entries);
        verify(&database);
    }
}

async fn a_feed_in_pieces_is_exact(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let balances = folder.path().join("balances.csv");
    let feed = Feed::find();
    let events = feed.events();
    let database = Database::fresh(backend).await;
    // Pieces overlap: each begins with the last events of the one before.
    let (third, overlap) = (events.len() / 3, 20);
    for (from, to) in [(0, third), (third - overlap, 2 * third), (2 * third - overlap, events.len())] {
        let piece = folder.path().join("piece.jsonl");
        let lines: Vec<String> = events[from..to].iter().map(Value::to_string).collect();
        std::fs::write(&piece, lines.join("\n")).unwrap();
        replay(&database, &piece, "tiered", &balances);
    }
    assert_exact(&balances, &feed, "tiered");
    verify(&database);
}

const INGEST: &str = "mutation($input: LoyaltyEventsIngestInput!) {
    loyaltyEventsIngest(input: $input) { accepted replayed refused outcomes { index id replayed refusal { message } } } }";

/// The feed's events in four parts, each customer's events in one of them and in order; an event of nobody's goes with
/// its order.
fn four_parts(feed: &Feed) -> Vec<Vec<Value>> {
    let mut parts = vec![Vec::new(); 4];
    for event in feed.events() {
        let by = event["customerId"].as_str().or(event["orderId"].as_str()).unwrap();
        let part = by.bytes().map(usize::from).sum::<usize>() % 4;
        parts[part].push(to_input(&event));
    }
    parts
}

async fn ingest(client: &Client, events: &[Value]) -> Result<(i64, i64), String> {
    let input = json!({"input": {"program": "classic", "events": events}});
    let answer = client.try_ask(INGEST, input).await.map_err(|error| error.to_string())?;
    let payload = &answer["data"]["loyaltyEventsIngest"];
    if payload.is_null() {
        return Err(answer.to_string());
    }
    assert_eq!(payload["refused"], 0, "{payload:#}");
    Ok((payload["accepted"].as_i64().unwrap(), payload["replayed"].as_i64().unwrap()))
}

/// Four clients at once, each with its own part, in requests of 500 events.
async fn load(server: &Server, feed: &Feed) -> (i64, i64) {
    let mut clients = tokio::task::JoinSet::new();
    for part in four_parts(feed) {
        let client = server.client().oms();
        clients.spawn(async move {
            let mut sums = (0, 0);
            for chunk in part.chunks(500) {
                let (accepted, replayed) = ingest(&client, chunk).await.unwrap();
                sums = (sums.0 + accepted, sums.1 + replayed);
            }
            sums
        });
    }
    clients.join_all().await.into_iter().fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

async fn four_clients_at_once_are_exact(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let balances = folder.path().join("balances.csv");
    let feed = Feed::find();
    let events = i64::try_from(feed.events().len()).unwrap();
    let database = Database::fresh(backend).await;
    let server = Server::start(&database);
    assert_eq!(load(&server, &feed).await, (events, 0));
    assert_eq!(load(&server, &feed).await, (0, events));
    server.stop();
    verify(&database);
    replay(&database, &feed.path, "classic", &balances);
    assert_exact(&balances, &feed, "classic");
}

async fn killed_in_the_middle_the_load_finishes_exact(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let balances = folder.path().join("balances.csv");
    let feed = Feed::find();
    let events = i64::try_from(feed.events().len()).unwrap();
    let database = Database::fresh(backend).await;
    let server = Server::start(&database);
    let mut clients = tokio::task::JoinSet::new();
    let (progress, mut heard) = tokio::sync::mpsc::unbounded_channel();
    for part in four_parts(&feed) {
        let (client, progress) = (server.client().oms(), progress.clone());
        clients.spawn(async move {
            for chunk in part.chunks(50) {
                // What was in flight when the server died is found by its ids when the load starts over.
                let Ok(done) = ingest(&client, chunk).await else { return };
                progress.send(done).unwrap();
            }
        });
    }
    let mut acknowledged = 0;
    while acknowledged < events / 3 {
        acknowledged += heard.recv().await.unwrap().0;
    }
    server.kill();
    clients.join_all().await;
    drop(progress);
    while let Some((accepted, _)) = heard.recv().await {
        acknowledged += accepted;
    }

    let server = Server::start(&database);
    let (accepted, replayed) = load(&server, &feed).await;
    assert_eq!(accepted + replayed, events);
    assert!(replayed >= acknowledged, "{acknowledged} were acknowledged, {replayed} are there");
    server.stop();
    verify(&database);
    replay(&database, &feed.path, "classic", &balances);
    assert_exact(&balances, &feed, "classic");
}

async fn a_replay_killed_in_the_middle_goes_on(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let balances = folder.path().join("balances.csv");
    let feed = Feed::find();
    let database = Database::fresh(backend).await;
    let program = program("tiered");
    let arguments = ["replay", "--feed", feed.path.to_str().unwrap(), "--program", program.to_str().unwrap()];
    let mut child = loyalty(&database, &arguments).stdout(Stdio::null()).spawn().unwrap();
    let third = i64::try_from(feed.events().len() / 3).unwrap();
    while database.number("SELECT count(*) FROM purchases").await < third.min(300) {
        tokio::task::yield_now().await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    replay(&database, &feed.path, "tiered", &balances);
    assert_exact(&balances, &feed, "tiered");
    verify(&database);
}

on_each_backend!(
    replay_is_exact_and_again_changes_nothing,
    a_feed_in_pieces_is_exact,
    four_clients_at_once_are_exact,
    killed_in_the_middle_the_load_finishes_exact,
    a_replay_killed_in_the_middle_goes_on,
);

//! The chain of the audit log: nothing of it can be changed unseen, and it goes on when its beginning is forgotten.

use std::{sync::Arc, time::Duration};

use loyalty::{
    audit::{Action, Actor, Record},
    clock::FixedClock,
    ids::{IdSource as _, RandomIds},
    jobs::audit::{ChainFindings, Keeper, check_chain},
    store::{ConnectOptions, Store},
};
use pretty_assertions::assert_eq;

use crate::{
    on_each_backend,
    support::{Backend, Database, server::run},
};

async fn the_store(database: &Database) -> Store {
    Store::connect(&ConnectOptions { url: database.url.clone(), pool_max: 4, recall_bytes: 1 << 20 })
        .await
        .unwrap()
}

fn record(ids: &RandomIds, day: u32) -> Record {
    let at = format!("2026-01-{day:02}T00:00:00Z").parse().unwrap();
    let actions = [Action { operation: "test".into(), ..Action::default() }];
    Record::new(ids.new_uuid(at), at, (Actor::operator("test"), "classic"), &actions)
}

/// Whatever is done to the table behind the service's back shows; and the database refuses it as long as its triggers are there.
async fn a_change_of_the_log_shows(backend: Backend) {
    let database = Database::fresh(backend).await;
    let store = the_store(&database).await;
    let ids = RandomIds::default();
    for day in 1..=9 {
        store.trail().note(vec![record(&ids, day)]).await.unwrap();
    }
    let (sealed, head) = store.trail().seal().await.unwrap();
    assert_eq!((sealed, head.seq), (9, 9));
    for forbidden in
        ["UPDATE audit_records SET actor = 'x' WHERE seq = 4", "DELETE FROM audit_records WHERE seq = 4"]
    {
        let refused = database.try_execute(forbidden).await.unwrap_err();
        assert!(refused.contains("the audit log takes no changes"), "{refused}");
    }
    let triggers = match backend {
        Backend::Postgres => "ALTER TABLE audit_records DISABLE TRIGGER ALL",
        Backend::Sqlite => {
            "DROP TRIGGER audit_records_no_update; DROP TRIGGER audit_records_no_delete;
            DROP TRIGGER audit_records_no_replace"
        }
    };
    database.execute(triggers).await;
    let head = format!("{}:{}", head.seq, head.hash);
    let check = |said: Option<&str>| {
        let arguments = [&["verify"][..], &said.map_or(vec![], |said| vec!["--audit-head", said])].concat();
        let output = run(&database, &arguments);
        let lines = String::from_utf8(output.stdout).unwrap();
        let differs: Vec<String> =
            lines.lines().filter(|line| line.starts_with("differs")).map(str::to_owned).collect();
        assert_eq!(output.status.success(), differs.is_empty(), "{lines}");
        differs
    };
    assert_eq!(check(Some(&head)), Vec::<String>::new());
    database.execute("UPDATE audit_records SET actor = 'x' WHERE seq = 4").await;
    assert_eq!(check(None), ["differs: audit log: record 4 is not as it was sealed"]);
    database.execute("UPDATE audit_records SET actor = 'test' WHERE seq = 4").await;
    assert_eq!(check(None), Vec::<String>::new());
    // The last one's absence shows against what the server's log said.
    database.execute("DELETE FROM audit_records WHERE seq = 9").await;
    assert_eq!(check(None), Vec::<String>::new());
    assert_eq!(check(Some(&head)).len(), 1);
    database.execute("DELETE FROM audit_records WHERE seq = 4").await;
    assert_eq!(check(None), ["differs: audit log: record 4 is missing: the next that is there is 5"]);
}

async fn old_records_are_forgotten_and_the_chain_goes_on(backend: Backend) {
    let database = Database::fresh(backend).await;
    let (store, ids) = (the_store(&database).await, Arc::new(RandomIds::default()));
    let trail = store.trail();
    for day in 1..=9 {
        trail.note(vec![record(&ids, day)]).await.unwrap();
    }
    trail.seal().await.unwrap();
    // Records are kept for ten days.
    let forget = async |today: &str| {
        let keeper = Keeper {
            trail: store.trail(),
            ids: ids.clone(),
            clock: Arc::new(FixedClock(today.parse().unwrap())),
            program: "classic".to_owned(),
            retention: Some(Duration::from_hours(240)),
        };
        keeper.forget().await;
    };
    let found = async || {
        let ChainFindings { records, head, differences } = check_chain(store.pages(), None).await.unwrap();
        (records, head.seq, differences)
    };
    forget("2026-01-11T00:00:00Z").await;
    assert_eq!(found().await, (9, 9, Vec::new()), "nothing is so old");
    forget("2026-01-15T00:00:00Z").await;
    // That it was forgotten is said from the first moment on.
    assert_eq!(found().await, (5, 9, Vec::new()));
    trail.note(vec![record(&ids, 10)]).await.unwrap();
    trail.seal().await.unwrap();
    assert_eq!(found().await, (7, 11, Vec::new()));
    // The last one stays, however old, so that the chain has an end to go on from.
    forget("2030-01-01T00:00:00Z").await;
    trail.seal().await.unwrap();
    assert_eq!(found().await, (2, 12, Vec::new()));
    // A mark that nobody tells of is somebody else's, whatever waits.
    trail.note(vec![record(&ids, 11)]).await.unwrap();
    let mark =
        "INSERT INTO audit_marks (seq, hash, recorded_at) VALUES (11, 'x', '2026-01-01 00:00:00+00:00')";
    database.execute(mark).await;
    assert_ne!(found().await.2, Vec::<String>::new());
}

async fn many_write_and_seal_at_once_into_one_chain(backend: Backend) {
    const WRITERS: usize = 4;
    const RECORDS: usize = 25;
    let database = Database::fresh(backend).await;
    let writers = (0..WRITERS).map(|_| async {
        let (store, ids) = (the_store(&database).await, RandomIds::default());
        for _ in 0..RECORDS {
            store.trail().note(vec![record(&ids, 1)]).await.unwrap();
            store.trail().seal().await.unwrap();
        }
    });
    futures_util::future::join_all(writers).await;
    let store = the_store(&database).await;
    let findings = check_chain(store.pages(), None).await.unwrap();
    assert_eq!((findings.records, findings.differences), (WRITERS * RECORDS, Vec::new()));
}

on_each_backend!(
    a_change_of_the_log_shows,
    old_records_are_forgotten_and_the_chain_goes_on,
    many_write_and_seal_at_once_into_one_chain,
);

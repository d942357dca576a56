//! The disk of SQLite is full for a while.

use super::{load::Load, till::version};
use crate::support::{Database, Server, server::loyalty, small_disk::SmallDisk};

/// Callers hear why, readers read on, and once there is room again the same process goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_is_left_without_a_restart() {
    let disk = match SmallDisk::mount(12) {
        Ok(disk) => disk,
        Err(why) => {
            assert!(!SmallDisk::must_work(), "root cannot mount: {why}");
            eprintln!("skipped: neither root nor a user namespace may mount here: {why}");
            return;
        }
    };
    let database = Database::in_folder(disk.path());
    let server = Server::run(&mut disk.run_on(&loyalty(&database, &["serve"])));
    let client = server.client().oms();
    let mut load = Load::start(&server.client(), 12);
    for _ in 0..3 {
        load.acknowledge(40).await;
        disk.fill();
        let error = load.leave_unanswered(24).await;
        assert_eq!(error["extensions"]["code"], "SERVICE_UNAVAILABLE", "{error:#}");
        assert_eq!(
            error["message"],
            "there is no room left for the ledger: nothing was done, try again later"
        );
        assert!(version(&client, "customer-1").await.unwrap() > 0);
        verify(&disk, &database);
        disk.free();
    }
    load.acknowledge(40).await;
    load.settle().await;
    server.stop();
    verify(&disk, &database);
}

fn verify(disk: &SmallDisk, database: &Database) {
    let output = disk.run_on(&loyalty(database, &["verify"])).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

//! Two processes that look at the same, and save one after the other: the second is raced, and nothing of it is there.

use std::{sync::Arc, time::Duration};

use hashbrown::HashMap;
use loyalty::{
    clock::Instant,
    commands::{
        Adjust, CancelOrder, Command, Context, Enroll, HoldPoints, OrderInput, Price, RecordOrder, Redeem,
        ReleaseHold, ReverseRedemption, Touches,
    },
    ids::{HoldId, IdSource as _, RandomIds, RedemptionId},
    program::{Program, Programs, document::LineKind, earning::Line},
    store::{Additions, ConnectOptions, Glimpse, KeyUse, Loaded, MemberPlaces, Store, StoreError},
};
use pretty_assertions::assert_eq;
use sea_orm::{
    ConnectionTrait as _, Database as Sea, DbBackend, Statement, TransactionTrait as _, prelude::Uuid,
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{Backend, Database};

const NOW: &str = "2026-06-15T12:00:00Z";

/// A process, as far as its batches go.
pub(crate) struct Process {
    pub store: Store,
    pub programs: Arc<Programs>,
    pub ids: RandomIds,
    pub now: Instant,
}

impl Process {
    async fn open(database: &Database) -> Self {
        let mut document: Value =
            serde_json::from_str(include_str!("../../schema/programs/classic.json")).unwrap();
        document["rewards"] = json!([{"id": "mug", "name": {"en": "Mug"}, "points": 5, "stock": 1}]);
        let program = Program::from_json(&document.to_string()).unwrap();
        let options = ConnectOptions { url: database.url.clone(), pool_max: 4, recall_bytes: 1 << 20 };
        Self {
            store: Store::connect(&options).await.unwrap(),
            programs: Arc::new(Programs::new(vec![program], None).unwrap()),
            ids: RandomIds::default(),
            now: NOW.parse().unwrap(),
        }
    }

    pub(crate) async fn look(&self, command: &Command, keys: &[(String, String)]) -> (Glimpse, Loaded) {
        let mut touches = Touches::default();
        command.touch(&mut touches);
        let looked = self.store.glimpse(&touches, keys, self.now, self.programs.clone()).await.unwrap();
        looked.expect("a look is enough")
    }

    pub(crate) async fn look_at_counters(
        &self,
        (glimpse, loaded): (&Glimpse, &mut Loaded),
        command: &Command,
        keys: &[(String, String)],
    ) {
        let mut touches = Touches::default();
        command.touch(&mut touches);
        glimpse.look_at_counters(&touches.counters, keys, self.now, loaded).await.unwrap();
    }

    pub(crate) async fn save(
        &self,
        (glimpse, mut loaded): (Glimpse, Loaded),
        command: &Command,
        keys: &[(String, String)],
    ) -> Result<(Loaded, MemberPlaces), StoreError> {
        let context = Context { now: self.now, ids: &self.ids, partner: None };
        let outcome = command.decide(&mut loaded.world, &context).unwrap().outcome;
        let used = |key: &(String, String)| {
            (key.clone(), KeyUse { content_hash: command.content_hash(), outcome: outcome.clone() })
        };
        let keys: HashMap<_, _> = keys.iter().map(used).collect();
        let outbox_id = Some(self.ids.new_uuid(self.now));
        let additions = Additions { keys: &keys, outbox_id, records: Vec::new(), now: self.now };
        let saved = glimpse.save(&loaded, &additions, std::future::ready(true)).await;
        saved.map(|places| (loaded, places))
    }

    async fn run(&self, command: &Command) {
        let mut looked = self.look(command, &[]).await;
        self.look_at_counters((&looked.0, &mut looked.1), command, &[]).await;
        self.save(looked, command, &[]).await.unwrap();
    }
}

pub(crate) fn given(points: i64) -> Command {
    Command::Adjust(Adjust {
        program: "classic".to_owned(),
        customer: "c-1".to_owned(),
        points: loyalty::ledger::Points(points),
        currency: None,
        reason: "a gift".to_owned(),
        expires_at: None,
    })
}

pub(crate) fn mug() -> Command {
    Command::Redeem(Redeem {
        program: "classic".to_owned(),
        customer: "c-1".to_owned(),
        price: Price::Reward { reward: "mug".to_owned() },
        order: None,
        reason: None,
    })
}

/// A member with ten points, and two processes.
pub(crate) async fn two(database: &Database) -> [Process; 2] {
    let processes = [Process::open(database).await, Process::open(database).await];
    processes[0].run(&enrolled("c-1")).await;
    processes[0].run(&given(10)).await;
    processes
}

fn bought(order: &str) -> Command {
    let line = Line {
        id: "1".to_owned(),
        sku: "A".to_owned(),
        kind: LineKind::Product,
        quantity: 1,
        returned: 0,
        fulfilled: 0,
        unit_price: 10.into(),
        discount: 0.into(),
        categories: Vec::new(),
    };
    let order = OrderInput {
        id: order.to_owned(),
        customer: Some("c-1".to_owned()),
        placed_at: NOW.parse().unwrap(),
        currency: "GBP".to_owned(),
        channel: None,
        store: None,
        revision: 1,
        lines: vec![line],
    };
    Command::RecordOrder(RecordOrder { program: "classic".to_owned(), order })
}

fn enrolled(customer: &str) -> Command {
    let (program, customer) = ("classic".to_owned(), customer.to_owned());
    Command::Enroll(Enroll { program, customer, channel: None, store: None })
}

#[tokio::test(flavor = "multi_thread")]
async fn who_saves_what_another_has_changed_meanwhile_saves_nothing() {
    let database = Database::fresh(Backend::Postgres).await;
    let [first, second] = two(&database).await;
    let (five, seven) = (given(5), given(7));
    let (by_first, by_second) = (first.look(&five, &[]).await, second.look(&seven, &[]).await);
    first.save(by_first, &five, &[]).await.unwrap();
    let raced = second.save(by_second, &seven, &[]).await.map(drop).unwrap_err();
    assert!(raced.is_conflict(), "{raced}");
    let rows = "SELECT ((SELECT sum(available) FROM wallets) * 10000 + (SELECT count(*) FROM entries) * 100
        + (SELECT count(*) FROM lots))::bigint";
    assert_eq!(database.number(rows).await, 15 * 10_000 + 2 * 100 + 2);
    // The connection is as good as before, and what is seen now can be saved.
    second.run(&seven).await;
    assert_eq!(database.number(rows).await, 22 * 10_000 + 3 * 100 + 3);
}

/// The same request at two processes, and one mug: the second hears what the first did, not that no mug is left.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_used_between_two_looks_is_known() {
    let database = Database::fresh(Backend::Postgres).await;
    let [first, second] = two(&database).await;
    let keys = [("classic".to_owned(), "service/k".to_owned())];
    let mut by_second = second.look(&mug(), &keys).await;
    let mut by_first = first.look(&mug(), &keys).await;
    first.look_at_counters((&by_first.0, &mut by_first.1), &mug(), &keys).await;
    first.save(by_first, &mug(), &keys).await.unwrap();
    assert!(by_second.1.keys.is_empty());
    second.look_at_counters((&by_second.0, &mut by_second.1), &mug(), &keys).await;
    assert_eq!(by_second.1.keys[&keys[0]].content_hash, mug().content_hash());
    by_second.0.leave();
}

/// The same of a counter: a standby that lost a change gives its number to another one.
#[tokio::test(flavor = "multi_thread")]
async fn another_count_of_the_same_number_is_another() {
    let database = Database::fresh(Backend::Postgres).await;
    let [process, _] = two(&database).await;
    process.run(&mug()).await;
    for changed in ["taken = 1", "held = 1"] {
        database.execute("UPDATE counters SET taken = 0, held = 0").await;
        let mut looked = process.look(&mug(), &[]).await;
        process.look_at_counters((&looked.0, &mut looked.1), &mug(), &[]).await;
        database.execute(&format!("UPDATE counters SET {changed}")).await;
        let raced = process.save(looked, &mug(), &[]).await.map(drop).unwrap_err();
        assert!(raced.is_conflict(), "{changed}: {raced}");
    }
    assert_eq!(database.number("SELECT count(*) FROM redemptions").await, 1);
}

/// Whose a hold, a redemption or an order is may change while the lock of whose it was is waited for: a merge, or its undoing.
#[tokio::test(flavor = "multi_thread")]
async fn whose_it_is_is_looked_up_anew_where_it_changed_before_the_lock() {
    const WAITS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let database = Database::fresh(Backend::Postgres).await;
    let [process, _] = two(&database).await;
    process.run(&enrolled("c-2")).await;
    let (program, customer) = ("classic".to_owned(), "c-1".to_owned());
    let price = Price::Points { points: loyalty::ledger::Points(3), currency: None };
    let hold = HoldPoints { program: program.clone(), customer, price, ttl_seconds: None, order: None };
    process.run(&mug()).await;
    process.run(&bought("o-1")).await;
    process.run(&Command::HoldPoints(hold)).await;

    let connection = Sea::connect(&database.url).await.unwrap();
    let id = async |table: &str| -> Uuid {
        let only = Statement::from_string(DbBackend::Postgres, format!("SELECT id FROM {table}"));
        connection.query_one_raw(only).await.unwrap().unwrap().try_get("", "id").unwrap()
    };
    let released = ReleaseHold { program: program.clone(), hold: HoldId(id("holds").await) };
    let redemption = RedemptionId(id("redemptions").await);
    let cancelled = CancelOrder { program: program.clone(), order_id: "o-1".to_owned() };
    for (table, command) in [
        ("holds", Command::ReleaseHold(released)),
        ("redemptions", Command::ReverseRedemption(ReverseRedemption { program, redemption })),
        ("purchases", Command::CancelOrder(cancelled)),
    ] {
        let mut touches = Touches::default();
        command.touch(&mut touches);
        let load = async || {
            let work = process.store.begin().await.unwrap();
            let loaded = work.load(&touches, &[], process.now, process.programs.clone()).await;
            work.abandon().await.unwrap();
            loaded
        };
        let other = connection.begin().await.unwrap();
        other.execute_unprepared("SELECT FROM members WHERE customer_id = 'c-1' FOR UPDATE").await.unwrap();
        let moves = async {
            while database.number(WAITS).await == 0 {}
            let anothers =
                format!("UPDATE {table} SET member_id = (SELECT id FROM members WHERE customer_id = 'c-2')");
            assert_eq!(other.execute_unprepared(&anothers).await.unwrap().rows_affected(), 1);
            other.commit().await.unwrap();
        };
        let both = Box::pin(async { tokio::join!(load(), moves) });
        let (raced, ()) =
            timeout(Duration::from_mins(1), both).await.expect("whoever is locked is waited for");
        let raced = raced.map(drop).unwrap_err();
        assert!(raced.is_conflict(), "{table}: {raced}");

        let found = load().await.unwrap().world.members.into_keys().map(|key| key.customer);
        assert_eq!(found.collect::<Vec<_>>(), ["c-2"], "{table}");
    }
}

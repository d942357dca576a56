//! Batches that begin with what their process remembers: it is what a look would tell, and where it no longer is, nothing is
//! saved and nobody is refused.

use loyalty::{
    commands::{Adjust, Command, LinkPartner, MemberKey, MemberSnapshot, SetStatus, Touches},
    ledger::Points,
    store::{Glimpse, Loaded, MemberPlaces, Recalled, StoreError},
};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::{
    journal::{RECORD, order, record},
    race::{Process, given, mug, two},
    support::{Backend, Client, Database, Server, server::verify},
};

impl Process {
    async fn recall(&self, command: &Command) -> Option<(Glimpse, Loaded)> {
        let mut touches = Touches::default();
        command.touch(&mut touches);
        match self.store.recall(&touches, self.now, self.programs.clone()).await.unwrap() {
            Recalled::Found(glimpse, loaded) => Some((glimpse, *loaded)),
            Recalled::Nothing | Recalled::Unusual => None,
        }
    }

    async fn run_and_remember(&self, command: &Command) {
        let mut looked = self.look(command, &[]).await;
        self.look_at_counters((&looked.0, &mut looked.1), command, &[]).await;
        let (saved, places) = self.save(looked, command, &[]).await.unwrap();
        self.store.remember(&saved, self.now, &places);
    }
}

fn taken(points: i64) -> Command {
    Command::Adjust(Adjust {
        program: "classic".to_owned(),
        customer: "c-1".to_owned(),
        points: Points(-points),
        currency: None,
        reason: "a mistake".to_owned(),
        expires_at: None,
    })
}

fn blocked(blocked: bool) -> Command {
    let (program, customer) = ("classic".to_owned(), "c-1".to_owned());
    Command::SetStatus(SetStatus { program, customer, blocked, reason: "a call".to_owned() })
}

fn linked(linked: bool) -> Command {
    let (program, customer) = ("classic".to_owned(), "c-1".to_owned());
    Command::LinkPartner(LinkPartner { program, customer, partner: "cinema".to_owned(), linked })
}

/// After every change, for commands that give and for those that take.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_is_what_a_look_tells() {
    let database = Database::fresh(Backend::Postgres).await;
    let [process, _] = two(&database).await;
    let key = MemberKey::new("classic", "c-1");
    let changes =
        [given(7), taken(3), linked(true), mug(), blocked(true), given(9), blocked(false), linked(false)];
    for change in &changes {
        process.run_and_remember(change).await;
        for (command, whole) in [(given(1), false), (taken(1), true)] {
            let Some((glimpse, recalled)) = process.recall(&command).await else {
                panic!("{} after {} is not remembered", command.name(), change.name())
            };
            glimpse.leave();
            let (glimpse, looked) = process.look(&command, &[]).await;
            glimpse.leave();
            assert_eq!(recalled.updated_at, looked.updated_at);
            let [recalled, looked] = [&recalled, &looked].map(|loaded| &loaded.world.members[&key]);
            assert_eq!(MemberSnapshot::of(recalled), MemberSnapshot::of(looked));
            if whole {
                assert_eq!(recalled, looked, "after {}", change.name());
            }
            // It was taken out; found as it is, it is as good as saved.
            let (glimpse, looked) = process.look(&taken(1), &[]).await;
            glimpse.leave();
            process.store.remember(&looked, process.now, &MemberPlaces::default());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_remembers_what_another_has_changed_saves_nothing() {
    let database = Database::fresh(Backend::Postgres).await;
    let [first, second] = two(&database).await;
    second.run_and_remember(&given(5)).await;
    first.run_and_remember(&given(6)).await;
    let recalled = second.recall(&given(7)).await.expect("it is remembered");
    let raced = second.save(recalled, &given(7), &[]).await.map(drop).unwrap_err();
    assert!(raced.is_conflict(), "{raced}");
    assert!(second.recall(&given(7)).await.is_none(), "whoever is worked on is not remembered");
    second.run_and_remember(&given(7)).await;
    assert_eq!(database.number("SELECT available FROM wallets").await, 10 + 5 + 6 + 7);
}

/// Rows are found where they were left, and looked for by their keys now and then. Somebody tidied up, or wrote to a row by
/// hand: what is no longer where it was left is not written to, nor anything else of the batch.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_have_moved_are_not_found_where_they_were() {
    let database = Database::fresh(Backend::Postgres).await;
    let [process, _] = two(&database).await;
    let keeps = async |points: i64| {
        let recalled = process.recall(&given(points)).await.expect("it is remembered");
        let (saved, places) = process.save(recalled, &given(points), &[]).await?;
        process.store.remember(&saved, process.now, &places);
        Ok::<_, StoreError>(())
    };
    process.run_and_remember(&given(1)).await;
    for points in 2..=20 {
        keeps(points).await.unwrap();
    }
    assert_eq!(database.number("SELECT available FROM wallets").await, 10 + 210);

    let mut sum = 10 + 210;
    for moved in ["UPDATE wallets SET version = version", "UPDATE members SET version = version"] {
        let mut raced = 0;
        for _ in 0..8 {
            database.execute(moved).await;
            sum += 1;
            if let Err(error) = keeps(1).await {
                assert!(error.is_conflict(), "{error}");
                raced += 1;
                // As often as every number of batch has its turn.
                for _ in 0..4 {
                    process.run_and_remember(&given(1)).await;
                    sum += 1;
                }
                sum -= 1;
            }
        }
        assert_eq!(raced, 6, "three batches of four go by places");
    }
    assert_eq!(database.number("SELECT available FROM wallets").await, sum);
    assert_eq!(database.number("SELECT sum(remaining)::bigint FROM lots").await, sum);
}

/// A standby took over that had not heard of the last change, and another change got its number.
#[tokio::test(flavor = "multi_thread")]
async fn another_change_of_the_same_number_is_another() {
    let database = Database::fresh(Backend::Postgres).await;
    let [process, _] = two(&database).await;
    process.run_and_remember(&given(5)).await;
    database.execute("UPDATE members SET updated_at = updated_at + interval '1 microsecond'").await;
    let recalled = process.recall(&given(7)).await.expect("it is remembered");
    let raced = process.save(recalled, &given(7), &[]).await.map(drop).unwrap_err();
    assert!(raced.is_conflict(), "{raced}");
}

/// A key and an order are not looked for; that they are there shows when they are saved.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_there_fails_what_is_remembered() {
    let database = Database::fresh(Backend::Postgres).await;
    let [process, _] = two(&database).await;
    let keys = [("classic".to_owned(), "service/k".to_owned())];
    let looked = process.look(&given(5), &keys).await;
    let (saved, places) = process.save(looked, &given(5), &keys).await.unwrap();
    process.store.remember(&saved, process.now, &places);
    let recalled = process.recall(&given(5)).await.expect("it is remembered");
    let raced = process.save(recalled, &given(5), &keys).await.map(drop).unwrap_err();
    assert!(raced.is_conflict(), "{raced}");
    assert_eq!(database.number("SELECT available FROM wallets").await, 15);
}

/// What was decided in memory and never saved is not remembered.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_left_as_found_is_remembered_as_found() {
    let database = Database::fresh(Backend::Postgres).await;
    let [process, _] = two(&database).await;
    process.run_and_remember(&taken(3)).await;
    let (glimpse, mut loaded) = process.recall(&taken(1)).await.expect("it is remembered");
    let mut touches = Touches::default();
    taken(1).touch(&mut touches);
    assert!(!loaded.proves(&touches), "nothing of it is to be saved");
    for member in loaded.world.members.values_mut() {
        member.wallets.clear();
    }
    glimpse.leave();
    process.store.remember(&loaded, process.now, &MemberPlaces::default());
    let (glimpse, again) = process.recall(&taken(1)).await.expect("it is remembered");
    glimpse.leave();
    let key = MemberKey::new("classic", "c-1");
    assert_eq!(again.world.members[&key].wallets[0].available(), Points(7));
}

const ADJUST: &str = "mutation($input: LoyaltyPointsAdjustInput!) { loyaltyPointsAdjust(input: $input) {
    __typename ... on LoyaltyPointsAdjusted { member { balance { available } } } } }";

async fn adjust(client: &Client, key: &str, points: i64) -> serde_json::Value {
    let input = json!({"program": "classic", "idempotencyKey": key, "customerId": "c-1", "points": points,
        "reason": "a call"});
    client.data(ADJUST, json!({"input": input})).await["loyaltyPointsAdjust"].clone()
}

/// One process remembers a member with little; another has given much. What is remembered refuses nobody, and the same key
/// told again is answered as it was.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_refused_by_what_is_remembered() {
    let database = Database::fresh(Backend::Postgres).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let [first, second] = [servers[0].client().oms(), servers[1].client().oms()];
    first.data(RECORD, record("k-1", &order("o-1", "c-1", "10.00"))).await;
    adjust(&second, "k-2", 1_000).await;
    let taken = adjust(&first, "k-3", -500).await;
    assert_eq!(taken["member"]["balance"]["available"], 510, "{taken:#}");
    for _ in 0..2 {
        let again = adjust(&first, "k-3", -500).await;
        assert_eq!(again["member"]["balance"]["available"], 510, "{again:#}");
    }
    // The second remembers 1,010, of which 510 are left.
    let refused = adjust(&second, "k-4", -600).await;
    assert_eq!(refused["__typename"], "LoyaltyInsufficientPoints", "{refused:#}");
    for server in servers {
        server.stop();
    }
    verify(&database);
}

/// What is remembered is not asked for: an order is one statement, where it was two; some that are nobody's come beside.
#[tokio::test(flavor = "multi_thread")]
async fn a_known_member_costs_one_statement() {
    let database = Database::fresh(Backend::Postgres).await;
    let quiet = [("LOYALTY_RELAY_INTERVAL_MS", "3600000"), ("LOYALTY_AUDIT_INTERVAL_MS", "3600000")];
    let server = Server::start_with(&database, &quiet);
    let client = server.client().oms();
    client.data(RECORD, record("k-0", &order("o-0", "c-1", "10.00"))).await;
    let statements = async || client.metric("loyalty_sql_statements_total").await;
    let before = statements().await;
    let orders = 20;
    for i in 1..=orders {
        let data = client.data(RECORD, record(&format!("k-{i}"), &order(&format!("o-{i}"), "c-1", "10.00")));
        assert_eq!(data.await["loyaltyOrderRecord"]["member"]["balance"]["available"], 10 + 10 * i);
    }
    let asked = statements().await - before;
    assert!(asked < 1.5 * f64::from(orders), "{asked} statements for {orders} orders");
    server.stop();
    verify(&database);
}

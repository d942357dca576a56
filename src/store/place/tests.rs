use std::{future::ready, sync::Arc};

use pretty_assertions::assert_eq;
use sea_orm::{ConnectionTrait as _, Database, DbBackend, QueryResult, Statement};
use serde_json::{Value, json};

use super::*;
use crate::{
    clock::Instant,
    commands::{Adjust, Command, Context, Enroll, MemberKey, Touches, touches::Depth},
    ids::RandomIds,
    ledger::Points,
    program::{Program, Programs},
    store::{
        Additions, ConnectOptions, Recalled, Store,
        write::tests::{migrated, name_of},
    },
};

fn now() -> Instant {
    Instant::from_timestamp(1_800_000_000, 0).unwrap()
}

fn two_currencies() -> Arc<Programs> {
    let mut document: Value =
        serde_json::from_str(include_str!("../../../schema/programs/classic.json")).unwrap();
    let miles = json!({"code": "MILES", "name": {"en": "Miles"}, "scale": 0});
    document["currencies"].as_array_mut().unwrap().push(miles);
    let program = Program::from_json(&document.to_string()).unwrap();
    Arc::new(Programs::new(vec![program], None).unwrap())
}

fn enrolled(customer: &str) -> Command {
    let (program, customer) = ("classic".to_owned(), customer.to_owned());
    Command::Enroll(Enroll { program, customer, channel: None, store: None })
}

fn given(customer: &str, currency: &str) -> Command {
    Command::Adjust(Adjust {
        program: "classic".to_owned(),
        customer: customer.to_owned(),
        points: Points(1),
        currency: Some(currency.to_owned()),
        reason: "a gift".to_owned(),
        expires_at: None,
    })
}

fn is_given(command: &Command, (customer, currency): &(String, String)) -> bool {
    matches!(command, Command::Adjust(given)
        if given.customer == *customer && given.currency.as_ref() == Some(currency))
}

/// One batch, by what is remembered where that is enough.
async fn run(store: &Store, programs: &Arc<Programs>, ids: &RandomIds, commands: &[Command]) {
    let (now, mut touches) = (now(), Touches::default());
    for command in commands {
        command.touch(&mut touches);
    }
    let recalled = store.recall(&touches, now, programs.clone()).await.unwrap();
    let (glimpse, mut loaded) = match recalled {
        Recalled::Found(glimpse, loaded) => (glimpse, *loaded),
        _ => store.glimpse(&touches, &[], now, programs.clone()).await.unwrap().expect("a look is enough"),
    };
    let context = Context { now, ids, partner: None };
    for command in commands {
        command.decide(&mut loaded.world, &context).unwrap();
    }
    let keys = HashMap::new();
    let additions = Additions { keys: &keys, outbox_id: None, records: Vec::new(), now };
    let places = glimpse.save(&loaded, &additions, ready(true)).await.unwrap();
    store.remember(&loaded, now, &places);
}

/// As PostgreSQL shows it.
fn shown(place: Place) -> Option<String> {
    let (block, number) = place.0.split_at(4);
    let block = u32::from_be_bytes(block.try_into().unwrap());
    let number = u16::from_be_bytes(number.try_into().unwrap());
    place.is_known().then(|| format!("({block},{number})"))
}

/// Members whose ids have another order than their names, with wallets that come one after the other.
#[tokio::test]
async fn members_and_wallets_are_remembered_where_they_are() {
    let (url, server) = migrated("places_of_members").await;
    let database = Database::connect(&url).await.unwrap();
    let options = ConnectOptions { url: url.clone(), pool_max: 4, recall_bytes: 1 << 20 };
    let (store, programs) = (Store::connect(&options).await.unwrap(), two_currencies());
    let ids = RandomIds::default();
    let customers = ["c", "a", "b"];
    for customer in customers {
        run(&store, &programs, &ids, &[enrolled(customer)]).await;
    }
    let all = |currency: &str| customers.map(|customer| given(customer, currency)).to_vec();
    let batches = [
        all("POINTS"),
        vec![given("b", "MILES"), given("a", "POINTS"), given("c", "POINTS"), given("b", "POINTS")],
        vec![given("a", "MILES")],
        all("MILES"),
        [all("POINTS"), all("MILES")].concat(),
        vec![given("c", "MILES"), given("a", "POINTS"), given("b", "MILES")],
        [all("MILES"), all("POINTS")].concat(),
    ];
    let all_of = async |text: &str| {
        let rows = database.query_all_raw(Statement::from_string(DbBackend::Postgres, text)).await.unwrap();
        let row = |row: &QueryResult| -> ((String, String), String) {
            let text = |place| row.try_get_by_index(place).unwrap();
            ((text(0), text(1)), text(2))
        };
        rows.iter().map(row).collect::<HashMap<_, _>>()
    };
    let recall = &store.lanes.as_ref().unwrap().recall;
    for batch in batches {
        let before = all_of(WALLETS).await;
        run(&store, &programs, &ids, &batch).await;
        let (members, wallets) = (all_of(MEMBERS).await, all_of(WALLETS).await);
        for customer in customers {
            let key = MemberKey::new("classic", customer);
            let known = recall.take(&key, Depth::Whole, now()).expect("all are remembered");
            let of = |currency: &str| (customer.to_owned(), currency.to_owned());
            assert_eq!(shown(known.places.member).as_ref(), members.get(&of("")), "{customer}");
            for (number, wallet) in known.member.wallets.iter().enumerate() {
                let place = of(&wallet.currency);
                let found = shown(known.places.wallet(number));
                let is_changed = batch.iter().any(|command| is_given(command, &place));
                // Where a new row is it shows when it changes.
                if found.is_some() || is_changed && before.contains_key(&place) {
                    assert_eq!(found.as_ref(), wallets.get(&place), "{customer} {}", wallet.currency);
                }
            }
            recall.keep(&known.member, known.updated_at, &known.places);
        }
    }
    store.close().await;
    database.close().await.unwrap();
    server.execute_unprepared(&format!("DROP DATABASE {}", name_of(&url))).await.unwrap();
}

const MEMBERS: &str = "SELECT customer_id, '', ctid::text FROM members";
const WALLETS: &str =
    "SELECT m.customer_id, w.currency, w.ctid::text FROM wallets w JOIN members m ON m.id = w.member_id";

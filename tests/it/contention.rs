//! Everybody wants the same thing at once, at three processes.

use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    journal::{RECORD, order, record},
    support::{Backend, Client, Database, Server, server::verify},
};

const REDEEM: &str = "mutation($input: LoyaltyRewardRedeemInput!) { loyaltyRewardRedeem(input: $input) {
    __typename
    ... on LoyaltyRewardRedeemed { replayed redemption { id } entries { id } }
    ... on LoyaltyRefusal { message } } }";

const PROCESSES: usize = 3;
const MEMBERS: usize = 100;
/// Of each member.
const REDEMPTIONS: usize = 10;
const STOCK: usize = 100;
const PRICE: i64 = 10;

/// What a member has at first: every second has enough for four, the others for none.
fn points(member: usize) -> i64 {
    if member.is_multiple_of(2) { 45 } else { 5 }
}

/// The classic programme with a reward of which there are so many.
fn program() -> Value {
    let mut document: Value =
        serde_json::from_str(include_str!("../../schema/programs/classic.json")).unwrap();
    document["rewards"] = json!([{"id": "mug", "name": {"en": "A mug"}, "points": PRICE, "stock": STOCK}]);
    document
}

/// How a request went: the customer, the key and the answer.
type Told = (usize, Value, Value);

async fn redeem(client: Client, member: usize, key: String) -> Told {
    let input = json!({"input": {"program": "classic", "idempotencyKey": key, "rewardId": "mug",
        "customerId": format!("customer-{member}")}});
    let answer = client.data(REDEEM, input.clone()).await;
    (member, input, answer["loyaltyRewardRedeem"].clone())
}

/// Everybody asks everywhere: the processes meet over the members, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_reward_that_everybody_wants_everywhere_goes_to_as_many_as_there_are() {
    everybody_wants_one(|turn, _| turn % PROCESSES).await;
}

/// Everybody keeps to one process: the processes meet over the reward alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_reward_that_others_want_elsewhere_goes_to_as_many_as_there_are() {
    everybody_wants_one(|_, member| member % PROCESSES).await;
}

/// 1,000 redemptions at once of a reward of which there are 100: 100 get it, nobody spends what there is not, and nobody is
/// told to try again.
async fn everybody_wants_one(process: fn(usize, usize) -> usize) {
    let database = Database::fresh(Backend::Postgres).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("classic.json");
    std::fs::write(&path, program().to_string()).unwrap();
    let programs = [("LOYALTY_PROGRAMS", path.to_str().unwrap())];
    let servers: Vec<Server> = (0..PROCESSES).map(|_| Server::start_with(&database, &programs)).collect();
    let clients: Vec<Client> = servers.iter().map(|server| server.client().oms()).collect();
    for member in 0..MEMBERS {
        let price = format!("{}.00", points(member));
        let order = order(&format!("o-{member}"), &format!("customer-{member}"), &price);
        clients[0].data(RECORD, record(&format!("k-{member}"), &order)).await;
    }

    let mut tasks = JoinSet::new();
    for turn in 0..MEMBERS * REDEMPTIONS {
        let member = turn % MEMBERS;
        tasks.spawn(redeem(clients[process(turn, member)].clone(), member, format!("r-{turn}")));
    }
    let told = tasks.join_all().await;
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, _, answer) in &told {
        *names.entry(answer["__typename"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(names.remove("LoyaltyRewardRedeemed"), Some(STOCK), "{names:?}");
    let refused = names.remove("LoyaltyOutOfStock").unwrap_or(0)
        + names.remove("LoyaltyInsufficientPoints").unwrap_or(0);
    assert_eq!((refused, names), (MEMBERS * REDEMPTIONS - STOCK, BTreeMap::new()));

    let redeemed = told.into_iter().filter(|(.., answer)| answer["__typename"] == "LoyaltyRewardRedeemed");
    let redeemed: Vec<Told> = redeemed.collect();
    for member in 0..MEMBERS {
        let spent = PRICE * i64::try_from(redeemed.iter().filter(|(of, ..)| *of == member).count()).unwrap();
        assert!(spent <= points(member), "member {member} spent {spent}");
    }
    // Whoever was answered is answered the same at any process.
    for (turn, (_, input, first)) in redeemed.into_iter().enumerate() {
        let again = clients[turn % PROCESSES].data(REDEEM, input).await;
        let mut expected = first;
        expected["replayed"] = json!(true);
        assert_eq!(again["loyaltyRewardRedeem"], expected);
    }
    servers.into_iter().for_each(Server::stop);
    verify(&database);
}

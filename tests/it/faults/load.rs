//! Clients at work while something breaks, and the account that they settle in the end.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinSet};

use super::{
    step::{Line, PROGRAM},
    till::{Answer, Done, Till, send, version},
};
use crate::support::Client;

/// How much is going on.
#[derive(Clone, Debug, Default)]
struct Pulse {
    acknowledged: usize,
    unanswered: usize,
    /// The last error that a client was told.
    error: Value,
}

/// What all tills share.
#[derive(Clone)]
struct Shop {
    /// Who is asked, in turn: changes when the service starts again somewhere else.
    services: watch::Receiver<Vec<Client>>,
    closed: watch::Receiver<bool>,
    pulse: watch::Sender<Pulse>,
    /// The highest version that anybody was told, by customer.
    told: Arc<Mutex<HashMap<String, i64>>>,
}

/// Of the commands that were acknowledged, every so many'th is asked for again.
const ASKED_AGAIN_EVERY: usize = 4;

/// Clients at work.
pub(super) struct Load {
    tills: JoinSet<Till>,
    customers: usize,
    services: watch::Sender<Vec<Client>>,
    close: watch::Sender<bool>,
    pulse: watch::Receiver<Pulse>,
}

impl Load {
    /// So many clients, who share fewer customers, at one service.
    pub(super) fn start(service: &Client, clients: usize) -> Self {
        Self::start_at(std::slice::from_ref(service), clients)
    }

    /// The same, each of them at all services in turn.
    pub(super) fn start_at(services: &[Client], clients: usize) -> Self {
        let customers = clients * 2 / 3 + 1;
        let (services, asked) = watch::channel(services.iter().map(Client::oms).collect());
        let (close, closed) = watch::channel(false);
        let (beat, pulse) = watch::channel(Pulse::default());
        let shop = Shop { services: asked, closed, pulse: beat, told: Arc::default() };
        let mut tills = JoinSet::new();
        for i in 0..clients {
            tills.spawn(shop.clone().work(Till::new(i, customers)));
        }
        Self { tills, customers, services, close, pulse }
    }

    /// The service is somewhere else from now on.
    pub(super) fn move_to(&self, service: &Client) {
        self.services.send_replace(vec![service.oms()]);
    }

    /// Done when so many more commands have been acknowledged.
    pub(super) async fn acknowledge(&mut self, more: usize) {
        let goal = self.pulse.borrow().acknowledged + more;
        self.pulse.wait_for(|pulse| pulse.acknowledged >= goal).await.expect("the tills are at work");
    }

    /// Done when so many more commands have been left without an outcome; answers the last error that a client was told.
    pub(super) async fn leave_unanswered(&mut self, more: usize) -> Value {
        let goal = self.pulse.borrow().unanswered + more;
        let reached = self.pulse.wait_for(|pulse| pulse.unanswered >= goal).await;
        reached.expect("the tills are at work").error.clone()
    }

    /// How many commands have been left without an outcome.
    pub(super) fn unanswered(&self) -> usize {
        self.pulse.borrow().unanswered
    }

    /// The service is well again. Work ends; what is open is asked for once more and gets its outcome; what was acknowledged
    /// gets the same as before; and the ledger holds the lines of all of it, each once.
    pub(super) async fn settle(mut self) {
        self.close.send_replace(true);
        let client = self.services.borrow()[0].clone();
        let mut settling = JoinSet::new();
        while let Some(till) = self.tills.join_next().await {
            settling.spawn(settle_till(client.clone(), till.expect("a till does not panic")));
        }
        let mut expected: Vec<Line> = settling.join_all().await.concat();
        expected.sort();
        let mut found = Vec::new();
        for i in 0..self.customers {
            found.extend(ledger_of(&client, &format!("customer-{i}")).await);
        }
        found.sort();
        assert_eq!(found, expected, "what the ledger holds, and what the clients did");
    }
}

impl Shop {
    async fn work(mut self, mut till: Till) -> Till {
        let mut turn = 0;
        while !*self.closed.borrow() {
            turn += 1;
            let client = {
                let services = self.services.borrow_and_update();
                services[turn % services.len()].clone()
            };
            let step = till.next_step();
            match send(&client, &step).await {
                Answer::Done(done) => {
                    self.remember(&step.customer, done.version);
                    till.learn(step, done);
                    self.pulse.send_modify(|pulse| pulse.acknowledged += 1);
                    self.look(&client, till.last_customer()).await;
                    self.look(&client, &till.customer_of(turn)).await;
                }
                Answer::Unknown(error) => {
                    till.open.push_back(step);
                    self.pulse.send_modify(|pulse| {
                        pulse.unanswered += 1;
                        pulse.error = error;
                    });
                }
                Answer::Gone => {
                    till.open.push_back(step);
                    self.pulse.send_modify(|pulse| pulse.unanswered += 1);
                    // There is no use in asking again before it is somewhere else.
                    tokio::select! {
                        _ = self.services.changed() => {}
                        _ = self.closed.wait_for(|closed| *closed) => {}
                    }
                }
            }
        }
        till
    }

    fn remember(&self, customer: &str, version: i64) {
        let mut told = self.told.lock().unwrap();
        let told = told.entry(customer.to_owned()).or_default();
        *told = version.max(*told);
    }

    /// What anybody was told before is what everybody reads after.
    async fn look(&self, client: &Client, customer: &str) {
        let told = self.told.lock().unwrap().get(customer).copied().unwrap_or_default();
        if let Some(read) = version(client, customer).await {
            assert!(read >= told, "{customer} was told of version {told}, and reads version {read}");
        }
    }
}

/// Asks once more; answers what a till has written by its own account.
async fn settle_till(client: Client, mut till: Till) -> Vec<Line> {
    while let Some(step) = till.open.pop_front() {
        match send(&client, &step).await {
            Answer::Done(done) => till.learn(step, done),
            Answer::Unknown(error) => panic!("{error:#} instead of the outcome of {step:#?}"),
            Answer::Gone => panic!("nobody to ask for the outcome of {step:#?}"),
        }
    }
    for (step, first) in till.acknowledged.iter().step_by(ASKED_AGAIN_EVERY) {
        let Answer::Done(again) = send(&client, step).await else { panic!("no outcome of {step:#?}") };
        let expected = Done { replayed: true, version: again.version, ..first.clone() };
        assert_eq!(again, expected, "the same key gets the same: {step:#?}");
        assert!(again.version >= first.version, "{step:#?}");
    }
    till.acknowledged.into_iter().flat_map(|(step, _)| step.lines).collect()
}

/// Every line of a customer's ledger, page by page.
async fn ledger_of(client: &Client, customer: &str) -> Vec<Line> {
    let query = "query($r: [_Any!]!, $program: ID!, $after: String) { _entities(representations: $r) { ... on Customer {
        loyalty(program: $program) { entries(first: 100, after: $after) {
            nodes { kind points amount orderId reason } pageInfo { hasNextPage endCursor } } } } } }";
    let who = json!([{"__typename": "Customer", "id": customer}]);
    let mut lines = Vec::new();
    let mut after = Value::Null;
    loop {
        let data = client.data(query, json!({"r": who, "program": PROGRAM, "after": after})).await;
        let Some(page) = data["_entities"][0]["loyalty"].get("entries") else { return lines };
        let line = |node: &Value| Line {
            customer: customer.to_owned(),
            kind: node["kind"].as_str().unwrap().to_owned(),
            cause: [&node["orderId"], &node["reason"]]
                .into_iter()
                .find_map(Value::as_str)
                .unwrap()
                .to_owned(),
            points: node["points"].as_i64().unwrap(),
            amount: node["amount"].as_i64().unwrap(),
        };
        lines.extend(page["nodes"].as_array().unwrap().iter().map(line));
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            return lines;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

//! One client of the load: it sends one command after another, and remembers what it was told.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use super::step::{HELD, Leaves, PROGRAM, RETURNED, Step};
use crate::support::Client;

/// What came back.
pub(super) enum Answer {
    /// It was done, now or before.
    Done(Done),
    /// The service answered with an error after which the same key finds out.
    Unknown(Value),
    /// Nobody is there.
    Gone,
}

/// What a client was told of a command that was done.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Done {
    pub(super) replayed: bool,
    /// The ids of its entries.
    pub(super) entries: Value,
    /// The id of its hold, where it made one.
    pub(super) hold: Option<String>,
    /// The version of the balance, right after it or later.
    pub(super) version: i64,
}

/// One client. Several share their customers, and none spends what another one gave: so every step that it takes can be done,
/// in whatever order they come.
pub(super) struct Till {
    number: usize,
    customers: usize,
    turn: usize,
    /// What this till has given each customer, is known to be there, and is not spent.
    spare: HashMap<String, i64>,
    /// Orders that were recorded and of which nothing was returned, and their customers.
    returnable: Vec<(String, String)>,
    /// Holds that are open: their ids, orders and customers.
    holds: Vec<(String, String, String)>,
    pub(super) acknowledged: Vec<(Step, Done)>,
    /// Sent, and not acknowledged.
    pub(super) open: VecDeque<Step>,
}

/// A client that waits for so many answers asks for them before it sends anything new.
const OPEN_MAX: usize = 8;

impl Till {
    pub(super) fn new(number: usize, customers: usize) -> Self {
        Self {
            number,
            customers,
            turn: 0,
            spare: HashMap::new(),
            returnable: Vec::new(),
            holds: Vec::new(),
            acknowledged: Vec::new(),
            open: VecDeque::new(),
        }
    }

    /// What it sends next. Every second till insists on an answer before it goes on; the others ask later.
    pub(super) fn next_step(&mut self) -> Step {
        let open_max = if self.number.is_multiple_of(2) { 1 } else { OPEN_MAX };
        if self.open.len() >= open_max
            && let Some(step) = self.open.pop_front()
        {
            return step;
        }
        self.turn += 1;
        let id = format!("{}-{}", self.number, self.turn);
        let customer = self.customer_of(self.turn * 7 + self.number);
        let step = self.special_step(&id, &customer).unwrap_or_else(|| Step::order(&id, &customer));
        *self.spare.entry(step.customer.clone()).or_default() -= step.takes;
        step
    }

    /// What is not an order, where there is something to do it with.
    fn special_step(&mut self, id: &str, customer: &str) -> Option<Step> {
        let spare = self.spare.clone();
        let has = |customer: &str, points| spare.get(customer).is_some_and(|spare| *spare >= points);
        match self.turn % 10 {
            1 => has(customer, 1).then(|| Step::adjustment(id, customer, 4)),
            2 => has(customer, 3).then(|| Step::adjustment(id, customer, -3)),
            3 => {
                let (order, customer) = self.returnable.pop_if(|(_, customer)| has(customer, RETURNED))?;
                Some(Step::half_return(id, &order, &customer))
            }
            4 | 5 => has(customer, HELD).then(|| Step::hold(id, customer)),
            6 => self.holds.pop().map(|(hold, order, customer)| Step::capture(id, &hold, &order, &customer)),
            7 => self.holds.pop().map(|(hold, order, customer)| Step::release(id, &hold, &order, &customer)),
            8 => has(customer, 2).then(|| Step::redemption(id, customer, 2)),
            9 => {
                // Nobody gets points of a till before an order of this till has made a member of them.
                let to = self.customer_of(self.turn + self.number);
                (to != customer && has(&to, 1) && has(customer, 1))
                    .then(|| Step::transfer(id, customer, &to, 1))
            }
            _ => None,
        }
    }

    /// Somebody: all of them, one after another.
    pub(super) fn customer_of(&self, turn: usize) -> String {
        format!("customer-{}", turn % self.customers)
    }

    /// Whom the last step that was done was for.
    pub(super) fn last_customer(&self) -> &str {
        &self.acknowledged.last().expect("a step was done").0.customer
    }

    /// Remembers that a step was done.
    pub(super) fn learn(&mut self, step: Step, done: Done) {
        if let Some((customer, points)) = &step.gives {
            *self.spare.entry(customer.clone()).or_default() += points;
        }
        let cause = || step.lines[0].cause.clone();
        match step.leaves {
            Leaves::Nothing => {}
            Leaves::Order => self.returnable.push((cause(), step.customer.clone())),
            Leaves::Hold => {
                let hold = done.hold.clone().expect("a hold has an id");
                self.holds.push((hold, cause(), step.customer.clone()));
            }
        }
        self.acknowledged.push((step, done));
    }
}

/// Sends a step. An answer that nobody should get is the end of the test.
pub(super) async fn send(client: &Client, step: &Step) -> Answer {
    let Ok(answer) = client.try_ask(&step.mutation, json!({"input": step.input})).await else {
        return Answer::Gone;
    };
    if let Some(error) = answer["errors"].get(0) {
        let code = error["extensions"]["code"].as_str().unwrap_or_default();
        let unknown = ["SERVICE_UNAVAILABLE", "INTERNAL", "REQUEST_TIMEOUT"].contains(&code);
        assert!(unknown, "{answer:#} to {step:#?}");
        return Answer::Unknown(error.clone());
    }
    let it = &answer["data"]["it"];
    assert_eq!(it["__typename"], step.done, "{answer:#} to {step:#?}");
    Answer::Done(Done {
        replayed: it["replayed"].as_bool().unwrap(),
        entries: it["entries"].clone(),
        hold: it["hold"]["id"].as_str().map(str::to_owned),
        version: it["member"]["balance"]["version"].as_i64().unwrap(),
    })
}

/// The version of a customer's balance as a screen shows it; none where the service does not answer.
pub(super) async fn version(client: &Client, customer: &str) -> Option<i64> {
    let query = "query($r: [_Any!]!, $program: ID!) { _entities(representations: $r) { ... on Customer {
        loyalty(program: $program) { balance { version } } } } }";
    let customer = json!({"__typename": "Customer", "id": customer});
    let variables = json!({"r": [customer], "program": PROGRAM});
    let answer = client.try_ask(query, variables).await.ok()?;
    if answer.get("errors").is_some() {
        return None;
    }
    Some(answer["data"]["_entities"][0]["loyalty"]["balance"]["version"].as_i64().unwrap_or(0))
}

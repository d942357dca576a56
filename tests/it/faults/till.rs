//! One client of the load: it sends one command after another, and remembers what it was told.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use super::step::{EARNED, GIVEN, PROGRAM, RETURNED, Step, TAKEN};
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
    /// The version of the balance, right after it or later.
    pub(super) version: i64,
}

/// One client. Several share their customers, and none spends what another one gave: so every step that it takes can be done,
/// in whatever order they come.
pub(super) struct Till {
    number: usize,
    customers: usize,
    turn: usize,
    /// What this till has given each customer and is known to be there.
    spare: HashMap<String, i64>,
    /// Orders that were recorded, and of which nothing was returned.
    returnable: Vec<(String, String)>,
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
        let step = self.new_step();
        if step.points() < 0 {
            *self.spare.entry(step.customer.clone()).or_default() += step.points();
        }
        step
    }

    /// Somebody: all of them, one after another.
    pub(super) fn customer_of(&self, turn: usize) -> String {
        format!("customer-{}", turn % self.customers)
    }

    fn new_step(&mut self) -> Step {
        self.turn += 1;
        let id = format!("{}-{}", self.number, self.turn);
        let customer = self.customer_of(self.turn * 7 + self.number);
        let spare = |customer: &str| self.spare.get(customer).copied().unwrap_or_default();
        match self.turn % 6 {
            2 if spare(&customer) > 0 => Step::adjustment(&id, &customer, GIVEN),
            3 if spare(&customer) >= TAKEN => Step::adjustment(&id, &customer, -TAKEN),
            4 => match self.returnable.pop() {
                Some((order, customer)) if spare(&customer) >= RETURNED => {
                    Step::half_return(&id, &order, &customer)
                }
                _ => Step::order(&id, &customer),
            },
            _ => Step::order(&id, &customer),
        }
    }

    /// Whom the last step that was done was for.
    pub(super) fn last_customer(&self) -> &str {
        &self.acknowledged.last().expect("a step was done").0.customer
    }

    /// Remembers that a step was done.
    pub(super) fn learn(&mut self, step: Step, done: Done) {
        if step.points() > 0 {
            *self.spare.entry(step.customer.clone()).or_default() += step.points();
        }
        if step.points() == EARNED {
            self.returnable.push((step.lines[0].cause.clone(), step.customer.clone()));
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

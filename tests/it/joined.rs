//! The whole graph, as `make run` starts it: one answer of four subgraphs, through a real gateway, with tokens.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    on_each_backend,
    support::{
        Backend, Client, Database,
        graph::{free_ports, gateway_binary, stack_binary},
        server::verify,
    },
};

/// `loyalty-stack up` on ports of its own. Dropped, it is told to stop and takes its children with it.
struct Stack {
    child: Child,
    announced: Vec<String>,
    gateway: String,
    loyalty: String,
}

impl Stack {
    fn start(database: &Database, folder: &std::path::Path) -> Self {
        let ports = free_ports::<6>();
        let variables =
            ["GATEWAY_PORT", "LOYALTY_PORT", "OMS_PORT", "INVENTORY_PORT", "CRM_PORT", "PAGE_PORT"];
        let mut child = Command::new(stack_binary())
            .arg("up")
            .env_remove("DATABASE_URL")
            .env_remove("REDIS_URL")
            .envs(database.environment())
            .envs(variables.into_iter().zip(ports.map(|port| port.to_string())))
            .env("DATA_DIR", folder)
            .env("LOYALTY_GATEWAY_BIN", gateway_binary())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut announced = Vec::new();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines.map_while(Result::ok) {
            let ready = line.starts_with("ready ");
            announced.push(line);
            if ready {
                break;
            }
        }
        assert!(announced.last().is_some_and(|line| line.starts_with("ready ")), "{announced:#?}");
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        Self { child, announced, gateway: url(ports[0]), loyalty: url(ports[1]) }
    }

    /// The announced token of somebody.
    fn token(&self, of: &str) -> String {
        let own = self.announced.iter().find_map(|line| line.trim().strip_prefix(of));
        own.unwrap_or_else(|| panic!("no token of {of} in {:#?}", self.announced)).trim().to_owned()
    }

    fn stop(mut self) {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // It may have been stopped before; its children go with it in any case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const JOINED: &str =
    "query($id: ID!) { customer(id: $id) { id name loyalty { tier { tier { id } qualifying } balance {
    available pending expiries(first: 3) { at points } } }
    orders(first: 50) { id total { amount } returns { id } loyalty { earned clawedBack }
        lines { kind quantity product { sku name stock loyaltyPoints } } } } }";

const CUSTOMER: &str = "14217";

/// The answer is whole, and its parts agree with one another.
fn check_joined(answer: &Value) {
    let customer = &answer["data"]["customer"];
    assert!(customer["name"].is_string(), "the CRM's name: {answer:#}");
    let balance = &customer["loyalty"]["balance"];
    let orders = customer["orders"].as_array().unwrap();
    assert!(orders.len() > 3, "{answer:#}");
    let sum = |field: &str| -> i64 { orders.iter().map(|o| o["loyalty"][field].as_i64().unwrap()).sum() };
    assert!(sum("earned") > 0 && sum("clawedBack") > 0, "{answer:#}");
    let returned = orders.iter().any(|o| !o["returns"].as_array().unwrap().is_empty());
    assert!(returned, "the OMS knows returns: {answer:#}");
    assert!(balance["available"].as_i64().unwrap() <= sum("earned") - sum("clawedBack"));
    let expiries = balance["expiries"].as_array().unwrap();
    assert!(!expiries.is_empty(), "{answer:#}");
    let products: Vec<&Value> = orders
        .iter()
        .flat_map(|order| order["lines"].as_array().unwrap())
        .filter(|line| line["kind"] == "PRODUCT")
        .map(|line| &line["product"])
        .collect();
    assert!(products.iter().all(|p| p["stock"].is_i64() && p["loyaltyPoints"].is_i64()), "{answer:#}");
}

async fn one_answer_of_four_subgraphs(backend: Backend) {
    let database = Database::fresh(backend).await;
    let folder = tempfile::tempdir().unwrap();
    let stack = Stack::start(&database, folder.path());
    let gateway = Client::new(&stack.gateway);
    let customer = gateway.with_token(&stack.token("customer 14217"));
    let id = json!({"id": CUSTOMER});

    let answer = customer.ask(JOINED, id.clone()).await;
    assert_eq!(answer.get("errors"), None, "{answer:#}");
    check_joined(&answer);

    // Another customer's loyalty is not there, and neither is anybody's without a token; the neighbours' fields are.
    let other = customer.ask(JOINED, json!({"id": "17850"})).await;
    assert!(other["data"]["customer"]["loyalty"].is_null(), "{other:#}");
    let nobody = gateway.ask(JOINED, id.clone()).await;
    assert!(nobody["data"]["customer"]["name"].is_string(), "{nobody:#}");
    assert!(nobody["data"]["customer"]["loyalty"].is_null(), "{nobody:#}");
    // The subgraph itself says the same where the gateway is bypassed.
    let entity =
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { loyalty { id } } } }";
    let representation = json!({"r": [{"__typename": "Customer", "id": CUSTOMER}]});
    let direct = Client::new(&stack.loyalty).ask(entity, representation).await;
    assert!(direct["data"]["_entities"][0]["loyalty"].is_null(), "{direct:#}");

    quote_is_joined(&gateway.with_token(&stack.token("service oms"))).await;
    stack.stop();

    // A second start loses nothing and records nothing twice.
    let entries = database.number("SELECT count(*) FROM entries").await;
    let stack = Stack::start(&database, folder.path());
    let customer = Client::new(&stack.gateway).with_token(&stack.token("customer 14217"));
    assert_eq!(customer.ask(JOINED, id).await["data"]["customer"], answer["data"]["customer"]);
    stack.stop();
    assert_eq!(database.number("SELECT count(*) FROM entries").await, entries);
    verify(&database);
}

/// `@requires` brings the OMS's lines: what an order would earn, with no write.
async fn quote_is_joined(oms: &Client) {
    let orders = oms
        .data(
            "{ orders(first: 5) { id total { amount } loyaltyQuote { points explanation { basis { amount }
        rules { rule matched points detail } } } } }",
            json!({}),
        )
        .await;
    for order in orders["orders"].as_array().unwrap() {
        let points = order["loyaltyQuote"]["points"].as_i64().unwrap_or_else(|| panic!("{order:#}"));
        let rules = order["loyaltyQuote"]["explanation"]["rules"].as_array().unwrap();
        let shares: i64 = rules.iter().map(|rule| rule["points"].as_i64().unwrap()).sum();
        assert_eq!(points, shares, "{order:#}");
    }
}

on_each_backend!(one_answer_of_four_subgraphs);

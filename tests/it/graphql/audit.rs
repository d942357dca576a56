//! The audit log: who did and read what, all of it, and that nothing of it can be changed unseen.

mod chain;

use std::path::Path;

use loyalty::auth::{MintRequest, PrincipalKind};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, SHOP, adjust, enroll, order, record_order, recording, said, subscription::Line};
use crate::{
    on_each_backend,
    support::{
        Backend, Client, Database, Server,
        client::{minted, token},
        server::verify,
    },
};

const LOG: &str = "query($filter: LoyaltyAuditFilter) {
    it: loyaltyAuditRecords(program: \"classic\", filter: $filter, first: 50) { nodes { sequence previousHash hash
        actor { kind id partnerId tokenId }
        actions { operation customerId orderId subjectId idempotencyKey entryIds before after } } } }";

const SINCE: &str = "2001-01-01T00:00:00Z";

const MEMBER: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer {
    loyalty(program: \"classic\") { balance { available } } } } }";

fn ann() -> Value {
    json!({"r": [{"__typename": "Customer", "id": "ann"}]})
}

/// A token with an id.
fn with_id(client: &Client, kind: PrincipalKind, subject: &str, scope: &str, id: &str) -> Client {
    let stores = if kind == PrincipalKind::Staff { vec!["s-1".to_owned()] } else { Vec::new() };
    let scope = scope.split_whitespace().map(str::to_owned).collect();
    let (subject, token_id) = (subject.to_owned(), Some(id.to_owned()));
    client.with_token(&minted(MintRequest {
        kind,
        subject,
        scope,
        stores,
        token_id,
        ..MintRequest::default()
    }))
}

async fn log_of(auditor: &Client, filter: Value) -> Vec<Value> {
    let data = auditor.data(LOG, json!({"filter": filter})).await;
    data["it"]["nodes"].as_array().unwrap().clone()
}

/// `kind actor token: operation customer order`, oldest first.
fn told(records: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |record: &Value, action: &Value| {
        let actor = &record["actor"];
        format!(
            "{} {} {}: {} {} {}",
            text(&actor["kind"]),
            text(&actor["id"]),
            text(&actor["tokenId"]),
            text(&action["operation"]),
            text(&action["customerId"]),
            text(&action["orderId"])
        )
    };
    let of_record = |record: &Value| {
        record["actions"].as_array().unwrap().iter().map(|action| line(record, action)).collect::<Vec<_>>()
    };
    records.iter().rev().flat_map(of_record).collect()
}

fn gift(key: &str, points: i64) -> Value {
    json!({"input": {"program": "classic", "idempotencyKey": key, "customerId": "ann", "points": points, "reason": "x"}})
}

async fn every_write_and_every_read_of_staff_is_told(backend: Backend) {
    let desk = Desk::open_with(backend, &[("LOYALTY_PROGRAMS", SHOP)]).await;
    let door = desk.server.client();
    let oms = with_id(&door, PrincipalKind::Service, "oms", "loyalty:orders:write", "t-oms");
    let eve =
        with_id(&door, PrincipalKind::Staff, "eve", "loyalty:member:read loyalty:points:adjust", "t-eve");
    let root = with_id(&door, PrincipalKind::Administrator, "root", "", "t-root");
    let shopper = door.customer("ann");

    let enrol = json!({"input": {"program": "classic", "idempotencyKey": "e", "customerId": "ann"}});
    shopper.data(&enroll(), enrol).await;
    let recorded = json!({"input": recording("classic", &order("o-1", "ann"))});
    let entries = oms.data(&record_order(), recorded.clone()).await["it"]["entries"].clone();
    // Again, and denied: nothing is done, and nothing told. A refusal tells of the member.
    assert_eq!(oms.data(&record_order(), recorded).await["it"]["replayed"], true);
    let refused = eve.data(&adjust(), gift("too-much", -1_000_000)).await;
    assert_eq!(refused["it"]["__typename"], "LoyaltyInsufficientPoints");
    assert_eq!(said(&oms.ask(&adjust(), gift("denied", 1)).await).split(' ').next(), Some("FORBIDDEN"));
    eve.data(&adjust(), gift("g", 5)).await;
    // Reads: those of services and shoppers are not told of, those of staff are, whether or not there is anything.
    shopper.data(MEMBER, ann()).await;
    desk.oms.data(MEMBER, ann()).await;
    eve.data(MEMBER, ann()).await;
    eve.data(MEMBER, json!({"r": [{"__typename": "Customer", "id": "nobody"}]})).await;
    root.data("{ loyaltyProgram(id: \"classic\") { id } }", json!({})).await;

    let records = log_of(&root, Value::Null).await;
    let expected = [
        "OPERATOR serve -: publish_program - -",
        "CUSTOMER ann -: enroll ann -",
        "SERVICE oms t-oms: record_order ann o-1",
        "STAFF eve t-eve: refused_adjust ann -",
        "STAFF eve t-eve: adjust ann -",
        "STAFF eve t-eve: read_member ann -",
        "STAFF eve t-eve: read_member nobody -",
        "ADMINISTRATOR root t-root: read_program - -",
        "ADMINISTRATOR root t-root: read_audit - -",
    ];
    let mut seen = told(&records);
    seen.dedup();
    assert_eq!(seen, expected);

    let ids = |operation: &str| {
        let actions = records.iter().flat_map(|record| record["actions"].as_array().unwrap());
        actions.clone().find(|action| action["operation"] == operation).unwrap()["entryIds"].clone()
    };
    let of_order: Vec<_> = entries.as_array().unwrap().iter().map(|entry| entry["id"].clone()).collect();
    assert!(!of_order.is_empty());
    assert_eq!(ids("record_order"), json!(of_order));
    assert_eq!(ids("adjust").as_array().map(Vec::len), Some(1));

    // Filters, and pages.
    let of_oms = log_of(&root, json!({"actorId": "oms"})).await;
    assert_eq!(told(&of_oms), ["SERVICE oms t-oms: record_order ann o-1"]);
    let of_nobody = log_of(&root, json!({"customerId": "nobody", "since": SINCE})).await;
    assert_eq!(told(&of_nobody), ["STAFF eve t-eve: read_member nobody -"]);
    assert_eq!(log_of(&root, json!({"customerId": "NOBODY", "since": SINCE})).await, Vec::<Value>::new());
    assert_eq!(log_of(&root, json!({"until": "2001-01-01T00:00:00Z"})).await, Vec::<Value>::new());
    assert!(log_of(&root, json!({"since": "2001-01-01T00:00:00Z"})).await.len() > records.len());
    let bad = root.ask(LOG, json!({"filter": {"customerId": "ann"}})).await;
    assert_eq!(said(&bad), "BAD_USER_INPUT filter.since: is needed with `customerId`");
    let bad = root.ask(LOG, json!({"filter": {"actorId": ""}})).await;
    assert_eq!(said(&bad), "BAD_USER_INPUT filter.actorId: must have 1 to 128 printable characters");
    // Another programme has a log of its own.
    let tiered = LOG.replace("classic", "tiered");
    let tiered = root.data(&tiered, json!({})).await["it"]["nodes"].as_array().unwrap().clone();
    let of_tiered = ["OPERATOR serve -: publish_program - -", "ADMINISTRATOR root t-root: read_audit - -"];
    assert_eq!(told(&tiered), of_tiered);
    desk.close();
}

/// A transfer writes two ledgers, and both customers are found by it; a key of before shows the member as it is now.
async fn every_ledger_that_is_written_is_told(backend: Backend) {
    let desk = Desk::at_the_shop(backend).await;
    let transfer = "mutation($input: LoyaltyPointsTransferInput!) { it: loyaltyPointsTransfer(input: $input) { __typename } }";
    let moving = json!({"program": "shop", "idempotencyKey": "t", "fromCustomerId": "c-1", "toCustomerId": "c-2", "points": 5});
    desk.ask(transfer, &moving).await;
    let door = desk.server.client();
    let eve = with_id(&door, PrincipalKind::Staff, "eve", "loyalty:points:adjust", "t-eve");
    let gift = json!({"input": {"program": "shop", "idempotencyKey": "g", "customerId": "c-2", "points": 1, "reason": "x"}});
    for _ in 0..2 {
        eve.data(&adjust(), gift.clone()).await;
    }
    let root = with_id(&door, PrincipalKind::Administrator, "root", "", "t-root");
    let log = LOG.replace("classic", "shop");
    let of = async |customer: &str| {
        let filter = json!({"filter": {"customerId": customer, "since": SINCE}});
        root.data(&log, filter).await["it"]["nodes"].as_array().unwrap().clone()
    };
    let of_bob = of("c-2").await;
    let lines = told(&of_bob);
    for line in [
        "SERVICE oms -: transfer c-2 -",
        "STAFF eve t-eve: adjust c-2 -",
        "STAFF eve t-eve: read_member c-2 -",
    ] {
        assert_eq!(lines.iter().filter(|told| *told == line).count(), 1, "{line}: {lines:#?}");
    }
    let actions = of_bob.iter().flat_map(|record| record["actions"].as_array().unwrap());
    let moved: Vec<_> = actions.filter(|action| action["operation"] == "transfer").collect();
    let entries: Vec<_> = moved.iter().map(|action| action["entryIds"].as_array().unwrap().len()).collect();
    assert_eq!(entries, [1, 1], "{moved:#?}");
    desk.close();
}

async fn a_subscription_is_a_read(backend: Backend) {
    let desk = Desk::open(backend).await;
    let enrol = json!({"input": {"program": "classic", "idempotencyKey": "e", "customerId": "ann"}});
    desk.oms.data(&enroll(), enrol).await;
    let eve = MintRequest {
        kind: PrincipalKind::Staff,
        subject: "eve".to_owned(),
        scope: vec!["loyalty:member:read".to_owned()],
        stores: vec!["s-1".to_owned()],
        ..MintRequest::default()
    };
    let mut line = Line::with_token(&desk.server.address, &minted(eve)).await;
    let changes =
        "subscription($c: ID!) { it: loyaltyBalanceChanged(customerId: $c, program: \"classic\") { id } }";
    line.subscribe(changes, "ann").await;
    assert!(line.hear().await["payload"]["data"]["it"]["id"].is_string());
    let root = desk.server.client().with_token(&token(PrincipalKind::Administrator, "root", ""));
    let of_eve = told(&log_of(&root, json!({"actorId": "eve"})).await);
    assert!(of_eve.contains(&"STAFF eve -: read_member ann -".to_owned()), "{of_eve:?}");
    desk.close();
}

/// No record, no answer: to those whose reads are told of. Others do not notice.
async fn what_cannot_be_told_of_is_not_shown(backend: Backend) {
    let desk = Desk::open(backend).await;
    let door = desk.server.client();
    let enrol = json!({"input": {"program": "classic", "idempotencyKey": "e", "customerId": "ann"}});
    desk.oms.data(&enroll(), enrol).await;
    desk.database.execute("ALTER TABLE audit_pending RENAME TO audit_lost").await;
    let staff = MintRequest {
        kind: PrincipalKind::Staff,
        subject: "eve".to_owned(),
        scope: vec!["loyalty:member:read".to_owned()],
        stores: vec!["s-1".to_owned()],
        ..MintRequest::default()
    };
    for watched in [minted(staff), token(PrincipalKind::Administrator, "root", "")] {
        let answer = door.with_token(&watched).ask(MEMBER, ann()).await;
        assert_eq!(said(&answer), "INTERNAL internal error");
        assert_eq!(answer["data"], Value::Null);
    }
    let shown = door.customer("ann").data(MEMBER, ann()).await;
    assert_eq!(shown["_entities"][0]["loyalty"]["balance"]["available"], 0);
    // A write that cannot be told of is not done either.
    let answer = desk.oms.ask(&adjust(), gift("g", 5)).await;
    assert_eq!(said(&answer).split(' ').next(), Some("INTERNAL"));
    desk.database.execute("ALTER TABLE audit_lost RENAME TO audit_pending").await;
    assert_eq!(desk.database.number("SELECT count(*) FROM entries").await, 0);
    desk.oms.data(&adjust(), gift("g", 5)).await;
    desk.close();
}

fn classic_of_version(folder: &Path, version: u32) -> String {
    let text = include_str!("../../../schema/programs/classic.json");
    let mut document: Value = serde_json::from_str(text).unwrap();
    document["version"] = json!(version);
    let path = folder.join(format!("classic-{version}.json"));
    std::fs::write(&path, document.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn a_new_version_of_a_programme_is_told_of_once(backend: Backend) {
    let database = Database::fresh(backend).await;
    let folder = tempfile::tempdir().unwrap();
    let root = token(PrincipalKind::Administrator, "root", "");
    // The second start of the same version, and an older one, change nothing.
    for version in [1, 2, 2, 1] {
        let path = classic_of_version(folder.path(), version);
        Server::start_with(&database, &[("LOYALTY_PROGRAMS", &path)]).stop();
    }
    let path = classic_of_version(folder.path(), 2);
    let server = Server::start_with(&database, &[("LOYALTY_PROGRAMS", &path)]);
    let published = log_of(&server.client().with_token(&root), json!({"actorId": "serve"})).await;
    let version = |document: &Value| {
        let document: Option<Value> = document.as_str().map(|json| serde_json::from_str(json).unwrap());
        document.map(|document| document["version"].clone())
    };
    let changes: Vec<_> = published
        .iter()
        .flat_map(|record| record["actions"].as_array().unwrap())
        .map(|action| (action["subjectId"].clone(), version(&action["before"]), version(&action["after"])))
        .collect();
    let expected = [(json!("2"), Some(json!(1)), Some(json!(2))), (json!("1"), None, Some(json!(1)))];
    assert_eq!(changes, expected);
    server.stop();
    verify(&database);
}

on_each_backend!(
    every_write_and_every_read_of_staff_is_told,
    every_ledger_that_is_written_is_told,
    a_subscription_is_a_read,
    what_cannot_be_told_of_is_not_shown,
    a_new_version_of_a_programme_is_told_of_once,
);

//! Tokens as `loyalty token` mints them, under claim names of one's own, at a server that is told the same names.

use std::process::Output;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::{
    graphql::{SHOP, enroll, order, record_order, recording, said, with},
    support::{Backend, Client, Database, Server, server::loyalty},
};

/// Nested, like Keycloak's; by addresses, like Auth0's.
const NAMES: [(&str, &str); 6] = [
    ("LOYALTY_AUTH_CLAIM_SUBJECT", "loyalty.id,sub"),
    ("LOYALTY_AUTH_CLAIM_KIND", "loyalty.kind"),
    ("LOYALTY_AUTH_CLAIM_SCOPE", "resource_access.loyalty.roles,scope"),
    ("LOYALTY_AUTH_CLAIM_PROGRAMS", "brands"),
    ("LOYALTY_AUTH_CLAIM_PARTNER", "https://shop-test/partner"),
    ("LOYALTY_AUTH_CLAIM_STORES", "loyalty.stores"),
];

fn minting(database: &Database, arguments: &[&str]) -> Output {
    loyalty(database, &[&["token"], arguments].concat()).envs(NAMES).output().unwrap()
}

/// The server, to the holder of a token that was minted just now.
struct Door<'a> {
    database: &'a Database,
    client: Client,
}

impl Door<'_> {
    fn to(&self, kind: &str, more: &[&str]) -> Client {
        let output = minting(self.database, &[&["--kind", kind, "--subject", "c-1"], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.client.with_token(String::from_utf8(output.stdout).unwrap().trim())
    }
}

async fn programs(client: &Client) -> Value {
    client.data("{ loyaltyPrograms { id } }", json!({})).await["loyaltyPrograms"].clone()
}

async fn enrolling(client: &Client, store: &str) -> String {
    let input = json!({"idempotencyKey": store, "program": "tiered", "customerId": store, "storeId": store});
    said(&client.ask(&enroll(), json!({"input": input})).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_minted_is_believed() {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start_with(&database, &[&NAMES[..], &[("LOYALTY_PROGRAMS", SHOP)]].concat());
    let door = Door { database: &database, client: server.client() };
    let all = json!([{"id": "classic"}, {"id": "shop"}, {"id": "tiered"}]);

    let staff = ["--stores", "leeds york", "--scope", "loyalty:member:write loyalty:orders:write"];
    let staff = door.to("staff", &staff);
    assert_eq!(enrolling(&staff, "york").await, "LoyaltyMemberEnrolled");
    let elsewhere = "FORBIDDEN the token does not allow it: a store of its own is needed";
    assert_eq!(enrolling(&staff, "hull").await, elsewhere);
    let of_store = with(&order("o-1", "york"), "/storeId", json!("hull"));
    let recorded = staff.ask(&record_order(), json!({"input": recording("tiered", &of_store)})).await;
    assert_eq!(said(&recorded), elsewhere);

    let partner = door.to("partner", &["--partner", "acme", "--scope", "loyalty:program:read"]);
    assert_eq!(programs(&partner).await, all);
    let limited = door.to("service", &["--scope", "loyalty:program:read", "--programs", "shop gone"]);
    assert_eq!(programs(&limited).await, json!([{"id": "shop"}]));
    assert_eq!(programs(&door.to("customer", &["--programs", ""])).await, json!([]));

    let administrator = door.to("administrator", &[]);
    assert_eq!(programs(&administrator).await, all);
    assert_eq!(enrolling(&administrator, "hull").await, "LoyaltyMemberEnrolled");
    server.stop();

    for (arguments, reason) in [
        (&["--kind", "staff", "--subject", "eve"][..], "staff is at work somewhere"),
        (&["--kind", "robot", "--subject", "eve"], "the kinds are `customer`, `staff`"),
        (&["--kind", "service", "--subject", "oms", "--scope", "all"], "there is no scope `all`"),
    ] {
        let output = minting(&database, arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty() && said.contains(reason), "{said}");
    }
}

//! The same doors, and the same askers, through a real gateway that enforces what the schema says; and what it lets nobody
//! ask. The gateway is over loyalty and its neighbours, so fields on their types are reached by way of these.

mod supergraph;
mod ways;

use std::{collections::BTreeSet, sync::LazyLock};

use futures_util::future::join_all;
use loyalty::auth::PrincipalKind;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use self::{supergraph::Supergraph, ways::Way};
use super::{
    Desk, SHOP,
    askers::{Asker, May, everybody},
    calls::{Call, Names, calls},
    check_denial, desk_about,
};
use crate::{
    graphql::redeem,
    support::{
        Backend, Client,
        graph::{self, Graph},
    },
};

/// Customers, orders and a product that the neighbours know. Of the last customer and its order loyalty has never heard.
const CUSTOMERS: [&str; 2] = ["14217", "12971"];
const ORDER: &str = "537809";
const UNHEARD_OF: (&str, &str) = ("17961", "536845");
const SKU: &str = "85067";

static SUPERGRAPH: LazyLock<Supergraph> = LazyLock::new(|| {
    Supergraph::read(&graph::supergraph(include_str!("../../../../schema/loyalty.graphql")))
});

#[test]
fn every_door_of_the_composed_graph_is_in_the_table_and_guarded() {
    let known: BTreeSet<String> = calls().into_iter().map(|call| call.door.to_owned()).collect();
    assert_eq!(known, SUPERGRAPH.doors());
    let open: Vec<&String> = known.iter().filter(|door| !SUPERGRAPH.is_guarded(door)).collect();
    assert_eq!(open, Vec::<&String>::new(), "nobody in particular passes there");
}

/// What the gateway keeps out, loyalty would keep out as well: the schema says nothing that the rules do not.
#[test]
fn the_gateway_keeps_out_nobody_who_may() {
    let door = Client::new("nowhere");
    for call in calls() {
        for asker in everybody(&door, CUSTOMERS).iter().filter(|asker| call.may.lets(asker)) {
            // To a router an administrator is whoever its scopes say.
            let is_bare = asker.kind == Some(PrincipalKind::Administrator) && asker.scopes.is_empty();
            assert!(is_bare || !SUPERGRAPH.forbids(call.door, asker), "{}: {}", call.door, asker.who);
        }
    }
}

/// A desk behind a gateway. To a gateway it is the same on each database; the direct walk is on both.
struct Joined {
    desk: Desk,
    graph: Graph,
    names: Names,
    nothing: Names,
}

impl Joined {
    async fn open() -> Self {
        // The shop's reward is a product that the inventory knows.
        let folder = tempfile::tempdir().unwrap();
        let programs = SHOP.split(',').map(|file| {
            let copy = folder.path().join(std::path::Path::new(file).file_name().unwrap());
            let text = std::fs::read_to_string(file).unwrap();
            std::fs::write(&copy, text.replace("\"sku\": \"A\"", &format!("\"sku\": \"{SKU}\""))).unwrap();
            copy.display().to_string()
        });
        let programs: Vec<String> = programs.collect();
        let (desk, names) = desk_about(Backend::Sqlite, &programs.join(","), CUSTOMERS[0], ORDER).await;
        let spending = json!({"program": "classic", "idempotencyKey": "c", "customerId": names.customer, "points": 1,
            "orderId": names.order});
        desk.ask(&redeem(), &spending).await;
        let graph = Graph::with(&desk.server.address).await;
        let (customer, order) = UNHEARD_OF;
        let nothing = Names {
            customer: customer.to_owned(),
            order: order.to_owned(),
            sku: SKU.to_owned(),
            ..Names::of_nothing()
        };
        Self { desk, graph, names: Names { sku: SKU.to_owned(), ..names }, nothing }
    }

    fn everybody(&self) -> Vec<Asker> {
        everybody(&Client::new(&self.graph.address), CUSTOMERS)
    }

    /// Requests that have come to loyalty.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    async fn heard(&self) -> usize {
        self.desk.oms.metric("loyalty_http_requests_total").await as usize
    }

    async fn close(self) {
        self.graph.stop().await;
        self.desk.close();
    }
}

/// Everything that goes by the name `it`, however deep.
fn its(data: &Value) -> Vec<&Value> {
    match data {
        Value::Object(fields) => {
            let own = fields.get("it").into_iter();
            own.chain(fields.iter().filter(|(name, _)| *name != "it").flat_map(|(_, inner)| its(inner)))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(its).collect(),
        _ => Vec::new(),
    }
}

/// Whether an answer shows anything.
fn gives(answer: &Value) -> bool {
    its(&answer["data"]).into_iter().any(|it| !it.is_null() && *it != json!([]))
}

/// One door, at a desk behind a gateway.
struct Walk<'a> {
    joined: &'a Joined,
    call: &'a Call,
    way: Way<'a>,
}

impl Walk<'_> {
    async fn ask(&self, asker: &Asker, names: &Names) -> Value {
        asker.ask_for(self.call, &self.way.document, self.way.variables(names, &asker.who)).await
    }

    /// Whether the gateway keeps somebody out.
    fn forbids(&self, asker: &Asker) -> bool {
        self.way.fields.iter().any(|field| SUPERGRAPH.forbids(field, asker))
    }

    /// Whom the door lets in. What an entity is part of decides for it: who may read what became of an order sees what was
    /// spent on it.
    fn may(&self) -> May {
        let leads_here = |other: &Call| self.way.fields.iter().any(|field| field == other.door);
        let door = if self.call.door.contains('.') { None } else { calls().into_iter().find(leads_here) };
        door.map_or(self.call.may, |door| door.may)
    }

    /// Whoever may not is given nothing and learns nothing, whether the gateway says so or loyalty.
    async fn turns_away(&self, asker: &Asker) {
        let Joined { names, nothing, .. } = self.joined;
        let answer = self.ask(asker, names).await;
        let place = format!("{} by {}: {answer:#}", self.way.document, asker.who);
        assert!(!gives(&answer), "{place}");
        let expected = match (self.forbids(asker), self.call.is_loud) {
            (true, _) => Some("UNAUTHORIZED_FIELD_OR_TYPE"),
            (false, true) => Some("FORBIDDEN"),
            (false, false) => None,
        };
        assert_eq!(answer["errors"][0]["extensions"]["code"].as_str(), expected, "{place}");
        let unknown = self.ask(asker, nothing).await;
        assert_eq!(names.hidden(&answer), nothing.hidden(&unknown), "{place}");
    }

    /// What the gateway keeps out does not come to loyalty; the others do.
    async fn turns_all_away(&self, askers: &[&Asker]) {
        let (kept_out, passed): (Vec<&Asker>, Vec<&Asker>) =
            askers.iter().partition(|asker| self.forbids(asker));
        let before = self.joined.heard().await;
        join_all(kept_out.iter().map(|asker| self.turns_away(asker))).await;
        let between = self.joined.heard().await;
        assert_eq!(between, before, "{}: loyalty heard of whom the gateway keeps out", self.call.door);
        join_all(passed.iter().map(|asker| self.turns_away(asker))).await;
        let heard = self.joined.heard().await - between;
        assert!(heard >= passed.len(), "{}: loyalty heard of {heard} of {}", self.call.door, passed.len());
    }

    /// Nor does it help to go past the gateway with the same token.
    async fn turns_away_past_the_gateway(&self, asker: &Asker) {
        let Joined { desk, names, .. } = self.joined;
        let asker = asker.at(&desk.server.client());
        let answer = asker.ask(self.call, (self.call.variables)(names, &asker.who)).await;
        assert!(!super::gives(&answer), "{} by {}: {answer:#}", self.call.document, asker.who);
        check_denial(self.call, &asker, &answer);
    }

    async fn lets_in(&self, asker: &Asker) {
        let answer = self.ask(asker, &self.joined.names).await;
        let place = format!("{} by {}: {answer:#}", self.call.door, asker.who);
        assert!(gives(&answer) && answer.get("errors").is_none(), "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_is_answered_through_the_gateway() {
    let joined = Joined::open().await;
    let everybody = joined.everybody();
    for call in &calls() {
        let walk = Walk { joined: &joined, call, way: Way::to(&SUPERGRAPH, call) };
        let may = walk.may();
        let before = joined.desk.written().await;
        let (let_in, turned_away): (Vec<_>, Vec<_>) =
            everybody.iter().partition(|asker| may.lets(asker) && !walk.forbids(asker));
        assert!(!let_in.is_empty() && !turned_away.is_empty(), "{}", call.door);
        walk.turns_all_away(&turned_away).await;
        let denied = turned_away.iter().filter(|asker| !call.may.lets(asker));
        join_all(denied.map(|asker| walk.turns_away_past_the_gateway(asker))).await;
        assert_eq!(joined.desk.written().await, before, "{}: who may not wrote", call.door);
        for asker in let_in {
            walk.lets_in(asker).await;
        }
    }
    joined.close().await;
}

/// What routers ask subgraphs is for nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_asks_the_gateway_for_entities() {
    let joined = Joined::open().await;
    let before = joined.heard().await;
    for asker in joined.everybody() {
        for call in calls().iter().filter(|call| call.asked.is_some()) {
            let variables = (call.variables)(&joined.names, &asker.who);
            for document in [&*call.document, "{ _service { sdl } }"] {
                let answer = asker.ask_for(call, document, variables.clone()).await;
                assert!(answer["data"].is_null() && answer["errors"].is_array(), "{}: {answer:#}", asker.who);
            }
        }
    }
    assert_eq!(joined.heard().await, before, "something of it came to loyalty");
    joined.close().await;
}

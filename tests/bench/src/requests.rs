//! What is asked: GraphQL over HTTP, as texts that `wrk/requests.lua` fills in.

use serde_json::{Value, json};
use tokio::process::Command;

/// What a router asks a subgraph for: the membership's balance and tier, for the customers of a page.
const ENTITIES: &str = "query Page__loyalty__1($representations:[_Any!]!){_entities(representations:$representations)\
    {...on Customer{loyalty{balance{available}tier{tier{id}}}}}}";
const RECORD: &str = "mutation Record($input:LoyaltyOrderRecordInput!){loyaltyOrderRecord(input:$input){__typename \
    ...on LoyaltyOrderRecorded{member{balance{available}tier{tier{id}}}replayed}}}";
const REDEEM: &str = "mutation Redeem($input:LoyaltyRewardRedeemInput!){loyaltyRewardRedeem(input:$input){__typename \
    ...on LoyaltyRewardRedeemed{member{balance{available}}replayed}}}";
const INGEST: &str = "mutation Ingest($input:LoyaltyEventsIngestInput!){loyaltyEventsIngest(input:$input)\
    {accepted replayed refused}}";
const ADJUST: &str =
    "mutation Adjust($input:LoyaltyPointsAdjustInput!){loyaltyPointsAdjust(input:$input){__typename}}";

/// The same of the peers, whose schema is smaller.
const PEER_ENTITIES: &str = "query Page__loyalty__1($representations:[_Any!]!)\
    {_entities(representations:$representations){...on Customer{loyalty{balance tier}}}}";
const PEER_EARN: &str = "mutation Record($key:ID!,$member:ID!,$points:Int!)\
    {earn(idempotencyKey:$key,memberId:$member,points:$points){balance tier applied}}";

/// Questions that are made before the run: more of them than any cache on the way would take for one.
const PREPARED: u32 = 2_000;
/// Fewer where each is long.
const PREPARED_LONG: u32 = 500;

/// A request that differs from time to time, and how its answer is known to be right.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    body: String,
    item: Option<(String, u32)>,
    /// A text, and how often a right answer has it.
    expected: (&'static str, u32),
    prepared: u32,
}

impl Requests {
    /// One order of one line, of ten pounds, for a member drawn at random.
    pub(crate) fn record_order(program: &str, placed_at: &str) -> Self {
        let order = order("@order@", "@customer@", placed_at, 10);
        let input = json!({"idempotencyKey": "@key@", "program": program, "order": order});
        Self::once(&body(RECORD, &json!({"input": input})), "\"__typename\":\"LoyaltyOrderRecorded\"")
    }

    /// One of a reward, for a member drawn at random.
    pub(crate) fn redeem(program: &str, reward: &str) -> Self {
        let input = json!({
            "idempotencyKey": "@key@", "program": program, "customerId": "@customer@", "rewardId": reward
        });
        Self::once(&body(REDEEM, &json!({"input": input})), "\"__typename\":\"LoyaltyRewardRedeemed\"")
    }

    /// A thousand such orders at once.
    pub(crate) fn ingest(program: &str, placed_at: &str) -> Self {
        let event = json!({"order": order("@order@", "@customer@", placed_at, 10)});
        let body = body(INGEST, &json!({"input": {"program": program, "events": ["@items@"]}}));
        Self { item: Some((event.to_string(), 1_000)), ..Self::once(&body, "\"accepted\":1000,") }
    }

    /// Balances and tiers of so many customers drawn at random.
    pub(crate) fn entities(customers: u32) -> Self {
        Self::page(ENTITIES, "@customer@", customers, "\"available\":")
    }

    /// The same of one customer.
    pub(crate) fn entity_of(customer: &str) -> Self {
        Self::page(ENTITIES, customer, 1, "\"available\":")
    }

    pub(crate) fn peer_entities(customers: u32) -> Self {
        Self::page(PEER_ENTITIES, "@customer@", customers, "\"balance\":")
    }

    pub(crate) fn peer_earn() -> Self {
        let variables = json!({"key": "@key@", "member": "@customer@", "points": 10});
        Self::once(&body(PEER_EARN, &variables), "\"applied\":true")
    }

    /// What nobody needs a token for, and costs next to nothing.
    pub(crate) fn typename() -> Self {
        let body = json!({"query": "{__typename}"}).to_string();
        Self { prepared: 1, ..Self::once(&body, "\"__typename\":\"Query\"") }
    }

    /// Hands them to the script.
    pub(crate) fn environment(&self, command: &mut Command, check: bool) {
        command.env("BODY", &self.body).env("PREPARED", self.prepared.to_string());
        if let Some((item, items)) = &self.item {
            command.env("ITEM", item).env("ITEMS", items.to_string());
        }
        if check {
            let (text, times) = self.expected;
            command.env("EXPECTED", text).env("EXPECTED_TIMES", times.to_string());
        }
    }

    fn once(body: &str, expected: &'static str) -> Self {
        Self { body: body.to_owned(), item: None, expected: (expected, 1), prepared: 0 }
    }

    fn page(query: &str, customer: &str, customers: u32, expected: &'static str) -> Self {
        Self {
            body: body(query, &json!({"representations": ["@items@"]})),
            item: Some((representation(customer).to_string(), customers)),
            expected: (expected, customers),
            prepared: if customers < 100 { PREPARED } else { PREPARED_LONG },
        }
    }
}

/// Balances and tiers of these customers.
pub(crate) fn entities_of(customers: impl IntoIterator<Item = u32>) -> Value {
    let representations: Vec<Value> =
        customers.into_iter().map(|customer| representation(&customer.to_string())).collect();
    json!({"query": ENTITIES, "variables": {"representations": representations}})
}

/// One order of one customer.
pub(crate) fn record_order_of(program: &str, id: &str, customer: &str, placed_at: &str) -> Value {
    let input =
        json!({"idempotencyKey": id, "program": program, "order": order(id, customer, placed_at, 10)});
    json!({"query": RECORD, "variables": {"input": input}})
}

/// These orders, in one request.
pub(crate) fn ingest_of(program: &str, orders: Vec<Value>) -> Value {
    let events: Vec<Value> = orders.into_iter().map(|order| json!({"order": order})).collect();
    json!({"query": INGEST, "variables": {"input": {"program": program, "events": events}}})
}

/// One point that expires at an instant.
pub(crate) fn adjust_of(program: &str, key: &str, customer: &str, expires_at: &str) -> Value {
    let input = json!({
        "idempotencyKey": key, "program": program, "customerId": customer, "points": 1, "reason": "benchmark",
        "expiresAt": expires_at
    });
    json!({"query": ADJUST, "variables": {"input": input}})
}

/// An order of one line.
pub(crate) fn order(id: &str, customer: &str, placed_at: &str, pounds: u32) -> Value {
    json!({
        "id": id, "customerId": customer, "placedAt": placed_at, "currencyCode": "GBP", "channel": "ONLINE",
        "lines": [{"id": "1", "sku": "85123A", "quantity": 1, "unitPrice": pounds.to_string()}]
    })
}

fn representation(customer: &str) -> Value {
    json!({"__typename": "Customer", "id": customer})
}

/// A list of nothing but items is a place for as many as there will be.
fn body(query: &str, variables: &Value) -> String {
    json!({"query": query, "variables": variables}).to_string().replace("\"@items@\"", "@items@")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the script makes of a text, with every name given one value.
    fn filled(requests: &Requests) -> Value {
        let fill = |text: &str| text.replace("@key@", "k").replace("@order@", "o").replace("@customer@", "7");
        let items = requests.item.as_ref().map(|(item, items)| vec![fill(item); *items as usize].join(","));
        let text = fill(&requests.body).replace("@items@", &items.unwrap_or_default());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    #[test]
    fn what_is_filled_in_is_json() {
        let placed_at = "2026-01-01T00:00:00Z";
        let order = filled(&Requests::record_order("classic", placed_at));
        assert_eq!(order["variables"]["input"]["order"]["customerId"], "7");
        let batch = filled(&Requests::ingest("classic", placed_at));
        assert_eq!(batch["variables"]["input"]["events"].as_array().map(Vec::len), Some(1_000));
        for customers in [1, 10, 100] {
            for page in [Requests::entities(customers), Requests::peer_entities(customers)] {
                let representations = &filled(&page)["variables"]["representations"];
                assert_eq!(representations.as_array().map(Vec::len), Some(customers as usize));
                assert_eq!(page.expected.1, customers);
            }
        }
        for (requests, field) in [
            (Requests::redeem("classic", "mug"), "/variables/input/rewardId"),
            (Requests::entity_of("many"), "/variables/representations/0/id"),
            (Requests::peer_earn(), "/variables/key"),
        ] {
            assert!(filled(&requests).pointer(field).is_some(), "{requests:?}");
        }
    }

    #[test]
    fn what_is_asked_by_hand_is_what_is_measured() {
        let placed_at = "2026-01-01T00:00:00Z";
        let by_hand = record_order_of("classic", "o", "7", placed_at);
        let mut measured = filled(&Requests::record_order("classic", placed_at));
        measured["variables"]["input"]["idempotencyKey"] = "o".into();
        assert_eq!(by_hand, measured);
        assert_eq!(entities_of([7]), filled(&Requests::entities(1)));
    }
}

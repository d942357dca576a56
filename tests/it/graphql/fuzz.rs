//! Whatever is sent: an answer, and never a fault. Bodies of all kinds, and cursors, ids and codes inside good ones.

use loyalty::auth::PrincipalKind;
use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestRunner};
use serde_json::{Value, json};

use super::{order, record_order, recording};
use crate::support::{
    Backend, Database, Server,
    client::{SERVICE_SCOPES, token},
};

/// Documents with places for whatever a client may write.
const DOCUMENTS: &[&str] = &[
    "query($a: ID!, $b: String, $n: Int) { loyaltyMember(id: $a) { id entries(first: $n, after: $b) { nodes { id } } } }",
    "query($a: ID!, $b: String, $n: Int) { loyaltyMember(id: $a) { orders(last: $n, before: $b) { edges { cursor } } } }",
    "query($r: [_Any!]!, $b: String, $n: Int) { _entities(representations: $r) { ... on LoyaltyMember { id
        entries(first: $n, after: $b) { pageInfo { endCursor } } } ... on Customer { loyalty(program: $b) { id } }
        ... on LoyaltyHold { id } ... on LoyaltyRedemption { id } ... on Order { loyalty { id } loyaltyQuote { points } }
        ... on Product { loyaltyPoints loyaltyRewards { id } } } }",
    "query($a: ID) { loyaltyProgram(id: $a) { id name(language: \"xx-@\") } }",
    "query($i: LoyaltyQuoteInput!) { loyaltyQuote(input: $i) { __typename } }",
    "mutation($i: LoyaltyHoldCaptureInput!) { loyaltyHoldCapture(input: $i) { __typename } }",
    "mutation($i: LoyaltyRedemptionReverseInput!) { loyaltyRedemptionReverse(input: $i) { __typename } }",
    "mutation($i: LoyaltyPointsAdjustInput!) { loyaltyPointsAdjust(input: $i) { __typename } }",
    "mutation($i: LoyaltyOrderRecordInput!) { loyaltyOrderRecord(input: $i) { __typename } }",
    "{ __schema { types { name } } }",
    "query A { __typename } query B { __typename }",
    "{ ...F } fragment F on Query { ...F }",
    "{ loyaltyMember(id: ",
];

/// Ids, cursors and codes: nearly right, and not at all.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "mem_", "hld_", "red_", "ent_", "GBP", "classic", "c-1", "MQ", "MQ==", "1", "-1", "\0", "’", ""
        ])
        .prop_map(str::to_owned),
        "(mem|hld|red|ent)_[0-9a-fA-F]{30,34}(_-?[0-9]{1,20})?",
        "[A-Za-z0-9+/=_-]{1,40}",
        "\\PC{0,40}",
        "[0-9.eE+-]{1,30}",
        "20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})",
    ]
}

/// Any value, three levels deep, whose fields have the names that inputs have.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => text().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(|number| json!(number)),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    let name = select(vec![
        "__typename",
        "id",
        "sku",
        "idempotencyKey",
        "program",
        "customerId",
        "order",
        "orderId",
        "holdId",
        "points",
        "redemptionId",
        "reason",
        "expiresAt",
        "placedAt",
        "currencyCode",
        "lines",
        "quantity",
        "unitPrice",
        "price",
        "stock",
        "amount",
        "customer",
    ]);
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => vec((name.clone(), inner), 0..7).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

fn variables() -> impl Strategy<Value = Value> {
    let kind = select(vec![
        "Customer",
        "LoyaltyMember",
        "LoyaltyHold",
        "LoyaltyRedemption",
        "Order",
        "Product",
        "Gone",
    ]);
    let representation = (kind, text(), value()).prop_map(|(kind, id, more)| {
        let mut fields = json!({"__typename": kind, "id": id, "sku": id});
        if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
            fields.extend(more.into_iter().filter(|(name, _)| name != "__typename"));
        }
        fields
    });
    let number = prop_oneof![(-2..200_i64).prop_map(Value::from), value()];
    // An input that is right but for one place.
    let near = (
        select(vec![
            "/order/id",
            "/order/currencyCode",
            "/order/placedAt",
            "/order/lines/0/unitPrice",
            "/order/lines/0/quantity",
            "/order/lines",
            "/program",
            "/idempotencyKey",
        ]),
        prop_oneof![text().prop_map(Value::from), value()],
    )
        .prop_map(|(place, other)| {
            let mut input = recording("classic", &order("o-1", "c-1"));
            *input.pointer_mut(place).unwrap() = other;
            input
        });
    (text(), text(), number, vec(representation, 0..4), prop_oneof![near, value()])
        .prop_map(|(a, b, n, r, i)| json!({"a": a, "b": b, "n": n, "r": r, "i": i}))
}

/// A body: a request whose parts are anything, or bytes that are none.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let document = prop_oneof![
        8 => select(DOCUMENTS).prop_map(str::to_owned),
        1 => "\\PC{0,60}",
        1 => "[{}()\\[\\]:$!@|.\"a-c0-9 \n#]{0,60}",
    ];
    let request = (document, prop_oneof![6 => variables(), 1 => value()], 0..12_u8, value()).prop_map(
        |(query, variables, odd, other)| {
            let mut body = json!({"query": query, "variables": variables});
            match odd {
                0 => body["operationName"] = other,
                1 => body["extensions"] = other,
                2 => body["extensions"] = json!({"persistedQuery": other}),
                3 => body["query"] = other,
                _ => {}
            }
            body.to_string().into_bytes()
        },
    );
    let request = request.boxed();
    let bent = (request.clone(), vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)).prop_map(
        |(mut body, bends)| {
            for (place, byte) in bends {
                let place = place.index(body.len());
                body[place] = byte;
            }
            body
        },
    );
    prop_oneof![6 => request, 2 => bent, 1 => vec(any::<u8>(), 0..200)]
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_is_answered_and_is_no_fault() {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start(&database);
    let oms = server.client().oms();
    oms.data(&record_order(), json!({"input": recording("classic", &order("o-0", "c-1"))})).await;
    let (http, url) = (reqwest::Client::new(), format!("{}/graphql", server.address));
    let service = token(PrincipalKind::Service, "oms", SERVICE_SCOPES);
    let here = tokio::runtime::Handle::current();
    let send = move |body: Vec<u8>| {
        let request = http.post(&url).header("content-type", "application/json").bearer_auth(&service);
        here.block_on(async {
            let response = request.body(body).send().await.unwrap();
            (response.status().as_u16(), response.json::<Value>().await.unwrap())
        })
    };
    let tried = tokio::task::spawn_blocking(move || {
        let config = ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() };
        TestRunner::new(config).run(&body(), |body| {
            let (status, answer) = send(body);
            prop_assert!(matches!(status, 200 | 400), "{} {:#}", status, answer);
            prop_assert!(answer.get("data").is_some() || answer.get("errors").is_some(), "{:#}", answer);
            let faults = answer["errors"].as_array().into_iter().flatten();
            for error in faults {
                let code = error["extensions"]["code"].as_str();
                prop_assert!(code.is_some_and(|code| code != "INTERNAL"), "{:#}", answer);
            }
            Ok(())
        })
    });
    tried.await.unwrap().unwrap();
    assert_eq!(server.client().get("/ready").await.status().as_u16(), 200);
    server.stop();
}

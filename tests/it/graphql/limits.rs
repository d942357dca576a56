//! What one request, and one caller, may ask for; and what is said to who asks for more.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Desk, order};
use crate::support::Backend;

const SMALL: [(&str, &str); 8] = [
    ("LOYALTY_EVENTS_MAX", "2"),
    ("LOYALTY_QUERY_TOKENS_MAX", "60"),
    ("LOYALTY_QUERY_DEPTH_MAX", "4"),
    ("LOYALTY_QUERY_COMPLEXITY_MAX", "140"),
    ("LOYALTY_QUERY_ALIASES_MAX", "2"),
    ("LOYALTY_QUERY_ROOT_FIELDS_MAX", "3"),
    ("LOYALTY_QUERY_DIRECTIVES_MAX", "1"),
    ("LOYALTY_REPRESENTATIONS_MAX", "5"),
];

const ENTITIES: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { id } } }";

const INGEST: &str =
    "mutation($input: LoyaltyEventsIngestInput!) { loyaltyEventsIngest(input: $input) { accepted } }";

const PAGE: &str = "query($n: Int) { loyaltyMember(id: \"mem_00000000000070008000000000000000\") {
    entries(first: $n) { nodes { id } } } }";

fn customers(count: usize) -> Value {
    json!({"r": vec![json!({"__typename": "Customer", "id": "c-1"}); count]})
}

/// What is said: code, limit, asked, and the metric's label.
type Said = (&'static str, u64, u64, &'static str);

/// Documents, their variables, and what is said of them.
fn rows() -> Vec<(String, Value, Option<Said>)> {
    let row = |document: &str, variables, said| (document.to_owned(), variables, said);
    let words = format!("{{ __typename {} }}", "__typename ".repeat(60));
    let programs = |fields: &str| format!("{{ loyaltyPrograms {{ {fields} }} }}");
    vec![
        row("{ __typename }", json!({}), None),
        row(&words, json!({}), Some(("TOO_MANY_TOKENS", 60, 63, "tokens"))),
        row("{ a: __typename b: __typename }", json!({}), None),
        row(
            "{ a: __typename b: __typename c: __typename }",
            json!({}),
            Some(("TOO_MANY_ALIASES", 2, 3, "aliases")),
        ),
        // The executor looks at all operations, whichever is meant.
        row(
            "query One { __typename } query Other { a: __typename b: __typename c: __typename }",
            json!({}),
            Some(("TOO_MANY_ALIASES", 2, 3, "aliases")),
        ),
        row(
            "{ __typename __typename __typename __typename }",
            json!({}),
            Some(("TOO_MANY_ROOT_FIELDS", 3, 4, "root_fields")),
        ),
        row(
            "{ __typename @include(if: true) loyaltyPrograms { id @skip(if: false) } }",
            json!({}),
            Some(("TOO_MANY_DIRECTIVES", 1, 2, "directives")),
        ),
        row(
            "{ __schema { types { fields { args { name } } } } }",
            json!({}),
            Some(("QUERY_TOO_DEEP", 4, 5, "depth")),
        ),
        // Ten programmes are assumed, of two currencies and four tiers.
        row(
            &programs("__typename id name version timeZone currencies { code } tiers { id }"),
            json!({}),
            None,
        ),
        row(
            &programs("other: id __typename id name version timeZone currencies { code } tiers { id }"),
            json!({}),
            Some(("QUERY_TOO_COMPLEX", 140, 141, "complexity")),
        ),
        // A page costs what it is asked to have: 1 + 5 + 1 and one for each.
        row(PAGE, json!({"n": 133}), None),
        row(PAGE, json!({"n": 134}), Some(("QUERY_TOO_COMPLEX", 140, 141, "complexity"))),
        row(ENTITIES, customers(5), None),
        row(ENTITIES, customers(6), Some(("BAD_USER_INPUT", 0, 0, "representations"))),
        row(
            INGEST,
            json!({"input": {"events": vec![json!({"order": order("o", "c-1")}); 3]}}),
            Some(("BAD_USER_INPUT", 0, 0, "events")),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_asks_for_too_much_is_told_which_limit_it_passed() {
    let desk = Desk::open_with(Backend::Sqlite, &SMALL).await;
    for (document, variables, said) in rows() {
        // Twice: what is remembered of a document says the same.
        for round in ["new", "known"] {
            let metric = said.map(|(.., label)| format!("loyalty_limited_total{{limit=\"{label}\"}}"));
            let metric = metric.as_deref().unwrap_or("loyalty_limited_total");
            let before = desk.oms.metric(metric).await;
            let answer = desk.oms.ask(&document, variables.clone()).await;
            let counted = desk.oms.metric(metric).await - before;
            let shown = format!("{round} {document} {answer:#}");
            let Some((code, limit, asked, _)) = said else {
                assert_eq!(answer.get("errors"), None, "{shown}");
                assert!(counted.abs() < f64::EPSILON, "{shown}");
                continue;
            };
            let extensions = &answer["errors"][0]["extensions"];
            assert_eq!(extensions["code"], code, "{shown}");
            if limit > 0 {
                assert_eq!(answer.get("data"), None, "{shown}");
                assert_eq!(
                    (&extensions["limit"], &extensions["asked"]),
                    (&json!(limit), &json!(asked)),
                    "{shown}"
                );
            }
            assert!((counted - 1.0).abs() < f64::EPSILON, "{counted} counted: {shown}");
        }
    }
    desk.close();
}

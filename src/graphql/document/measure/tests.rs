//! What is counted, as tables: over the schema itself, and over one of three types.

use async_graphql::{
    Variables,
    parser::{parse_query, types::DocumentOperations},
};
use pretty_assertions::assert_eq;
use serde_json::{Value as Json, json};

use super::*;
use crate::graphql::schema::sdl;

const SMALL: &str = "
    type Query { one: Thing many(first: Int, last: Int): [Thing!]! @listSize(assumedSize: 7, slicingArguments: [\"first\", \"last\"])
        page(first: Int): Page! @cost(weight: 5)
            @listSize(assumedSize: 10, slicingArguments: [\"first\"], sizedFields: [\"edges\", \"nodes\"]) }
    type Page { edges: [Edge!]! nodes: [Thing!]! total: Int }
    type Edge { node: Thing cursor: String }
    type Thing { id: ID deep: Thing dear: Int @cost(weight: 30) some: [Thing!]! @listSize(assumedSize: 3) }";

fn limits() -> Limits {
    Limits {
        depth_max: 5,
        complexity_max: 1_000,
        aliases_max: 2,
        root_fields_max: 3,
        directives_max: 2,
        ..Limits::default()
    }
}

fn measured(sdl: &str, query: &str) -> Result<Measured, String> {
    let document = parse_query(query).unwrap();
    let DocumentOperations::Multiple(operations) = &document.operations else { panic!("{query}") };
    let operation = &operations.values().next().unwrap().node;
    measure(operation, &document, &Costs::of(sdl), &limits(), &mut 0).map_err(|excess| {
        let error = &excess.refused().errors[0];
        let said = |name| error.extensions.as_ref().unwrap().get(name).unwrap().to_string().replace('"', "");
        format!("{} {} of {}: {}", said("code"), said("asked"), said("limit"), error.message)
    })
}

fn cost(query: &str, variables: Json) -> u64 {
    measured(SMALL, query).unwrap().cost.with(&Variables::from_json(variables))
}

#[test]
fn a_cost_is_what_the_sdl_says() {
    for (query, variables, expected) in [
        ("query Q { one { id } }", json!({}), 2),
        ("query Q { one { id dear } }", json!({}), 1 + 1 + 30),
        ("query Q { many { id } }", json!({}), 1 + 7),
        ("query Q { many(first: 2) { id } }", json!({}), 1 + 2),
        ("query Q { many(first: 2, last: 9) { id } }", json!({}), 1 + 9),
        ("query Q { many(first: null) { id } }", json!({}), 1 + 7),
        ("query Q { many(first: -4) { id } }", json!({}), 1),
        ("query Q { many(first: 2) { some { id dear } } }", json!({}), 1 + 2 * (1 + 3 * 31)),
        ("query Q($n: Int) { many(first: $n) { id } }", json!({"n": 50}), 1 + 50),
        ("query Q($n: Int) { many(first: $n) { id } }", json!({}), 1 + 7),
        ("query Q($n: Int) { many(first: $n) { id } }", json!({"n": null}), 1 + 7),
        ("query Q($n: Int = 4) { many(first: $n) { id } }", json!({}), 1 + 4),
        ("query Q($n: Int = 4) { many(first: $n, last: 9) { some { id } } }", json!({"n": 11}), 1 + 11 * 4),
        ("query Q($n: Int) { many(first: $n) { many: some { id } } }", json!({"n": 2}), 1 + 2 * (1 + 3)),
        ("query Q { page { total } }", json!({}), 5 + 1),
        ("query Q { page(first: 4) { edges { cursor node { id } } total } }", json!({}), 5 + 1 + 4 * 3 + 1),
        (
            "query Q($n: Int) { page(first: $n) { ...N } } fragment N on Page { nodes { id dear } }",
            json!({"n": 6}),
            5 + 1 + 6 * 31,
        ),
        ("query Q { one { ... on Thing { some { id } } ... { dear } } }", json!({}), 1 + 1 + 3 + 30),
        ("query Q($n: Int) { many(first: $n) { id } }", json!({"n": u64::MAX}), u64::MAX),
    ] {
        assert_eq!(cost(query, variables.clone()), expected, "{query} {variables}");
    }
}

#[test]
fn what_is_too_much_is_named_with_the_limit_and_what_was_asked() {
    for (query, expected) in [
        ("query Q { a: one { b: id } }", None),
        (
            "query Q { a: one { b: id c: id } }",
            Some("TOO_MANY_ALIASES 3 of 2: the query has 3 or more aliases; it may have 2"),
        ),
        (
            "query Q { one { ...F ...F } } fragment F on Thing { a: id b: dear }",
            Some("TOO_MANY_ALIASES 3 of 2: the query has 3 or more aliases; it may have 2"),
        ),
        ("query Q { one many { id } page { total } }", None),
        (
            "query Q { one many { id } ...F } fragment F on Query { page { total } one { id } }",
            Some("TOO_MANY_ROOT_FIELDS 4 of 3: the query has 4 or more fields at its root; it may have 3"),
        ),
        ("query Q @a { one @b { id } }", None),
        (
            "query Q @a { one @b { ... @c { id } } }",
            Some("TOO_MANY_DIRECTIVES 3 of 2: the query has 3 or more directives; it may have 2"),
        ),
        ("query Q { one { deep { deep { deep { id } } } } }", None),
        (
            "query Q { one { deep { deep { ... { deep { deep { id } } } } } } }",
            Some("QUERY_TOO_DEEP 6 of 5: the query has 6 or more levels of fields; it may have 5"),
        ),
        ("query Q { one { ...F } } fragment F on Thing { id ...F }", None),
        ("query Q { one { ...Gone } }", None),
    ] {
        assert_eq!(measured(SMALL, query).err().as_deref(), expected, "{query}");
    }
}

/// Thirty fragments, each spread twice by the one before: a billion fields.
#[test]
fn fragments_that_multiply_are_not_followed_to_their_end() {
    let spreading = |count: usize, twice: bool| {
        let fragment = |n: usize| {
            let next = format!("...F{} ", n + 1);
            format!("fragment F{n} on Thing {{ {next}{} }}", if twice { &next } else { "" })
        };
        (0..count).map(fragment).collect::<Vec<_>>().join(" ")
    };
    let query = |spread: &str, last: usize| {
        measured(SMALL, &format!("query Q {{ one {{ ...F0 }} }} {spread} fragment F{last} on Thing {{ id }}"))
            .unwrap_err()
    };
    let told = query(&spreading(30, true), 30);
    assert!(told.starts_with("QUERY_TOO_COMPLEX 2065 of 2064"), "{told}");
    let told = query(&spreading(50, false), 50);
    assert!(told.starts_with("QUERY_TOO_DEEP 33 of 32"), "{told}");
    // The same where there is nothing at the end: a fragment that is not there, and one that is being spread already.
    for nothing in ["...Gone", "...F0"] {
        let query = format!(
            "query Q {{ one {{ ...F0 }} }} {} fragment F30 on Thing {{ {nothing} }}",
            spreading(30, true)
        );
        let told = measured(SMALL, &query).unwrap_err();
        assert!(told.starts_with("QUERY_TOO_COMPLEX 2065 of 2064"), "{told}");
    }
}

/// Fragments within fragments, with no field between them.
#[test]
fn fragments_lie_in_one_another_no_deeper_than_the_walk_goes() {
    let nested =
        |count: usize| format!("query Q {{ one {{ {}id{} }} }}", "... { ".repeat(count), " }".repeat(count));
    assert!(measured(SMALL, &nested(39)).is_ok());
    let told = measured(SMALL, &nested(42)).unwrap_err();
    assert!(told.starts_with("QUERY_TOO_DEEP 43 of 42"), "{told}");
}

/// The schema's own prices are found where the schema has them.
#[test]
fn the_schema_s_own_prices_are_counted() {
    let cost = |query: &str| measured(sdl(), query).unwrap().cost.fixed();
    let member = |fields: &str| format!("query Q {{ loyaltyMember(id: \"m\") {{ {fields} }} }}");
    assert_eq!(cost(&member("id")), Some(2));
    assert_eq!(cost(&member("entries { pageInfo { hasNextPage } nodes { id } }")), Some(1 + 5 + 2 + 1 + 20));
    assert_eq!(cost(&member("entries(last: 3) { edges { node { id } } }")), Some(1 + 5 + 1 + 3 * 2));
    assert_eq!(cost(&member("asOf(at: \"2026-01-01T00:00:00Z\") { at }")), Some(1 + 20 + 1));
    let entities = "query Q($r: [_Any!]!, $n: Int) { one: _entities(representations: $r) {
        ... on Customer { loyalty { entries(first: $n) { nodes { id } } } } } }";
    let measured = measured(sdl(), entities).unwrap();
    let ten = Variables::from_json(json!({"n": 10}));
    let [(name, below)] = &measured.entities[..] else { panic!("{measured:?}") };
    assert_eq!((name.as_str(), below.with(&ten)), ("one", 1 + 5 + 1 + 10));
    assert_eq!(measured.cost.with(&ten), 1 + 17);
}

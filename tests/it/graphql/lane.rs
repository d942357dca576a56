//! The lane: whatever way a request is answered, the bytes are the same.

mod asked;
mod changes;
mod house;

use loyalty::{
    auth::Caller,
    graphql::{Executor, Limits, TraceId},
};
use pretty_assertions::assert_eq;
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::{Value, json};

use self::{
    asked::{Asked, any_request},
    house::{House, LIMITS, at},
};

/// Moments before and after points of the house's members end, activate and tiers are lost.
const MOMENTS: [&str; 6] = [
    "2026-06-15T12:00:00Z",
    "2026-06-30T23:59:59.999999Z",
    "2026-07-01T00:00:00Z",
    "2026-12-31T23:59:59Z",
    "2027-01-01T00:00:00Z",
    "2030-01-01T00:00:00Z",
];

/// Kind, subject, scopes and programmes.
type Somebody = (&'static str, &'static str, &'static str, Option<&'static [&'static str]>);

const CALLERS: [Somebody; 11] = [
    ("service", "gateway", "loyalty:member:read", None),
    ("service", "gateway", "loyalty:program:read", None),
    ("customer", "c-1", "", None),
    ("partner", "airline", "loyalty:member:read loyalty:program:read", None),
    ("staff", "eve", "loyalty:member:read", None),
    ("administrator", "root", "", None),
    ("service", "gateway", "loyalty:member:read", Some(&["double", "gone"])),
    ("administrator", "root", "", Some(&["classic", "tiered"])),
    ("customer", "c-1", "", Some(&["classic"])),
    ("service", "gateway", "loyalty:member:read", Some(&[])),
    ("nobody", "", "", None),
];
/// The first of them, whose tokens are for all programmes.
const UNLIMITED: usize = 6;

async fn quick(executor: &Executor, asked: &Asked, caller: &Caller) -> Option<String> {
    let json = executor.quick(&asked.query, None, &asked.variables, (caller, TraceId(1))).await?;
    Some(String::from_utf8(json).unwrap())
}

/// Errors come in the order in which fields happened to fail.
fn sorted(answer: &str) -> Value {
    let mut answer: Value = serde_json::from_str(answer).unwrap();
    if let Some(errors) = answer.get_mut("errors").and_then(Value::as_array_mut) {
        errors.sort_by_key(ToString::to_string);
    }
    answer
}

/// Asks all ways. Answers what the executor said and whether the lane said it too.
async fn compare(house: &House, executor: &Executor, asked: &Asked, caller: &Caller) -> (String, bool) {
    let slow = house.slow(executor, &asked.query, None, &asked.variables, caller).await;
    let again = house.slow(executor, &asked.query, None, &asked.variables, caller).await;
    assert_eq!(sorted(&again), sorted(&slow), "a document that is known is not validated again: {asked:?}");
    let quick = quick(executor, asked, caller).await;
    if let Some(quick) = &quick {
        assert_eq!(quick, &slow, "{asked:?}");
    }
    (slow, quick.is_some())
}

/// Rounds of random requests, each with an executor of its own: one that has seen thousands of documents keeps no new one.
fn property(
    limits: Limits,
    requests: impl Strategy<Value = (Asked, &'static str, Somebody)>,
    test: impl Fn(&Asked, Somebody, &str, bool) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(House::open());
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    for _ in 0..8 {
        let executor = house.executor(limits);
        TestRunner::new(config.clone())
            .run(&requests, |(asked, moment, (kind, subject, scope, programs))| {
                house.clock.set(at(moment));
                let (slow, was_quick) = runtime.block_on(async {
                    let caller = house.caller_for(kind, subject, scope, programs).await;
                    compare(&house, &executor, &asked, &caller).await
                });
                test(&asked, (kind, subject, scope, programs), &slow, was_quick)
            })
            .unwrap();
    }
    runtime.block_on(house.close());
}

/// Usual requests of whoever has a token: the lane answers every one of them, and as the executor does.
#[test]
fn a_usual_request_is_answered_by_the_lane_and_in_the_same_bytes() {
    let with_a_token = select(&CALLERS[..UNLIMITED]);
    let requests = (any_request(false), select(&MOMENTS[..]), with_a_token);
    property(Limits::default(), requests, |asked, _, slow, was_quick| {
        prop_assert!(!slow.contains("\"errors\""), "{slow}");
        prop_assert!(asked.usual && was_quick, "the executor was needed for {asked:?}");
        Ok(())
    });
}

/// Any requests of anybody, within small limits: the lane answers as the executor does, or not at all.
#[test]
fn whatever_is_asked_the_lane_answers_as_the_executor_does_or_not_at_all() {
    let requests = (any_request(true), select(&MOMENTS[..]), select(&CALLERS[..]));
    property(LIMITS, requests, |asked, (kind, .., programs), slow, was_quick| {
        let failed = slow.contains("\"errors\"");
        prop_assert!(!(failed && was_quick), "{slow}");
        // A document may name a programme that a token is not for.
        let needed = !asked.usual || kind == "nobody" || programs.is_some();
        prop_assert!(failed || was_quick || needed, "the executor was needed for {asked:?}");
        Ok(())
    });
}

const MEMBERSHIPS: &str = "query($r: [_Any!]!, $p: ID) { _entities(representations: $r) { ... on Customer {
    loyalty(program: $p) { program { id } } loyaltyMemberships { program { id } } } } }";

/// Of programmes that a token is not for, the lane knows as little as the executor does.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_some_programmes_is_answered_by_the_lane_out_of_those_alone() {
    let house = House::open().await;
    let executor = house.executor(LIMITS);
    let of = |program: &str| json!({"program": {"id": program}});
    for (programs, named, expected) in [
        (Some(&["double"][..]), Some("double"), Some(json!([of("double"), [of("double")]]))),
        (Some(&["double"]), None, Some(json!([of("double"), [of("double")]]))),
        (Some(&["classic", "tiered"]), None, Some(json!([of("tiered"), [of("tiered"), of("classic")]]))),
        (Some(&["gone", "classic"]), None, Some(json!([of("classic"), [of("classic")]]))),
        (None, Some("classic"), Some(json!([of("classic"), [of("tiered"), of("classic"), of("double")]]))),
        (Some(&["double"]), Some("classic"), None),
        (Some(&["double"]), Some("none"), None),
        (Some(&["gone"]), None, None),
        (Some(&[]), None, None),
    ] {
        let customer = json!({"__typename": "Customer", "id": "c-1"});
        let variables = json!({"r": [customer], "p": named}).to_string();
        let anybody = house.caller("service", "gateway", "loyalty:member:read").await;
        house.slow(&executor, MEMBERSHIPS, None, &variables, &anybody).await;
        let caller = house.caller_for("service", "gateway", "loyalty:member:read", programs).await;
        let slow = house.slow(&executor, MEMBERSHIPS, None, &variables, &caller).await;
        let quick = executor.quick(MEMBERSHIPS, None, &variables, (&caller, TraceId(1))).await;
        let shown = quick.map(|quick| {
            assert_eq!(String::from_utf8(quick).unwrap(), slow);
            let answer: Value = serde_json::from_str(&slow).unwrap();
            let customer = &answer["data"]["_entities"][0];
            json!([customer["loyalty"], customer["loyaltyMemberships"]])
        });
        assert_eq!(shown, expected, "{programs:?} {named:?}: {slow}");
        assert_eq!(slow.contains("BAD_USER_INPUT"), expected.is_none(), "{slow}");
    }
    house.close().await;
}

const ONE: &str =
    "query One($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { id loyalty { id } } } }";

fn customers(count: usize) -> String {
    let one = json!({"__typename": "Customer", "id": "c-1"});
    json!({ "r": vec![one; count] }).to_string()
}

/// What the lane declines, each beside what it takes.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_answered_by_the_lane_once_the_executor_has_accepted_it() {
    let house = House::open().await;
    let executor = house.executor(LIMITS);
    let caller = house.caller("service", "gateway", "loyalty:member:read").await;
    let within = LIMITS.representations_max;
    let two = format!("{ONE} query Two {{ __typename }}");
    let literal = "{ _entities(representations: [{__typename: \"Customer\", id: \"c-1\"}]) { ... on Customer { id } } }";
    let order = ONE.replace("... on Customer {", "... on Order { id } ... on Customer {");
    let eight = ONE.replace("id loyalty { id }", "a: id b: id c: id d: id e: id f: id g: id h: id");
    let both = |one, other| {
        let call = |fields| format!("_entities(representations: $r) {{ ... on Customer {{ {fields} }} }}");
        format!("query One($r: [_Any!]!) {{ one: {} other: {} }}", call(one), call(other))
    };
    let (budget, more) = (
        both("a: id b: id c: id", "a: id b: id c: id"),
        both("a: id b: id c: id", "a: id b: id c: id d: id"),
    );
    for (what, query, operation, variables, expected) in [
        ("usual", ONE, None, customers(2), true),
        ("none", ONE, None, customers(0), true),
        ("by its name", ONE, Some("One"), customers(1), true),
        ("by another name", ONE, Some("Two"), customers(1), false),
        ("one of two", &two, Some("One"), customers(1), false),
        ("as many as may be", ONE, None, customers(within), true),
        ("more than may be", ONE, None, customers(within + 1), false),
        ("as much as may be", &eight, None, customers(22), true),
        ("more than that", &eight, None, customers(23), false),
        ("as much together as may be", &budget, None, customers(within), true),
        ("more together than may be", &more, None, customers(within), false),
        ("more complex than may be", &eight.replacen("a: id", "a: id i: id", 1), None, customers(1), false),
        ("of another type", &order, None, customers(1), false),
        ("without variables", literal, None, "{}".to_owned(), false),
        ("a variable is missing", ONE, None, "{}".to_owned(), false),
        ("one variable more", ONE, None, customers(1).replacen('{', "{\"x\":1,", 1), false),
        ("a list for an object", ONE, None, r#"{"r":[["Customer","c-1"]]}"#.to_owned(), false),
        ("said twice", ONE, None, customers(1).replacen('{', "{\"r\":[],", 1), false),
        ("a change", "mutation { __typename }", None, "{}".to_owned(), false),
    ] {
        // Learned from a request that is accepted, whatever becomes of this one.
        house.slow(&executor, query, None, &customers(1), &caller).await;
        let slow = house.slow(&executor, query, operation, &variables, &caller).await;
        let quick = executor.quick(query, operation, &variables, (&caller, TraceId(1))).await;
        assert_eq!(quick.is_some(), expected, "{what}: {slow}");
        assert!(quick.is_none_or(|quick| quick == slow.as_bytes()), "{what}: {slow}");
    }

    let (new, variables) = (ONE.replace("One", "New"), customers(1));
    let ask = || executor.quick(&new, None, &variables, (&caller, TraceId(1)));
    assert_eq!(ask().await, None, "nobody has accepted it");
    house.slow(&executor, &new, None, r#"{"r": [null]}"#, &caller).await;
    assert_eq!(ask().await, None, "it was refused");
    house.slow(&executor, &new, None, &variables, &caller).await;
    assert!(ask().await.is_some());
    house.close().await;
}

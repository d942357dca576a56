//! Who tokens speak for: kinds, scopes, programmes, and the names that claims have.

use pretty_assertions::assert_eq;

use super::*;
use crate::{
    auth::{MintError, MintRequest, PrincipalKind, ProgramSet, mint, scopes::Scope},
    config::ClaimNames,
};

async fn caller(guard: &Guard, token: &str) -> Caller {
    guard.caller(Some(&format!("Bearer {token}"))).await.unwrap()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn partner(partner: &str) -> Principal {
    Principal::Partner { partner: partner.to_owned(), app: "ann".to_owned() }
}

fn staff(stores: &[&str]) -> Principal {
    Principal::Staff { staff: "ann".to_owned(), stores: texts(stores) }
}

#[tokio::test]
async fn what_a_token_says_is_who_asks() {
    let guard = guard(true, true).await;
    let ann = || "ann".to_owned();
    for (said, principal) in [
        (json!({}), Principal::Customer { customer: ann() }),
        (json!({ "kind": null }), Principal::Customer { customer: ann() }),
        (
            json!({ "kind": "customer", "stores": "s-1", "partner": "acme" }),
            Principal::Customer { customer: ann() },
        ),
        (json!({ "kind": "service" }), Principal::Service { service: ann() }),
        (json!({ "kind": "staff", "stores": "s-1 s-2" }), staff(&["s-1", "s-2"])),
        (json!({ "kind": "staff", "stores": ["store 1"] }), staff(&["store 1"])),
        (json!({ "kind": "partner", "partner": "acme" }), partner("acme")),
        (json!({ "kind": "partner" }), partner("ann")),
        (json!({ "kind": "administrator" }), Principal::Administrator { administrator: ann() }),
    ] {
        let caller = caller(&guard, &hs256(SECRET, &said)).await;
        assert_eq!(caller.principal(), &principal, "{said}");
        assert_eq!(caller.principal().subject(), Some("ann"), "{said}");
        let kind = said["kind"].as_str().unwrap_or("customer");
        assert_eq!(caller.principal().kind().map(PrincipalKind::name), Some(kind));
    }
}

#[tokio::test]
async fn a_claim_that_makes_no_sense_is_refused_and_not_passed_over() {
    let guard = guard(true, false).await;
    for (what, token, reason) in [
        ("no subject", hs256(SECRET, &json!({ "sub": null })), Refused::Claim("subject")),
        ("empty subject", hs256(SECRET, &json!({ "sub": " " })), Refused::NoName("subject")),
        (
            "subject with a control character",
            hs256(SECRET, &json!({ "sub": "a\n" })),
            Refused::NoName("subject"),
        ),
        ("unknown kind", hs256(SECRET, &json!({ "kind": "admin" })), Refused::Claim("kind")),
        ("scope that is no text", hs256(SECRET, &json!({ "scope": 7 })), Refused::Claim("scope")),
        ("subject that is no text", hs256(SECRET, &json!({ "sub": 7 })), Refused::Claim("subject")),
        ("kind that is no text", hs256(SECRET, &json!({ "kind": ["service"] })), Refused::Claim("kind")),
        ("scopes that are no texts", hs256(SECRET, &json!({ "scope": ["a", 7] })), Refused::Claim("scope")),
        (
            "programmes that are no texts",
            hs256(SECRET, &json!({ "programs": [7] })),
            Refused::Claim("programs"),
        ),
        (
            "programmes that are no list",
            hs256(SECRET, &json!({ "programs": {} })),
            Refused::Claim("programs"),
        ),
        ("staff of no store", hs256(SECRET, &json!({ "kind": "staff" })), Refused::Claim("stores")),
        (
            "staff of an empty list",
            hs256(SECRET, &json!({ "kind": "staff", "stores": [] })),
            Refused::Claim("stores"),
        ),
        (
            "stores that are no list",
            hs256(SECRET, &json!({ "kind": "staff", "stores": 7 })),
            Refused::Claim("stores"),
        ),
        (
            "a partner with a number",
            hs256(SECRET, &json!({ "kind": "partner", "partner": 7 })),
            Refused::Claim("partner"),
        ),
        (
            "a partner with no name",
            hs256(SECRET, &json!({ "kind": "partner", "partner": "" })),
            Refused::NoName("partner"),
        ),
        ("beginning that is no number", hs256(SECRET, &json!({ "nbf": "soon" })), Refused::Claim("nbf")),
    ] {
        assert_eq!(refused(&guard, &token).await, Some(reason), "{what}");
    }
}

#[tokio::test]
async fn scopes_are_where_identity_providers_put_them() {
    let guard = guard(true, false).await;
    for said in [
        json!({ "scope": "openid loyalty:member:read" }),
        json!({ "scope": ["openid", "loyalty:member:read"] }),
        json!({ "scp": ["loyalty:member:read"] }),
        json!({ "permissions": ["loyalty:member:read"] }),
        json!({ "scope": null, "scp": "loyalty:member:read" }),
        json!({ "scope": "loyalty:member:read", "permissions": ["loyalty:member:write"] }),
    ] {
        let token = hs256(SECRET, &with(&said, &json!({ "kind": "service", "jti": "t-1" })));
        let caller = caller(&guard, &token).await;
        assert!(caller.has_any(&[Scope::MemberRead]) && !caller.has_any(&[Scope::MemberWrite]), "{said}");
        assert_eq!(caller.token_id(), Some("t-1"));
    }
    let elsewhere = hs256(SECRET, &json!({ "scope": "openid", "scp": "loyalty:member:read" }));
    assert!(
        !caller(&guard, &elsewhere).await.has_any(&[Scope::MemberRead]),
        "the first that is there counts"
    );
}

#[tokio::test]
async fn a_token_is_for_the_programmes_that_it_names_or_for_all() {
    let guard = guard(true, false).await;
    for (said, programs) in [
        (json!({}), ProgramSet::All),
        (json!({ "programs": null }), ProgramSet::All),
        (json!({ "programs": "shop classic" }), ProgramSet::Named(texts(&["shop", "classic"]))),
        (json!({ "programs": ["shop"] }), ProgramSet::Named(texts(&["shop"]))),
        (json!({ "programs": [] }), ProgramSet::Named(Vec::new())),
        (json!({ "programs": "" }), ProgramSet::Named(Vec::new())),
    ] {
        let caller = caller(&guard, &hs256(SECRET, &said)).await;
        assert_eq!(caller.programs(), &programs, "{said}");
        assert_eq!(
            caller.is_for("classic"),
            programs == ProgramSet::All || said["programs"] == "shop classic"
        );
    }
}

/// Everything under names of a provider's own, nested ones and addresses among them.
#[tokio::test]
async fn claims_are_read_under_the_names_that_they_are_given() {
    let paths = |text: &str| text.parse().unwrap();
    let names = ClaimNames {
        subject: paths("shop.customer,sub"),
        kind: paths("https://shop.test/kind"),
        scope: paths("resource_access.loyalty.roles"),
        programs: paths("brands"),
        partner: paths("org.id"),
        stores: paths("org.stores"),
    };
    let config = AuthConfig { claims: names.clone(), ..config(true, None) };
    let guard = Guard::new(&config, Arc::new(FixedClock(now()))).await.unwrap();
    let said = json!({
        "sub": "uuid-7", "shop": { "customer": "ann" }, "https://shop.test/kind": "partner", "brands": "shop",
        "resource_access": { "loyalty": { "roles": ["loyalty:program:read"] } }, "org": { "id": "acme" },
        "kind": "administrator", "scope": "loyalty:points:adjust", "programs": ["classic"],
    });
    let known = caller(&guard, &hs256(SECRET, &said)).await;
    assert_eq!(known.principal(), &partner("acme"));
    assert_eq!(known.programs(), &ProgramSet::Named(texts(&["shop"])));
    assert!(known.has_any(&[Scope::ProgramRead]) && !known.has_any(&[Scope::PointsAdjust]));
    let fallen_back = hs256(SECRET, &json!({ "sub": "bob" }));
    assert_eq!(
        caller(&guard, &fallen_back).await.principal(),
        &Principal::Customer { customer: "bob".to_owned() }
    );
    let nobody = hs256(SECRET, &json!({ "sub": null }));
    assert_eq!(refused(&guard, &nobody).await, Some(Refused::Claim("subject")));

    // What is minted under these names is read under them.
    let request = MintRequest {
        kind: PrincipalKind::Staff,
        subject: "ann".to_owned(),
        stores: texts(&["s-1"]),
        programs: Some(texts(&["shop"])),
        ttl: std::time::Duration::from_mins(1),
        names,
        ..MintRequest::default()
    };
    let token = mint(&Secret::new(SECRET), "loyalty-dev", "loyalty", &request, now()).unwrap();
    let minted = caller(&guard, &token).await;
    assert_eq!(minted.principal(), &staff(&["s-1"]));
    assert_eq!(minted.programs(), &ProgramSet::Named(texts(&["shop"])));
}

fn with(said: &Value, more: &Value) -> Value {
    let mut all = said.clone();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

#[tokio::test]
async fn minted_tokens_hold_until_they_end() {
    let clock = Arc::new(HandClock(Mutex::new(now())));
    let guard = Guard::new(&config(true, None), clock.clone()).await.unwrap();
    let request = MintRequest {
        kind: PrincipalKind::Service,
        subject: "oms".to_owned(),
        scope: vec![Scope::OrdersWrite.name().to_owned()],
        ttl: std::time::Duration::from_secs(5),
        ..MintRequest::default()
    };
    let token = mint(&Secret::new(SECRET), "loyalty-dev", "loyalty", &request, now()).unwrap();
    let header = format!("Bearer {token}");
    let caller = guard.caller(Some(&header)).await.unwrap();
    assert_eq!(caller.principal(), &Principal::Service { service: "oms".to_owned() });
    assert!(caller.has_any(&[Scope::OrdersWrite]));

    clock.forward(35);
    assert_eq!(
        guard.0.caller(&header).await.unwrap_err(),
        Refused::Expired,
        "a remembered token ends as well"
    );

    let unknown = MintRequest { scope: vec!["loyalty:everything".to_owned()], ..request };
    let error = mint(&Secret::new(SECRET), "loyalty-dev", "loyalty", &unknown, now()).unwrap_err();
    assert!(
        error.to_string().contains("loyalty:points:adjust"),
        "the message names those there are: {error}"
    );
}

#[test]
fn what_cannot_be_meant_is_not_minted() {
    let request = |kind| MintRequest { kind, subject: "ann".to_owned(), ..MintRequest::default() };
    let store = || texts(&["s-1"]);
    for (request, reason) in [
        (MintRequest::default(), "the subject must have 1 to 128 printable characters"),
        (request(PrincipalKind::Staff), "staff is at work somewhere: name a store, or several"),
        (MintRequest { stores: store(), ..request(PrincipalKind::Service) }, "only staff has stores"),
        (
            MintRequest { partner: Some("acme".to_owned()), ..request(PrincipalKind::Customer) },
            "only partner has a partner's id",
        ),
        (
            MintRequest { partner: Some(String::new()), ..request(PrincipalKind::Partner) },
            "the partner must have 1 to 128 printable characters",
        ),
    ] {
        let error: MintError = mint(&Secret::new(SECRET), "i", "a", &request, now()).unwrap_err();
        assert_eq!(error.to_string(), reason);
    }
}

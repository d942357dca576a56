//! Who a token speaks for, by its claims, under the names that the configuration gives them.

use serde_json::{Map, Value};

use super::{
    jwt::Refused,
    principal::{Caller, Identity, Principal, PrincipalKind, ProgramSet},
    scopes::ScopeSet,
};
use crate::{commands::order::is_name, config::ClaimNames};

/// What a token says.
pub(super) type Claims = Map<String, Value>;

/// Whom believed claims speak for. A claim that is there and makes no sense is refused, not passed over: a token of which a
/// limit cannot be read must not pass for one without it.
pub(super) fn caller(names: &ClaimNames, claims: &Claims) -> Result<Caller, Refused> {
    let subject = text(names.subject.find(claims), "subject")?.ok_or(Refused::Claim("subject"))?;
    let subject = named(subject, "subject")?;
    let kind = text(names.kind.find(claims), "kind")?.map_or(Ok(PrincipalKind::Customer), str::parse);
    let principal = match kind.map_err(|_| Refused::Claim("kind"))? {
        PrincipalKind::Customer => Principal::Customer { customer: subject },
        PrincipalKind::Staff => Principal::Staff { staff: subject, stores: stores(names, claims)? },
        PrincipalKind::Service => Principal::Service { service: subject },
        PrincipalKind::Partner => {
            let partner = text(names.partner.find(claims), "partner")?;
            let partner = partner.map_or(Ok(subject.clone()), |partner| named(partner, "partner"))?;
            Principal::Partner { partner, app: subject }
        }
        PrincipalKind::Administrator => Principal::Administrator { administrator: subject },
    };
    let scopes = words(names.scope.find(claims), "scope")?.unwrap_or_default();
    let programs = words(names.programs.find(claims), "programs")?;
    let programs = programs.map_or(ProgramSet::All, |named| ProgramSet::Named(owned(named)));
    let token_id = claims.get("jti").and_then(Value::as_str).filter(|id| is_name(id)).map(str::to_owned);
    Ok(Caller::new(Identity::new(principal, ScopeSet::of(scopes), programs, token_id)))
}

/// Somebody at work is at work somewhere.
fn stores(names: &ClaimNames, claims: &Claims) -> Result<Vec<String>, Refused> {
    let stores = words(names.stores.find(claims), "stores")?.unwrap_or_default();
    if stores.is_empty() { Err(Refused::Claim("stores")) } else { Ok(owned(stores)) }
}

fn text<'a>(claim: Option<&'a Value>, what: &'static str) -> Result<Option<&'a str>, Refused> {
    claim.map(|claim| claim.as_str().ok_or(Refused::Claim(what))).transpose()
}

/// Words with spaces between them, or a list.
fn words<'a>(claim: Option<&'a Value>, what: &'static str) -> Result<Option<Vec<&'a str>>, Refused> {
    match claim {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.split_ascii_whitespace().collect())),
        Some(Value::Array(list)) => {
            let texts: Option<_> = list.iter().map(Value::as_str).collect();
            texts.map(Some).ok_or(Refused::Claim(what))
        }
        Some(_) => Err(Refused::Claim(what)),
    }
}

fn named(text: &str, what: &'static str) -> Result<String, Refused> {
    if is_name(text) { Ok(text.to_owned()) } else { Err(Refused::NoName(what)) }
}

fn owned(words: Vec<&str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

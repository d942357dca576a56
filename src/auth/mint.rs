//! Makes tokens for development. In production an identity provider does.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

use super::{claims::Claims, principal::PrincipalKind, scopes::SCOPES};
use crate::{
    clock::Instant,
    commands::order::is_name,
    config::{ClaimNames, Secret},
};

/// What a token should say.
#[derive(Clone, Debug, Default)]
pub struct MintRequest {
    pub kind: PrincipalKind,
    /// Customer id, or the name of a member of staff, a service, a partner's app or an administrator.
    pub subject: String,
    /// Names of [`SCOPES`].
    pub scope: Vec<String>,
    /// The programmes that it is for; all where there are none.
    pub programs: Option<Vec<String>>,
    /// A partner's id; the subject where there is none.
    pub partner: Option<String>,
    /// Where staff is at work.
    pub stores: Vec<String>,
    /// Its `jti`, by which the audit log names it.
    pub token_id: Option<String>,
    pub ttl: Duration,
    /// What its claims are called.
    pub names: ClaimNames,
}

/// Why a token was not made.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    #[error("the {0} must have 1 to 128 printable characters")]
    NoName(&'static str),
    #[error("staff is at work somewhere: name a store, or several")]
    NoStore,
    #[error("only {0} has {1}")]
    OfAnotherKind(PrincipalKind, &'static str),
    #[error("there is no scope `{0}`; there are {all}", all = all_scopes().join(", "))]
    UnknownScope(String),
    #[error("the token could not be signed")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

fn all_scopes() -> Vec<&'static str> {
    SCOPES.iter().map(|scope| scope.name()).collect()
}

/// A token signed with the secret (HS256).
pub fn mint(
    secret: &Secret,
    issuer: &str,
    audience: &str,
    request: &MintRequest,
    now: Instant,
) -> Result<String, MintError> {
    check(request)?;
    let ttl_seconds = i64::try_from(request.ttl.as_secs()).unwrap_or(i64::MAX);
    let mut claims = Claims::new();
    claims.insert("iss".to_owned(), json!(issuer));
    claims.insert("aud".to_owned(), json!(audience));
    claims.insert("iat".to_owned(), json!(now.timestamp()));
    claims.insert("exp".to_owned(), json!(now.timestamp().saturating_add(ttl_seconds)));
    let MintRequest { names, kind, subject, scope, programs, partner, stores, token_id, .. } = request;
    names.subject.put(&mut claims, json!(subject));
    names.kind.put(&mut claims, json!(kind.name()));
    if !scope.is_empty() {
        names.scope.put(&mut claims, json!(scope.join(" ")));
    }
    if let Some(programs) = programs {
        names.programs.put(&mut claims, json!(programs));
    }
    if let Some(partner) = partner {
        names.partner.put(&mut claims, json!(partner));
    }
    if !stores.is_empty() {
        names.stores.put(&mut claims, json!(stores));
    }
    if let Some(token_id) = token_id {
        claims.insert("jti".to_owned(), json!(token_id));
    }
    let key = EncodingKey::from_secret(secret.expose().as_bytes());
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)?)
}

fn check(request: &MintRequest) -> Result<(), MintError> {
    let MintRequest { kind, subject, scope, partner, stores, .. } = request;
    if !is_name(subject) {
        return Err(MintError::NoName("subject"));
    }
    if partner.as_deref().is_some_and(|partner| !is_name(partner)) {
        return Err(MintError::NoName("partner"));
    }
    if request.token_id.as_deref().is_some_and(|id| !is_name(id)) {
        return Err(MintError::NoName("token's id"));
    }
    if partner.is_some() && *kind != PrincipalKind::Partner {
        return Err(MintError::OfAnotherKind(PrincipalKind::Partner, "a partner's id"));
    }
    match (kind, stores.is_empty()) {
        (PrincipalKind::Staff, true) => return Err(MintError::NoStore),
        (PrincipalKind::Staff, false) | (_, true) => {}
        (_, false) => return Err(MintError::OfAnotherKind(PrincipalKind::Staff, "stores")),
    }
    let is_unknown = |name: &&String| !all_scopes().contains(&name.as_str());
    scope.iter().find(is_unknown).map_or(Ok(()), |unknown| Err(MintError::UnknownScope(unknown.clone())))
}

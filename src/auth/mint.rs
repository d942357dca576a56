//! Makes tokens for development. In production an identity provider does.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use super::{principal::PrincipalKind, scopes::SCOPES};
use crate::{clock::Instant, commands::order::is_name, config::Secret};

/// What a token should say.
#[derive(Clone, Debug)]
pub struct MintRequest {
    pub kind: PrincipalKind,
    /// Customer id, or the name of a service or partner.
    pub subject: String,
    /// Names of [`SCOPES`].
    pub scope: Vec<String>,
    pub ttl: Duration,
}

/// Why a token was not made.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    #[error("the subject must have 1 to 128 printable characters")]
    Subject,
    #[error("there is no scope `{0}`; there are {all}", all = all_scopes())]
    UnknownScope(String),
    #[error("the token could not be signed")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

fn all_scopes() -> String {
    SCOPES.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(", ")
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    iat: i64,
    exp: i64,
}

/// A token signed with the secret (HS256).
pub fn mint(
    secret: &Secret,
    issuer: &str,
    audience: &str,
    request: &MintRequest,
    now: Instant,
) -> Result<String, MintError> {
    if !is_name(&request.subject) {
        return Err(MintError::Subject);
    }
    if let Some(unknown) = request.scope.iter().find(|name| SCOPES.iter().all(|scope| scope.name() != *name))
    {
        return Err(MintError::UnknownScope(unknown.clone()));
    }
    let ttl_seconds = i64::try_from(request.ttl.as_secs()).unwrap_or(i64::MAX);
    let claims = Claims {
        iss: issuer,
        aud: audience,
        sub: &request.subject,
        kind: request.kind.name(),
        scope: request.scope.join(" "),
        iat: now.timestamp(),
        exp: now.timestamp().saturating_add(ttl_seconds),
    };
    let key = EncodingKey::from_secret(secret.expose().as_bytes());
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)?)
}

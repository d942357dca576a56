//! Bearer tokens: what is believed of them, and when.
//!
//! Signatures, issuer and audience are the library's work. Time is ours: the library asks the machine, we ask the
//! [`Clock`](crate::clock::Clock).

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, errors::ErrorKind};
use serde_json::Value;

use super::{
    claims::{self, Claims},
    principal::Caller,
};
use crate::{
    clock::Instant,
    config::{AuthConfig, ClaimNames},
};

/// The largest token that is looked at.
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// How far two machines' clocks may be apart.
const LEEWAY_SECONDS: i64 = 30;
/// What tokens may be signed with. Each key serves exactly one of them.
pub(super) const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::HS256, Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

/// Why a token is not believed: for the log, never for the caller, and without a word of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the header is not `Bearer` and a token")]
    NotBearer,
    #[error("the token is larger than {TOKEN_BYTES_MAX} bytes")]
    Oversized,
    #[error("the token is malformed, or its algorithm is none that is known")]
    Malformed,
    #[error("the token asks for extensions that are not understood")]
    CriticalExtension,
    #[error("no key is configured for the token's algorithm")]
    NoKey,
    #[error("no key has the token's `kid`")]
    UnknownKey,
    #[error("the token names no `kid` and several keys could be meant")]
    AmbiguousKey,
    #[error("the key is not for the token's algorithm")]
    WrongAlgorithm,
    #[error("the signature is wrong")]
    Signature,
    #[error("the issuer is another")]
    Issuer,
    #[error("the audience is another")]
    Audience,
    #[error("the claim of the {0} is missing or malformed")]
    Claim(&'static str),
    #[error("the {0} does not have 1 to 128 printable characters")]
    NoName(&'static str),
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
}

/// A key and the one algorithm that it serves.
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// What a token says, once its signature, issuer and audience are known to be right.
#[derive(Clone, Debug)]
pub(super) struct Verified {
    caller: Caller,
    not_before_seconds: Option<i64>,
    expires_seconds: i64,
}

/// What is required of every token.
pub(super) struct Checks {
    /// One for each algorithm.
    validations: Vec<Validation>,
    names: ClaimNames,
}

/// The token of an `Authorization` header.
pub(super) fn bearer(header: &str) -> Result<&str, Refused> {
    let (scheme, token) = header.trim().split_once(' ').ok_or(Refused::NotBearer)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(Refused::NotBearer);
    }
    if token.len() > TOKEN_BYTES_MAX { Err(Refused::Oversized) } else { Ok(token) }
}

/// What a token says of its key. Not believed yet: it chooses among our keys and nothing more.
pub(super) fn header(token: &str) -> Result<Header, Refused> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| Refused::Malformed)?;
    // RFC 7515, 4.1.11: what is critical and not understood must be refused. We understand none.
    if header.crit.is_some() { Err(Refused::CriticalExtension) } else { Ok(header) }
}

impl Checks {
    pub(super) fn new(config: &AuthConfig) -> Self {
        let validation = |algorithm| {
            let mut validation = Validation::new(algorithm);
            validation.set_required_spec_claims(&["exp", "iss", "aud"]);
            validation.set_issuer(&[&config.issuer]);
            validation.set_audience(&[&config.audience]);
            validation.validate_exp = false;
            validation
        };
        Self { validations: ALGORITHMS.into_iter().map(validation).collect(), names: config.claims.clone() }
    }

    /// Checks everything but the time.
    pub(super) fn verify(&self, token: &str, key: &Key) -> Result<Verified, Refused> {
        let validation = self
            .validations
            .iter()
            .find(|validation| validation.algorithms == [key.algorithm])
            .ok_or(Refused::WrongAlgorithm)?;
        let data =
            jsonwebtoken::decode::<Claims>(token, &key.key, validation).map_err(|e| reason(e.kind()))?;
        let claims = data.claims;
        Ok(Verified {
            not_before_seconds: claims
                .get("nbf")
                .filter(|at| !at.is_null())
                .map(|at| seconds(at, "nbf"))
                .transpose()?,
            expires_seconds: seconds(claims.get("exp").unwrap_or(&Value::Null), "exp")?,
            caller: claims::caller(&self.names, &claims)?,
        })
    }
}

impl Verified {
    /// Whom it speaks for at a moment.
    pub(super) fn caller_at(&self, now: Instant) -> Result<Caller, Refused> {
        let now_seconds = now.timestamp();
        if self.expires_seconds.saturating_add(LEEWAY_SECONDS) <= now_seconds {
            return Err(Refused::Expired);
        }
        if self.not_before_seconds.is_some_and(|at| at.saturating_sub(LEEWAY_SECONDS) > now_seconds) {
            return Err(Refused::NotYetValid);
        }
        Ok(self.caller.clone())
    }
}

/// A `NumericDate` (RFC 7519, 2), which may have a fraction: whole seconds are fine enough.
fn seconds(claim: &Value, what: &'static str) -> Result<i64, Refused> {
    #[expect(clippy::cast_possible_truncation, reason = "cutting the fraction is meant; the cast saturates")]
    let cut = |seconds: f64| seconds as i64;
    claim.as_i64().or_else(|| claim.as_f64().map(cut)).ok_or(Refused::Claim(what))
}

fn reason(kind: &ErrorKind) -> Refused {
    match kind {
        ErrorKind::InvalidSignature => Refused::Signature,
        ErrorKind::InvalidIssuer => Refused::Issuer,
        ErrorKind::InvalidAudience => Refused::Audience,
        ErrorKind::InvalidAlgorithm => Refused::WrongAlgorithm,
        ErrorKind::MissingRequiredClaim(claim) | ErrorKind::InvalidClaimFormat(claim) => {
            let known = ["exp", "iss", "aud"].into_iter().find(|known| known == claim);
            known.map_or(Refused::Malformed, Refused::Claim)
        }
        _ => Refused::Malformed,
    }
}

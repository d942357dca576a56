//! Who asks, and why they are turned away.

use std::{fmt, str::FromStr, sync::Arc};

use super::scopes::{Scope, ScopeSet};

/// Who a request speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// No token.
    Anonymous,
    /// A shopper, who sees and does what is their own. Scopes in a shopper's token give nothing.
    Customer { customer: String },
    /// A system of the brand (OMS, CRM, till): what its scopes say.
    Service { service: String },
    /// Another company: what its scopes say, and never a member's data.
    Partner { partner: String },
}

/// The claim `kind` of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    Customer,
    Service,
    Partner,
}

/// Why a text is not a kind of principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the kinds are `customer`, `service` and `partner`")]
pub struct UnknownKind;

/// Who asks. Cheap to clone. The reception always knows it: it is in the data of every request.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Identity>);

#[derive(Debug)]
struct Identity {
    principal: Principal,
    scopes: ScopeSet,
    token_id: Option<String>,
}

/// Why a caller may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No token where one is needed, or one that does not hold. Why it does not is said in the log only.
    #[error("a valid access token is needed")]
    Unauthenticated,
    /// Known, but not allowed.
    #[error("the access token does not allow this: it needs `{needs}`")]
    Forbidden { needs: &'static str },
}

impl Denied {
    /// The GraphQL error's `extensions.code`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden { .. } => "FORBIDDEN",
        }
    }
}

impl PrincipalKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Service => "service",
            Self::Partner => "partner",
        }
    }

    pub(super) fn principal(self, subject: String) -> Principal {
        match self {
            Self::Customer => Principal::Customer { customer: subject },
            Self::Service => Principal::Service { service: subject },
            Self::Partner => Principal::Partner { partner: subject },
        }
    }
}

impl fmt::Display for PrincipalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PrincipalKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        [Self::Customer, Self::Service, Self::Partner]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(UnknownKind)
    }
}

impl Caller {
    /// Nobody in particular.
    pub fn anonymous() -> Self {
        Self::new(Principal::Anonymous, ScopeSet::default(), None)
    }

    pub(super) fn new(principal: Principal, scopes: ScopeSet, token_id: Option<String>) -> Self {
        Self(Arc::new(Identity { principal, scopes, token_id }))
    }

    pub fn principal(&self) -> &Principal {
        &self.0.principal
    }

    /// The token's `jti`, to find it in the issuer's records. Not a secret.
    pub fn token_id(&self) -> Option<&str> {
        self.0.token_id.as_deref()
    }

    pub(super) fn has_any(&self, scopes: &[Scope]) -> bool {
        self.0.scopes.has_any(scopes)
    }
}

/// Callers without tokens, for the tests of the rooms behind.
#[cfg(test)]
impl Caller {
    pub(crate) fn customer(customer: &str) -> Self {
        Self::new(Principal::Customer { customer: customer.to_owned() }, ScopeSet::default(), None)
    }

    pub(crate) fn service(scopes: &[Scope]) -> Self {
        Self::with(Principal::Service { service: "oms".to_owned() }, scopes)
    }

    pub(crate) fn partner(scopes: &[Scope]) -> Self {
        Self::with(Principal::Partner { partner: "airline".to_owned() }, scopes)
    }

    pub(crate) fn with(principal: Principal, scopes: &[Scope]) -> Self {
        Self::new(principal, ScopeSet::of(scopes.iter().map(|scope| scope.name())), None)
    }
}

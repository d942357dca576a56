//! Who asks, and why they are turned away.

use std::{fmt, str::FromStr, sync::Arc};

use super::{
    reads::Reads,
    scopes::{Scope, ScopeSet},
};
use crate::audit::{Actor, ActorKind};

/// Who a request speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// No token.
    Anonymous,
    /// A shopper, who sees and does what is their own. Scopes in a shopper's token give nothing.
    Customer { customer: String },
    /// Somebody at work in a store or several: what their scopes say, and what names a store only in theirs.
    Staff { staff: String, stores: Vec<String> },
    /// A system of the brand (OMS, CRM, till): what its scopes say.
    Service { service: String },
    /// Another company: what its scopes say, of members who have linked it. Its apps have names of their own.
    Partner { partner: String, app: String },
    /// Whoever runs the programmes: everything.
    Administrator { administrator: String },
}

/// The claim `kind` of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrincipalKind {
    #[default]
    Customer,
    Staff,
    Service,
    Partner,
    Administrator,
}

/// Every kind there is.
pub const KINDS: [PrincipalKind; 5] = [
    PrincipalKind::Customer,
    PrincipalKind::Staff,
    PrincipalKind::Service,
    PrincipalKind::Partner,
    PrincipalKind::Administrator,
];

/// Why a text is not a kind of principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the kinds are `customer`, `staff`, `service`, `partner` and `administrator`")]
pub struct UnknownKind;

/// The programmes that a token is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProgramSet {
    /// It names none: all that are served.
    #[default]
    All,
    /// These, in the order in which it names them. To it the others do not exist.
    Named(Vec<String>),
}

/// Who asks. Cheap to clone. The reception always knows it: it is in the data of every request.
#[derive(Clone, Debug)]
pub struct Caller {
    identity: Arc<Identity>,
    /// Of those whose reads are written down: those of this request.
    reads: Option<Arc<Reads>>,
}

#[derive(Debug)]
pub(super) struct Identity {
    pub(super) principal: Principal,
    pub(super) scopes: ScopeSet,
    pub(super) programs: ProgramSet,
    /// The same as the audit log names it, with the token's id.
    actor: Arc<Actor>,
}

impl Identity {
    pub(super) fn new(
        principal: Principal,
        scopes: ScopeSet,
        programs: ProgramSet,
        token_id: Option<String>,
    ) -> Self {
        let kind = match &principal {
            // Nobody may do anything: this is never written.
            Principal::Anonymous | Principal::Customer { .. } => ActorKind::Customer,
            Principal::Staff { .. } => ActorKind::Staff,
            Principal::Service { .. } => ActorKind::Service,
            Principal::Partner { .. } => ActorKind::Partner,
            Principal::Administrator { .. } => ActorKind::Administrator,
        };
        let partner = principal.partner().map(str::to_owned);
        let name = principal.subject().unwrap_or_default().to_owned();
        let actor = Arc::new(Actor { kind, name, partner, token_id });
        Self { principal, scopes, programs, actor }
    }
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

impl Principal {
    /// What the token says that it is; None for nobody.
    pub fn kind(&self) -> Option<PrincipalKind> {
        Some(match self {
            Self::Anonymous => return None,
            Self::Customer { .. } => PrincipalKind::Customer,
            Self::Staff { .. } => PrincipalKind::Staff,
            Self::Service { .. } => PrincipalKind::Service,
            Self::Partner { .. } => PrincipalKind::Partner,
            Self::Administrator { .. } => PrincipalKind::Administrator,
        })
    }

    /// The token's subject; None for nobody.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Customer { customer: name }
            | Self::Staff { staff: name, .. }
            | Self::Service { service: name }
            | Self::Partner { app: name, .. }
            | Self::Administrator { administrator: name } => Some(name),
        }
    }
}

impl Principal {
    /// Which partner, of one of its apps.
    pub fn partner(&self) -> Option<&str> {
        if let Self::Partner { partner, .. } = self { Some(partner) } else { None }
    }
}

impl PrincipalKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
            Self::Service => "service",
            Self::Partner => "partner",
            Self::Administrator => "administrator",
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
        KINDS.into_iter().find(|kind| kind.name() == text).ok_or(UnknownKind)
    }
}

impl Caller {
    /// Nobody in particular.
    pub fn anonymous() -> Self {
        let (scopes, programs) = (ScopeSet::default(), ProgramSet::All);
        Self::new(Identity::new(Principal::Anonymous, scopes, programs, None))
    }

    pub(super) fn new(identity: Identity) -> Self {
        Self { identity: Arc::new(identity), reads: None }
    }

    /// The same caller with a request of its own: what it reads is kept apart, where it is to be written down.
    #[must_use]
    pub fn with_request(&self) -> Self {
        let is_watched =
            matches!(self.principal(), Principal::Staff { .. } | Principal::Administrator { .. });
        Self { identity: Arc::clone(&self.identity), reads: is_watched.then(Arc::default) }
    }

    /// What was read and has to be written down.
    pub fn reads(&self) -> Option<&Reads> {
        self.reads.as_deref()
    }

    pub fn principal(&self) -> &Principal {
        &self.identity.principal
    }

    /// Whether it is an app of a partner, to which there is less than to others.
    pub fn is_partner(&self) -> bool {
        self.principal().partner().is_some()
    }

    /// The same as the audit log names it.
    pub fn actor(&self) -> &Arc<Actor> {
        &self.identity.actor
    }

    /// The programmes that the token is for.
    pub fn programs(&self) -> &ProgramSet {
        &self.identity.programs
    }

    /// The token's `jti`, to find it in the issuer's records. Not a secret.
    pub fn token_id(&self) -> Option<&str> {
        self.identity.actor.token_id.as_deref()
    }

    pub(super) fn has_any(&self, scopes: &[Scope]) -> bool {
        self.identity.scopes.has_any(scopes)
    }
}

/// Callers without tokens, for the tests of the rooms behind.
#[cfg(test)]
impl Caller {
    pub(crate) fn with(principal: Principal, scopes: &[Scope]) -> Self {
        Self::of_programs(principal, scopes, ProgramSet::All)
    }

    pub(crate) fn of_programs(principal: Principal, scopes: &[Scope], programs: ProgramSet) -> Self {
        let scopes = ScopeSet::of(scopes.iter().map(|scope| scope.name()));
        Self::new(Identity::new(principal, scopes, programs, None))
    }

    pub(crate) fn customer(customer: &str) -> Self {
        Self::with(Principal::Customer { customer: customer.to_owned() }, &[])
    }

    pub(crate) fn service(scopes: &[Scope]) -> Self {
        Self::with(Principal::Service { service: "oms".to_owned() }, scopes)
    }

    pub(crate) fn staff(scopes: &[Scope]) -> Self {
        Self::with(Principal::Staff { staff: "eve".to_owned(), stores: vec!["s-1".to_owned()] }, scopes)
    }

    pub(crate) fn partner(scopes: &[Scope]) -> Self {
        Self::with(Principal::Partner { partner: "airline".to_owned(), app: "web".to_owned() }, scopes)
    }

    pub(crate) fn administrator() -> Self {
        Self::with(Principal::Administrator { administrator: "root".to_owned() }, &[])
    }
}

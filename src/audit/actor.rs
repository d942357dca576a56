//! Whose doing it was.

use std::{fmt, str::FromStr};

/// The kinds of those who do things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// The machine's owner: a sweep, a replay, a new version of a programme.
    Operator,
    Customer,
    Staff,
    Service,
    Partner,
    Administrator,
}

/// Somebody who does something, and by which token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    pub kind: ActorKind,
    /// The token's subject; of the operator, what of the service it was.
    pub name: String,
    /// Of an app of a partner: which partner.
    pub partner: Option<String>,
    /// The token's `jti`: names the token and is none.
    pub token_id: Option<String>,
}

/// Why a text is no kind of actor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of actor")]
pub struct UnknownActor(pub String);

impl ActorKind {
    pub const ALL: [Self; 6] =
        [Self::Operator, Self::Customer, Self::Staff, Self::Service, Self::Partner, Self::Administrator];

    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Customer => "customer",
            Self::Staff => "staff",
            Self::Service => "service",
            Self::Partner => "partner",
            Self::Administrator => "administrator",
        }
    }
}

impl fmt::Display for ActorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ActorKind {
    type Err = UnknownActor;

    fn from_str(text: &str) -> Result<Self, UnknownActor> {
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == text);
        kind.ok_or_else(|| UnknownActor(text.to_owned()))
    }
}

impl Actor {
    /// The operator, doing something by a part of the service.
    pub fn operator(part: &str) -> Self {
        Self { kind: ActorKind::Operator, name: part.to_owned(), partner: None, token_id: None }
    }
}

//! A limit that a document passes: which, how much may be, and how much was asked.

use async_graphql::{ErrorExtensionValues, Response, ServerError};
use metrics::counter;

use crate::telemetry::LIMITED_TOTAL;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Tokens,
    Depth,
    Complexity,
    Aliases,
    RootFields,
    Directives,
    /// Representations of one `_entities` call.
    Representations,
    /// Fields of the entities of one request.
    EntityFields,
    /// Events of one batch.
    Events,
}

/// More than a limit allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excess {
    limit: Limit,
    max: usize,
    asked: u64,
    /// Counting ended where the limit was passed.
    at_least: bool,
}

impl Limit {
    /// The value of `extensions.code`. What a caller has known as wrong input stays that.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Tokens => "TOO_MANY_TOKENS",
            Self::Depth => "QUERY_TOO_DEEP",
            Self::Complexity => "QUERY_TOO_COMPLEX",
            Self::Aliases => "TOO_MANY_ALIASES",
            Self::RootFields => "TOO_MANY_ROOT_FIELDS",
            Self::Directives => "TOO_MANY_DIRECTIVES",
            Self::Representations | Self::EntityFields | Self::Events => "BAD_USER_INPUT",
        }
    }

    /// The label of the metric.
    fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Depth => "depth",
            Self::Complexity => "complexity",
            Self::Aliases => "aliases",
            Self::RootFields => "root_fields",
            Self::Directives => "directives",
            Self::Representations => "representations",
            Self::EntityFields => "entity_fields",
            Self::Events => "events",
        }
    }

    /// Counts that it was passed.
    pub(crate) fn passed(self) {
        counter!(LIMITED_TOTAL, "limit" => self.name()).increment(1);
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Depth => "levels of fields",
            Self::Complexity => "units of cost",
            Self::Aliases => "aliases",
            Self::RootFields => "fields at its root",
            Self::Directives => "directives",
            Self::Representations => "representations",
            Self::EntityFields => "fields of entities",
            Self::Events => "events",
        }
    }
}

impl Excess {
    pub(super) fn check(limit: Limit, max: usize, asked: u64) -> Result<(), Self> {
        let within = usize::try_from(asked).is_ok_and(|asked| asked <= max);
        if within { Ok(()) } else { Err(Self { limit, max, asked, at_least: false }) }
    }

    /// The same of what is not counted to its end.
    pub(super) fn check_so_far(limit: Limit, max: usize, counted: usize) -> Result<(), Self> {
        if counted <= max {
            return Ok(());
        }
        Err(Self { limit, max, asked: counted as u64, at_least: true })
    }

    fn message(&self) -> String {
        let Self { limit, max, asked, at_least } = self;
        let more = if *at_least { " or more" } else { "" };
        format!("the query has {asked}{more} {}; it may have {max}", limit.unit())
    }

    /// The answer to a request that asks for too much.
    pub(crate) fn refused(&self) -> Response {
        self.limit.passed();
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.limit.code());
        extensions.set("limit", self.max);
        extensions.set("asked", self.asked);
        let mut error = ServerError::new(self.message(), None);
        error.extensions = Some(extensions);
        Response::from_errors(vec![error])
    }
}

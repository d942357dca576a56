//! What goes wrong without being a business "no": the caller's fault, or ours. Each has its code in `extensions.code`.

use std::fmt;

use async_graphql::{Error, ErrorExtensionValues, ServerError};

use crate::{auth::Denied, commands::Refusal, journal::CommandError};

/// Names one request in the logs and in the answer, so that the two can be brought together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId(pub u128);

/// 32 hexadecimal digits.
impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// An error of the answer. It has no `Display` on purpose: what a client reads is made in one place, below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// There is no token.
    Unauthenticated,
    /// The token does not allow it.
    Forbidden { needs: &'static str },
    /// The input is wrong: which field, and why.
    BadInput { field: String, message: String },
    /// The idempotency key was used before, for something else.
    KeyConflict { key: String },
    /// The queue of commands is full. Nothing was done.
    Overloaded,
    /// The database has no room left. Nothing was done.
    NoRoom,
    /// The database is away. Only the key can tell whether it was done.
    Away,
    /// Our own fault. The cause is in the log, under this id.
    Fault(TraceId),
}

impl Problem {
    pub(crate) fn bad_input(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::BadInput { field: field.into(), message: message.into() }
    }

    /// Logs a fault, once, with its causes, and answers what a client may know of it.
    pub(crate) fn fault(trace: &TraceId, error: &dyn std::error::Error) -> Self {
        let mut causes = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            causes.push_str(": ");
            causes.push_str(&cause.to_string());
            source = cause.source();
        }
        tracing::error!(trace_id = %trace, error = %causes, "a request failed");
        Self::Fault(*trace)
    }

    /// A command's error that is no refusal; a refusal that no union has a place for is a fault.
    pub(crate) fn of_command(trace: &TraceId, error: CommandError) -> Self {
        match error {
            CommandError::KeyConflict { key } => Self::KeyConflict { key },
            CommandError::Overloaded => Self::Overloaded,
            CommandError::Fault(cause) => {
                let fault = Self::fault(trace, &*cause);
                match cause {
                    full if full.is_full() => Self::NoRoom,
                    lost if lost.is_connection() => Self::Away,
                    _ => fault,
                }
            }
            CommandError::Refused(Refusal::BadInput { field, message }) => {
                Self::bad_input(format!("input.{field}"), message)
            }
            CommandError::Refused(refusal) => Self::fault(trace, &UnexpectedRefusal(refusal)),
        }
    }

    /// The value of `extensions.code`.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden { .. } => "FORBIDDEN",
            Self::BadInput { .. } => BAD_USER_INPUT,
            Self::KeyConflict { .. } => "IDEMPOTENCY_CONFLICT",
            Self::Overloaded | Self::NoRoom | Self::Away => "SERVICE_UNAVAILABLE",
            Self::Fault(_) => "INTERNAL",
        }
    }

    pub(crate) fn message(&self) -> String {
        match self {
            Self::Unauthenticated => "a token is needed".to_owned(),
            Self::Forbidden { needs } => format!("the token does not allow it: {needs} is needed"),
            Self::BadInput { field, message } => format!("{field}: {message}"),
            Self::KeyConflict { key } => {
                format!("the idempotency key `{key}` was used before, for other content")
            }
            Self::Overloaded => "too busy, nothing was done: try again in a moment".to_owned(),
            Self::NoRoom => {
                "there is no room left for the ledger: nothing was done, try again later".to_owned()
            }
            Self::Away => {
                "the ledger cannot be reached: the same key finds out later whether it was done".to_owned()
            }
            Self::Fault(_) => "internal error".to_owned(),
        }
    }
}

const BAD_USER_INPUT: &str = "BAD_USER_INPUT";

/// A refusal that the result's union has no member for: the reception and the desk disagree.
#[derive(Debug, thiserror::Error)]
#[error("the command was refused in a way that its result cannot say")]
struct UnexpectedRefusal(#[source] Refusal);

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated => Self::Unauthenticated,
            Denied::Forbidden { needs } => Self::Forbidden { needs },
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", problem.code());
        match &problem {
            Problem::BadInput { field, .. } => extensions.set("field", field.as_str()),
            Problem::Fault(trace) => extensions.set("traceId", trace.to_string()),
            _ => {}
        }
        Self { message: problem.message(), source: None, extensions: Some(extensions) }
    }
}

/// What a read that was denied shows: nothing to a caller whose token does not allow it (so that what is forbidden and what
/// does not exist look alike), an error to one without any token.
pub(crate) fn unless_forbidden<T>(read: Result<T, Denied>) -> Result<Option<T>, Problem> {
    match read {
        Ok(handle) => Ok(Some(handle)),
        Err(Denied::Forbidden { .. }) => Ok(None),
        Err(denied @ Denied::Unauthenticated) => Err(denied.into()),
    }
}

/// Gives a code to what the executor itself found wrong: a document that does not parse or does not fit the schema, a
/// value that is none of its type.
pub(crate) fn give_code(error: &mut ServerError) {
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_none() {
        extensions.set("code", BAD_USER_INPUT);
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::Value;

    use super::*;

    #[test]
    fn a_problem_carries_its_code_and_what_a_client_can_act_on() {
        let extension = |problem: Problem, name: &str| {
            let error = Error::from(problem);
            error.extensions.as_ref().and_then(|all| all.get(name).cloned())
        };
        let bad = Problem::bad_input("after", "is no cursor");
        assert_eq!(extension(bad.clone(), "code"), Some(Value::from("BAD_USER_INPUT")));
        assert_eq!(extension(bad, "field"), Some(Value::from("after")));
        let fault = Problem::Fault(TraceId(0x2a));
        assert_eq!(
            extension(fault.clone(), "traceId"),
            Some(Value::from("0000000000000000000000000000002a"))
        );
        assert_eq!(Error::from(fault).message, "internal error");
    }

    #[test]
    fn what_is_forbidden_looks_like_what_does_not_exist_and_no_token_is_an_error() {
        assert_eq!(unless_forbidden(Ok(1)), Ok(Some(1)));
        assert_eq!(unless_forbidden::<i32>(Err(Denied::Forbidden { needs: "x" })), Ok(None));
        assert_eq!(unless_forbidden::<i32>(Err(Denied::Unauthenticated)), Err(Problem::Unauthenticated));
    }

    #[test]
    fn an_error_without_a_code_is_the_callers() {
        let mut error = ServerError::new("no such field", None);
        give_code(&mut error);
        assert_eq!(error.extensions.unwrap().get("code"), Some(&Value::from("BAD_USER_INPUT")));
    }
}

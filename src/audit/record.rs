//! What was done.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Actor;
use crate::{clock::Instant, ids::MemberId};

/// What one actor did in one programme at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub id: Uuid,
    pub recorded_at: Instant,
    pub program: String,
    pub actor: Actor,
    /// A JSON list of [`Action`]s, as it is kept: the chain is over this text.
    pub actions: String,
}

/// One thing that was done or read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action<'a> {
    /// A command's name, or `read_` and what was read.
    pub operation: Cow<'a, str>,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Cow<'a, str>>,
    /// The id of the return, fulfilment, hold, redemption or credit, the other customer, or the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Cow<'a, str>>,
    /// The idempotency key, as it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Cow<'a, str>>,
    /// Whose ledger was written, and the numbers of the entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    #[serde(default, skip_serializing_if = "is_empty")]
    pub entries: Cow<'a, [i64]>,
    /// Of configuration: what it was, where it was there, and what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Cow<'a, str>>,
}

#[expect(clippy::ptr_arg, reason = "serde hands over a reference to the field")]
fn is_empty(entries: &Cow<'_, [i64]>) -> bool {
    entries.is_empty()
}

impl Record {
    pub fn new(
        id: Uuid,
        recorded_at: Instant,
        (actor, program): (Actor, &str),
        actions: &[Action<'_>],
    ) -> Self {
        let actions = serde_json::to_string(actions).expect("actions are plain data and serialize");
        Self { id, recorded_at, program: program.to_owned(), actor, actions }
    }

    /// What was done; an error where the text is not what was written.
    pub fn actions(&self) -> Result<Vec<Action<'static>>, serde_json::Error> {
        serde_json::from_str(&self.actions)
    }
}

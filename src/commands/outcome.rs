//! What a command did, as kept with its key: the same key gets the same answer again.

use serde::{Deserialize, Serialize};

use super::MemberKey;
use crate::ledger::Points;

/// What a command did. Entries are named by their numbers in the member's ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Outcome {
    Enrolled { member: MemberKey },
    OrderRecorded(OrderOutcome),
    ReturnRecorded(OrderOutcome),
    OrderCancelled(OrderOutcome),
    Adjusted { member: MemberKey, entries: Vec<i64> },
    Expired { member: MemberKey, entries: Vec<i64> },
}

/// What a command did to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderOutcome {
    pub program: String,
    pub order_id: String,
    /// None for an order of nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberKey>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<i64>,
    /// What was to be taken back and could not be.
    #[serde(default, skip_serializing_if = "Points::is_zero")]
    pub uncollected: Points,
}

impl Outcome {
    /// The member that it changed.
    pub fn member(&self) -> Option<&MemberKey> {
        match self {
            Self::Enrolled { member } | Self::Adjusted { member, .. } | Self::Expired { member, .. } => {
                Some(member)
            }
            Self::OrderRecorded(o) | Self::ReturnRecorded(o) | Self::OrderCancelled(o) => o.member.as_ref(),
        }
    }

    /// The order that it changed: (program, order id).
    pub fn order(&self) -> Option<(String, String)> {
        match self {
            Self::OrderRecorded(o) | Self::ReturnRecorded(o) | Self::OrderCancelled(o) => {
                Some((o.program.clone(), o.order_id.clone()))
            }
            Self::Enrolled { .. } | Self::Adjusted { .. } | Self::Expired { .. } => None,
        }
    }

    /// Numbers of the entries that it wrote.
    pub fn entries(&self) -> &[i64] {
        match self {
            Self::Enrolled { .. } => &[],
            Self::OrderRecorded(o) | Self::ReturnRecorded(o) | Self::OrderCancelled(o) => &o.entries,
            Self::Adjusted { entries, .. } | Self::Expired { entries, .. } => entries,
        }
    }
}

/// What was decided, and whether it had been decided before (by order or return id, whatever the key).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub outcome: Outcome,
    pub replayed: bool,
}

impl Decision {
    pub(crate) fn new(outcome: Outcome) -> Self {
        Self { outcome, replayed: false }
    }

    pub(crate) fn replay(outcome: Outcome) -> Self {
        Self { outcome, replayed: true }
    }
}

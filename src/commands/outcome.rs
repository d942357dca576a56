//! What a command did, as kept with its key: the same key gets the same answer again.

use serde::{Deserialize, Serialize};

use super::{MemberKey, Order, OrderAward, World};
use crate::{
    ids::{HoldId, RedemptionId},
    ledger::Points,
};

/// What a command did. Entries are named by their numbers in the member's ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Outcome {
    Enrolled {
        member: MemberKey,
    },
    OrderRecorded(OrderOutcome),
    ReturnRecorded(OrderOutcome),
    OrderCancelled(OrderOutcome),
    Adjusted {
        member: MemberKey,
        entries: Vec<i64>,
    },
    Expired {
        member: MemberKey,
        entries: Vec<i64>,
    },
    Held {
        member: MemberKey,
        hold: HoldId,
        entries: Vec<i64>,
    },
    HoldCaptured {
        member: MemberKey,
        hold: HoldId,
        redemption: RedemptionId,
        entries: Vec<i64>,
    },
    HoldReleased {
        member: MemberKey,
        hold: HoldId,
        entries: Vec<i64>,
    },
    Redeemed {
        member: MemberKey,
        redemption: RedemptionId,
        entries: Vec<i64>,
    },
    RedemptionReversed {
        member: MemberKey,
        redemption: RedemptionId,
        entries: Vec<i64>,
    },
    /// Entries are the giver's.
    Transferred {
        member: MemberKey,
        to: MemberKey,
        entries: Vec<i64>,
    },
    Merged {
        member: MemberKey,
        from: MemberKey,
    },
    /// Of the member that is one again.
    Unmerged {
        member: MemberKey,
        from: MemberKey,
    },
    StatusChanged {
        member: MemberKey,
    },
    PartnersChanged {
        member: MemberKey,
    },
    OrderClaimed(OrderOutcome),
    FulfilmentRecorded(OrderOutcome),
    LotActivated {
        member: MemberKey,
        entries: Vec<i64>,
    },
    LotCancelled {
        member: MemberKey,
        entries: Vec<i64>,
    },
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

impl OrderOutcome {
    /// Nothing done to an order yet.
    pub(super) fn of(order: &Order, member: Option<MemberKey>) -> Self {
        Self {
            program: order.program.clone(),
            order_id: order.id.clone(),
            member,
            entries: Vec::new(),
            uncollected: Points::ZERO,
        }
    }

    /// What an order had done when it was told of: who earned for it, whoever that has become, and the lots that it gave by
    /// their numbers in that member's ledger.
    pub(super) fn told_again(order: &Order, world: &World) -> Self {
        let own = order.awards.iter().filter(|award| award.home.is_none());
        let entries = own.flat_map(OrderAward::lots).collect();
        Self { entries, ..Self::of(order, order.member.and_then(|id| world.key_of(id)).cloned()) }
    }
}

impl Outcome {
    /// The member that it changed.
    pub fn member(&self) -> Option<&MemberKey> {
        match self {
            Self::Enrolled { member }
            | Self::Adjusted { member, .. }
            | Self::Expired { member, .. }
            | Self::Held { member, .. }
            | Self::HoldCaptured { member, .. }
            | Self::HoldReleased { member, .. }
            | Self::Redeemed { member, .. }
            | Self::RedemptionReversed { member, .. }
            | Self::Transferred { member, .. }
            | Self::Merged { member, .. }
            | Self::Unmerged { member, .. }
            | Self::StatusChanged { member }
            | Self::PartnersChanged { member }
            | Self::LotActivated { member, .. }
            | Self::LotCancelled { member, .. } => Some(member),
            _ => self.of_order().and_then(|order| order.member.as_ref()),
        }
    }

    /// The other member that it changed.
    pub fn other_member(&self) -> Option<&MemberKey> {
        match self {
            Self::Transferred { to, .. } => Some(to),
            Self::Merged { from, .. } | Self::Unmerged { from, .. } => Some(from),
            _ => None,
        }
    }

    fn of_order(&self) -> Option<&OrderOutcome> {
        match self {
            Self::OrderRecorded(order)
            | Self::ReturnRecorded(order)
            | Self::OrderCancelled(order)
            | Self::OrderClaimed(order)
            | Self::FulfilmentRecorded(order) => Some(order),
            _ => None,
        }
    }

    /// The order that it changed: (program, order id).
    pub fn order(&self) -> Option<(String, String)> {
        self.of_order().map(|order| (order.program.clone(), order.order_id.clone()))
    }

    /// The hold that it made or ended.
    pub fn hold(&self) -> Option<HoldId> {
        match self {
            Self::Held { hold, .. } | Self::HoldCaptured { hold, .. } | Self::HoldReleased { hold, .. } => {
                Some(*hold)
            }
            _ => None,
        }
    }

    /// The redemption that it made or reversed.
    pub fn redemption(&self) -> Option<RedemptionId> {
        match self {
            Self::HoldCaptured { redemption, .. }
            | Self::Redeemed { redemption, .. }
            | Self::RedemptionReversed { redemption, .. } => Some(*redemption),
            _ => None,
        }
    }

    /// Numbers of the entries that it wrote.
    pub fn entries(&self) -> &[i64] {
        match self {
            Self::Adjusted { entries, .. }
            | Self::Expired { entries, .. }
            | Self::Held { entries, .. }
            | Self::HoldCaptured { entries, .. }
            | Self::HoldReleased { entries, .. }
            | Self::Redeemed { entries, .. }
            | Self::RedemptionReversed { entries, .. }
            | Self::Transferred { entries, .. }
            | Self::LotActivated { entries, .. }
            | Self::LotCancelled { entries, .. } => entries,
            _ => self.of_order().map_or(&[], |order| &order.entries),
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

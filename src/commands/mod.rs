//! 4. The desk (pure): one file a command. Each says what it touches and decides what happens, in memory.
//!
//! A decision has two parts in this order: everything that could refuse it, then the changes. So a refused command has
//! changed nothing, and costs the others in its batch nothing. Time and ids come in as [`Context`].

pub mod adjust;
pub mod award;
pub mod cancel_order;
pub mod capture_hold;
pub mod change_lot;
pub mod claim_order;
pub mod enroll;
pub mod expire;
pub mod history;
pub mod hold;
pub mod hold_points;
pub mod link_partner;
pub mod merge;
pub mod order;
pub mod outcome;
mod own_lots;
pub mod record_fulfilment;
pub mod record_order;
pub mod record_return;
pub mod redeem;
pub mod refusal;
pub mod set_status;
pub mod snapshot;
pub mod spending;
pub mod subject;
pub mod touches;
pub mod transfer;
pub mod unmerge;
mod valuation;
pub mod world;

use serde::Serialize;

pub use self::{
    adjust::Adjust,
    award::OrderAward,
    cancel_order::CancelOrder,
    capture_hold::{CaptureHold, ReleaseHold},
    change_lot::{ChangeLot, LotChange},
    claim_order::ClaimOrder,
    enroll::Enroll,
    expire::Expire,
    history::{History, PastWallet},
    hold::{HoldRecord, OwnedHold, Redemption},
    hold_points::HoldPoints,
    link_partner::{LinkPartner, PartnerLink},
    merge::{Merge, Merged},
    order::{Order, OrderHistory, OrderInput, OrderState, ReturnRecord},
    outcome::{Decision, Outcome},
    record_fulfilment::RecordFulfilment,
    record_order::RecordOrder,
    record_return::{RecordReturn, ReturnLine},
    redeem::{Redeem, ReverseRedemption},
    refusal::{OrderFault, Refusal, ReturnFault},
    set_status::SetStatus,
    snapshot::{MemberReading, MemberSnapshot, WalletReading},
    spending::Price,
    touches::Touches,
    transfer::Transfer,
    unmerge::Unmerge,
    world::{Context, Entry, Member, MemberKey, MemberStatus, World},
};

/// A request that may change state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "command", rename_all = "camelCase")]
pub enum Command {
    Enroll(Enroll),
    RecordOrder(RecordOrder),
    RecordReturn(RecordReturn),
    CancelOrder(CancelOrder),
    Adjust(Adjust),
    Expire(Expire),
    HoldPoints(HoldPoints),
    CaptureHold(CaptureHold),
    ReleaseHold(ReleaseHold),
    Redeem(Redeem),
    ReverseRedemption(ReverseRedemption),
    Transfer(Transfer),
    Merge(Merge),
    Unmerge(Unmerge),
    SetStatus(SetStatus),
    ClaimOrder(ClaimOrder),
    RecordFulfilment(RecordFulfilment),
    ChangeLot(ChangeLot),
    LinkPartner(LinkPartner),
}

/// Does the same with whatever command it is.
macro_rules! whichever {
    ($command:expr, $it:ident => $does:expr) => {
        match $command {
            Command::Enroll($it) => $does,
            Command::RecordOrder($it) => $does,
            Command::RecordReturn($it) => $does,
            Command::CancelOrder($it) => $does,
            Command::Adjust($it) => $does,
            Command::Expire($it) => $does,
            Command::HoldPoints($it) => $does,
            Command::CaptureHold($it) => $does,
            Command::ReleaseHold($it) => $does,
            Command::Redeem($it) => $does,
            Command::ReverseRedemption($it) => $does,
            Command::Transfer($it) => $does,
            Command::Merge($it) => $does,
            Command::Unmerge($it) => $does,
            Command::SetStatus($it) => $does,
            Command::ClaimOrder($it) => $does,
            Command::RecordFulfilment($it) => $does,
            Command::ChangeLot($it) => $does,
            Command::LinkPartner($it) => $does,
        }
    };
}

impl Command {
    /// When what it tells of happened; none for what happens by being asked for.
    pub fn occurred_at(&self) -> Option<crate::clock::Instant> {
        match self {
            Self::RecordOrder(c) => Some(c.order.placed_at),
            Self::RecordReturn(c) => Some(c.returned_at),
            Self::RecordFulfilment(c) => Some(c.fulfilled_at),
            _ => None,
        }
    }

    /// Its name, for counters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Enroll(_) => "enroll",
            Self::RecordOrder(_) => "record_order",
            Self::RecordReturn(_) => "record_return",
            Self::CancelOrder(_) => "cancel_order",
            Self::Adjust(_) => "adjust",
            Self::Expire(_) => "expire",
            Self::HoldPoints(_) => "hold_points",
            Self::CaptureHold(_) => "capture_hold",
            Self::ReleaseHold(_) => "release_hold",
            Self::Redeem(_) => "redeem",
            Self::ReverseRedemption(_) => "reverse_redemption",
            Self::Transfer(_) => "transfer",
            Self::Merge(_) => "merge",
            Self::Unmerge(_) => "unmerge",
            Self::SetStatus(_) => "set_status",
            Self::ClaimOrder(_) => "claim_order",
            Self::RecordFulfilment(_) => "record_fulfilment",
            Self::ChangeLot(_) => "change_lot",
            Self::LinkPartner(_) => "link_partner",
        }
    }

    /// The programme whose rules it asks for.
    pub fn program(&self) -> &str {
        whichever!(self, c => &c.program)
    }

    /// Decides it over the world, which is changed only if it is not refused.
    pub fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let first = world.entries.len();
        let decision = whichever!(self, c => c.decide(world, context))?;
        if let Some(partner) = context.partner {
            link_partner::sign(&mut world.entries[first..], &decision.outcome, partner);
        }
        Ok(decision)
    }

    /// Fingerprint of what it asks for: two commands with one fingerprint ask for the same.
    pub fn content_hash(&self) -> String {
        crate::fingerprint::fingerprint(self)
    }
}

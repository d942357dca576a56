//! Business refusals: closed, naming the offender and its numbers. A refused command has written nothing.

use crate::{
    clock::Instant,
    ids::{EntryId, HoldId, RedemptionId},
    ledger::{HoldState, Points},
};

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{field}: {message}")]
    InvalidOrder { field: String, fault: OrderFault, message: String },
    #[error("{field}: {message}")]
    InvalidReturn { field: String, fault: ReturnFault, message: String },
    #[error("no order `{order_id}` has been recorded")]
    OrderNotFound { order_id: String },
    #[error("customer `{customer}` is not a member")]
    NotAMember { customer: String },
    #[error("customer `{customer}` is not merged into another member")]
    NotMerged { customer: String },
    #[error("customer `{customer}` is a member already")]
    AlreadyMember { customer: String },
    #[error("{required} points are needed and {available} are available", required = required.0, available = available.0)]
    InsufficientPoints { required: Points, available: Points },
    #[error("customer `{customer}` is blocked and may not spend")]
    MemberBlocked { customer: String },
    #[error("there is no hold `{hold}`")]
    HoldNotFound { hold: HoldId },
    #[error("hold `{hold}` is {state:?} and not open")]
    HoldNotOpen { hold: HoldId, state: HoldState },
    #[error("{asked} points are to be captured and {held} are held", asked = asked.0, held = held.0)]
    HoldExceeded { held: Points, asked: Points },
    #[error("there is no reward `{reward}`")]
    RewardNotFound { reward: String },
    #[error("of reward `{reward}` {left} are left")]
    OutOfStock { reward: String, left: i64 },
    #[error("there is no redemption `{redemption}`")]
    RedemptionNotFound { redemption: RedemptionId },
    #[error("redemption `{redemption}` was reversed before")]
    RedemptionReversed { redemption: RedemptionId },
    #[error("order `{order_id}` was claimed before")]
    OrderClaimed { order_id: String },
    #[error("order `{order_id}` could be claimed until {until}")]
    ClaimWindowClosed { order_id: String, until: Instant },
    #[error("order `{order_id}` was cancelled")]
    OrderCancelled { order_id: String },
    #[error("{field}: {message}")]
    InvalidFulfilment { field: String, fault: ReturnFault, message: String },
    #[error("nothing waits in the lot of entry `{entry}`")]
    NothingPending { entry: EntryId },
    /// The caller's fault, not a business no: an unknown programme, a text that is too long.
    #[error("{field}: {message}")]
    BadInput { field: String, message: String },
}

impl Refusal {
    pub(crate) fn bad_input(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::BadInput { field: field.into(), message: message.into() }
    }

    pub(crate) fn order(field: impl Into<String>, fault: OrderFault, message: impl Into<String>) -> Self {
        Self::InvalidOrder { field: field.into(), fault, message: message.into() }
    }

    pub(crate) fn fulfilled(
        field: impl Into<String>,
        fault: ReturnFault,
        message: impl Into<String>,
    ) -> Self {
        Self::InvalidFulfilment { field: field.into(), fault, message: message.into() }
    }

    pub(crate) fn returned(field: impl Into<String>, fault: ReturnFault, message: impl Into<String>) -> Self {
        Self::InvalidReturn { field: field.into(), fault, message: message.into() }
    }
}

/// What is wrong with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderFault {
    /// A text is empty or too long.
    MalformedText,
    /// It was placed in the future, or before any programme began.
    DateOutOfRange,
    /// The programme has no rate for its currency.
    UnknownCurrency,
    /// It has no line, or too many.
    LineCount,
    /// Two lines have one id.
    DuplicateLine,
    /// A quantity is not positive, or too large.
    QuantityOutOfRange,
    /// A price, discount or sum is negative, too large or too fine.
    AmountOutOfRange,
    /// An order with this id and other content was recorded before.
    ConflictingContent,
    /// A later revision of the order was recorded before.
    StaleRevision,
    /// A revision changes what cannot change, or leaves less of a line than has come back.
    UnlikeRecorded,
    /// The order was cancelled before it was corrected.
    OrderCancelled,
}

/// What is wrong with a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnFault {
    MalformedText,
    /// It happened in the future.
    DateOutOfRange,
    /// It happened before its order was placed.
    BeforeOrder,
    LineCount,
    DuplicateLine,
    /// The order has no such line.
    UnknownLine,
    QuantityOutOfRange,
    /// More comes back than was bought and is still kept.
    ExceedsBought,
    /// The order was cancelled.
    OrderCancelled,
    /// A return with this id and other content was recorded before.
    ConflictingContent,
}

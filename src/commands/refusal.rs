//! Business refusals: closed, naming the offender and its numbers. A refused command has written nothing.

use crate::ledger::Points;

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
    #[error("customer `{customer}` is a member already")]
    AlreadyMember { customer: String },
    #[error("{required} points are needed and {available} are available", required = required.0, available = available.0)]
    InsufficientPoints { required: Points, available: Points },
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

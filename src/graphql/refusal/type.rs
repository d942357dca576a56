//! Refusals as clients see them.

use async_graphql::{Enum, ID, Interface, SimpleObject};

use crate::{
    commands::{OrderFault, Refusal, ReturnFault},
    graphql::{member::LoyaltyMember, scalars::LoyaltyPoints},
    ledger::Points,
};

/// A business "no": the request was understood, and nothing was written.
#[derive(Interface)]
#[graphql(field(
    name = "message",
    ty = "&String",
    desc = "The reason in a sentence of English, for logs and developers."
))]
pub(crate) enum LoyaltyRefusal {
    InvalidOrder(LoyaltyInvalidOrder),
    InvalidReturn(LoyaltyInvalidReturn),
    OrderNotFound(LoyaltyOrderNotFound),
    NotAMember(LoyaltyNotAMember),
    AlreadyMember(LoyaltyAlreadyMember),
    InsufficientPoints(LoyaltyInsufficientPoints),
    EventFailed(LoyaltyEventFailed),
}

/// The order cannot be recorded, or quoted.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyInvalidOrder {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// Path of the wrong field, as in `order.lines[3].quantity`.
    pub(crate) field: String,
    /// The reason, for programs.
    pub(crate) reason: LoyaltyInvalidOrderReason,
}

/// What is wrong with an order.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "OrderFault")]
pub(crate) enum LoyaltyInvalidOrderReason {
    /// An id, SKU or other text is empty, longer than 128 characters, or has control characters.
    MalformedText,
    /// It was placed before the year 2000, or more than 24 hours in the future.
    DateOutOfRange,
    /// Its currency is no ISO 4217 code, or one that the programme has no rate for.
    UnknownCurrency,
    /// It has no line, or more than 2,000.
    LineCount,
    /// Two of its lines have one id.
    DuplicateLine,
    /// A quantity is not from 1 to 1,000,000.
    QuantityOutOfRange,
    /// A price, discount or sum is negative, too large, or has more than 9 digits after the point.
    AmountOutOfRange,
    /// An order with this id was recorded before, with other content.
    ConflictingContent,
    /// A later revision of the order was recorded before.
    StaleRevision,
    /// A correction changes the currency, the time or the customer, or leaves less of a line than has come back.
    UnlikeRecorded,
    /// The order was cancelled before it was corrected.
    OrderCancelled,
}

/// The return cannot be recorded.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyInvalidReturn {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// Path of the wrong field, as in `return.lines[0].lineId`.
    pub(crate) field: String,
    /// The reason, for programs.
    pub(crate) reason: LoyaltyInvalidReturnReason,
}

/// What is wrong with a return.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ReturnFault")]
pub(crate) enum LoyaltyInvalidReturnReason {
    /// An id is empty, longer than 128 characters, or has control characters.
    MalformedText,
    /// It happened before the year 2000, or more than 24 hours in the future.
    DateOutOfRange,
    /// It happened before its order was placed.
    BeforeOrder,
    /// It has no line, or more than 2,000.
    LineCount,
    /// Two of its lines name one line of the order.
    DuplicateLine,
    /// The order has no such line.
    UnknownLine,
    /// A quantity is not from 1 to 1,000,000.
    QuantityOutOfRange,
    /// More of a line comes back than was bought and not returned yet.
    ExceedsBought,
    /// The order was cancelled: there is nothing to return.
    OrderCancelled,
    /// A return with this id was recorded before, with other content.
    ConflictingContent,
}

/// No such order has been recorded in the programme.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyOrderNotFound {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The id that was asked for.
    pub(crate) order_id: ID,
}

/// The customer is no member of the programme.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyNotAMember {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The customer that was asked for.
    pub(crate) customer_id: ID,
}

/// The customer is a member of the programme already.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyAlreadyMember {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The membership that there is; null where the token does not allow reading it.
    pub(crate) member: Option<LoyaltyMember>,
}

/// There are fewer points than the request needs.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyInsufficientPoints {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// What the request needs: above 0.
    pub(crate) required: LoyaltyPoints,
    /// What can be spent now.
    pub(crate) available: LoyaltyPoints,
    /// What is missing: `required` less `available`.
    pub(crate) missing: LoyaltyPoints,
}

/// An event of a batch could not be dealt with, for no fault of its content. Nothing was written for it; send it again.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyEventFailed {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// What an error of a single mutation would have as `extensions.code`: `SERVICE_UNAVAILABLE`, `INTERNAL` or
    /// `BAD_USER_INPUT`.
    pub(crate) code: String,
}

impl LoyaltyInvalidOrder {
    pub(crate) fn new(field: String, fault: OrderFault, message: String) -> Self {
        Self { message, field, reason: fault.into() }
    }
}

impl LoyaltyInvalidReturn {
    pub(crate) fn new(field: String, fault: ReturnFault, message: String) -> Self {
        Self { message, field, reason: fault.into() }
    }
}

impl LoyaltyOrderNotFound {
    /// The refusal as this type, or the refusal back where it is another.
    pub(crate) fn of(refusal: Refusal) -> Result<Self, Refusal> {
        let message = refusal.to_string();
        match refusal {
            Refusal::OrderNotFound { order_id } => Ok(Self { message, order_id: ID(order_id) }),
            other => Err(other),
        }
    }
}

impl LoyaltyInsufficientPoints {
    pub(crate) fn new(message: String, required: Points, available: Points) -> Self {
        let missing = (required - available).into();
        Self { message, required: required.into(), available: available.into(), missing }
    }
}

/// Refusals as events of a batch have them: no more is read for them.
impl From<Refusal> for LoyaltyRefusal {
    fn from(refusal: Refusal) -> Self {
        let sentence = refusal.to_string();
        match refusal {
            Refusal::InvalidOrder { field, fault, message } => {
                Self::InvalidOrder(LoyaltyInvalidOrder::new(field, fault, message))
            }
            Refusal::InvalidReturn { field, fault, message } => {
                Self::InvalidReturn(LoyaltyInvalidReturn::new(field, fault, message))
            }
            Refusal::OrderNotFound { order_id } => {
                Self::OrderNotFound(LoyaltyOrderNotFound { message: sentence, order_id: ID(order_id) })
            }
            Refusal::NotAMember { customer } => {
                Self::NotAMember(LoyaltyNotAMember { message: sentence, customer_id: ID(customer) })
            }
            Refusal::AlreadyMember { .. } => {
                Self::AlreadyMember(LoyaltyAlreadyMember { message: sentence, member: None })
            }
            Refusal::InsufficientPoints { required, available } => {
                Self::InsufficientPoints(LoyaltyInsufficientPoints::new(sentence, required, available))
            }
            _ => {
                Self::EventFailed(LoyaltyEventFailed { message: sentence, code: "BAD_USER_INPUT".to_owned() })
            }
        }
    }
}

//! Why an order, and what becomes of it, is not recorded.

use async_graphql::{Enum, ID, SimpleObject};

use crate::{
    commands::{OrderFault, ReturnFault},
    graphql::scalars::DateTime,
};

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

/// What is wrong with a return, or with a fulfilment.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ReturnFault")]
pub(crate) enum LoyaltyInvalidReturnReason {
    /// An id is empty, longer than 128 characters, or has control characters.
    MalformedText,
    /// It happened before the year 2000, or more than 24 hours in the future.
    DateOutOfRange,
    /// It happened before its order was placed.
    BeforeOrder,
    /// It has no line, or more than 2,000; or the order has had 1,000 fulfilments.
    LineCount,
    /// Two of its lines name one line of the order.
    DuplicateLine,
    /// The order has no such line.
    UnknownLine,
    /// A quantity is not from 1 to 1,000,000.
    QuantityOutOfRange,
    /// More of a line comes back than was bought and not returned yet, or is handed over than was bought and not handed over
    /// yet.
    ExceedsBought,
    /// The order was cancelled: there is nothing to return, and nothing to hand over.
    OrderCancelled,
    /// One with this id was recorded before, with other content.
    ConflictingContent,
}

/// The fulfilment cannot be recorded.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyInvalidFulfilment {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// Path of the wrong field, as in `fulfilment.lines[0].lineId`.
    pub(crate) field: String,
    /// The reason, for programs.
    pub(crate) reason: LoyaltyInvalidReturnReason,
}

/// No such order has been recorded in the programme.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyOrderNotFound {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The id that was asked for.
    pub(crate) order_id: ID,
}

/// The order is somebody's already: it was claimed before, or it names its customer, who is another one.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyAlreadyClaimed {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The order that was to be claimed.
    pub(crate) order_id: ID,
}

/// The order was cancelled: it gives nothing any more.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyAlreadyCancelled {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The order that was to be claimed.
    pub(crate) order_id: ID,
}

/// The order is too old to be claimed.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyClaimWindowClosed {
    /// The reason in a sentence of English, for logs and developers.
    pub(crate) message: String,
    /// The order that was to be claimed.
    pub(crate) order_id: ID,
    /// Until when it could be.
    pub(crate) until: DateTime,
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

impl LoyaltyInvalidFulfilment {
    pub(super) fn new(field: String, fault: ReturnFault, message: String) -> Self {
        Self { message, field, reason: fault.into() }
    }
}

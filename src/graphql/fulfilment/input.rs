//! Fulfilments as they are sent in.

use async_graphql::{ID, InputObject};

use crate::{
    commands::{RecordFulfilment, ReturnLine},
    graphql::scalars::DateTime,
    program::Program,
};

/// A fulfilment as its OMS tells it. Its id is a key of its own within the order: the same fulfilment again changes nothing,
/// another one with the same id is refused.
#[derive(InputObject)]
pub(crate) struct LoyaltyFulfilmentInput {
    /// The OMS's own id of the fulfilment, unique in the order: 1 to 128 characters.
    id: ID,
    /// The OMS's own id of the order.
    order_id: ID,
    /// When it was handed over: not before the order was placed, and at most 24 hours in the future.
    fulfilled_at: DateTime,
    /// 1 to 2,000 lines.
    lines: Vec<LoyaltyFulfilmentLineInput>,
}

/// How many of a line are handed over.
#[derive(InputObject)]
struct LoyaltyFulfilmentLineInput {
    /// The id of the order's line; each at most once.
    line_id: ID,
    /// 1 to what was bought and not handed over yet.
    quantity: i32,
}

impl LoyaltyFulfilmentInput {
    /// The OMS's own id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn command(self, program: &Program) -> RecordFulfilment {
        let line = |line: LoyaltyFulfilmentLineInput| ReturnLine {
            line_id: line.line_id.0,
            quantity: line.quantity.into(),
        };
        RecordFulfilment {
            program: program.id().to_owned(),
            id: self.id.0,
            order_id: self.order_id.0,
            fulfilled_at: self.fulfilled_at.0,
            lines: self.lines.into_iter().map(line).collect(),
        }
    }
}

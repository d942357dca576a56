//! Returns as they are sent in.

use async_graphql::{ID, InputObject};

use crate::{
    commands::{RecordReturn, ReturnLine},
    graphql::scalars::DateTime,
    program::Program,
};

/// A return as its OMS tells it. Its id is a key of its own: the same return again changes nothing, another return with the
/// same id is refused.
#[derive(InputObject)]
pub(crate) struct LoyaltyReturnInput {
    /// The OMS's own id of the return: 1 to 128 characters.
    id: ID,
    /// The OMS's own id of the order.
    order_id: ID,
    /// When it came back: not before the order was placed, and at most 24 hours in the future.
    returned_at: DateTime,
    /// 1 to 2,000 lines.
    lines: Vec<LoyaltyReturnLineInput>,
}

/// How many of a line come back.
#[derive(InputObject)]
struct LoyaltyReturnLineInput {
    /// The id of the order's line; each at most once.
    line_id: ID,
    /// 1 to what was bought and not returned yet.
    quantity: i32,
}

impl LoyaltyReturnInput {
    /// The OMS's own id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn command(self, program: &Program) -> RecordReturn {
        let line = |line: LoyaltyReturnLineInput| ReturnLine {
            line_id: line.line_id.0,
            quantity: line.quantity.into(),
        };
        RecordReturn {
            program: program.id().to_owned(),
            id: self.id.0,
            order_id: self.order_id.0,
            returned_at: self.returned_at.0,
            lines: self.lines.into_iter().map(line).collect(),
        }
    }
}

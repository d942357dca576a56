//! Returns: what comes back of an order.

mod input;
mod mutation;

pub(crate) use self::{input::LoyaltyReturnInput, mutation::ReturnMutation};

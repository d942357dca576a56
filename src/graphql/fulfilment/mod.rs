//! Fulfilments: what is handed over of an order.

mod input;
mod mutation;

pub(crate) use self::{input::LoyaltyFulfilmentInput, mutation::FulfilmentMutation};

//! Rewards: what points can be spent on.

mod stock;
mod r#type;

pub(crate) use self::{stock::Stocks, r#type::LoyaltyReward};

//! Programmes: what a brand offers.

mod query;
mod r#type;

pub(crate) use self::{
    query::ProgramQuery,
    r#type::{LoyaltyCurrency, LoyaltyProgram, LoyaltyTier, text},
};

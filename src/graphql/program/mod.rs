//! Programmes: what a brand offers.

mod check;
mod query;
mod r#type;

pub(crate) use self::{
    check::ProgramCheckQuery,
    query::ProgramQuery,
    r#type::{LoyaltyCurrency, LoyaltyProgram, LoyaltyTier, text},
};

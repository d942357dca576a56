//! Quotes: what an order would earn, by the same code that rewards it, with nothing written.

mod query;
mod reckoning;
mod r#type;

pub(crate) use self::{
    query::QuoteQuery,
    reckoning::{points, reckon},
    r#type::LoyaltyQuote,
};

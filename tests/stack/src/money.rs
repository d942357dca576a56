//! The one type that every subgraph shares by value.

use async_graphql::SimpleObject;
use rust_decimal::Decimal;

/// An amount in one currency.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(shareable)]
pub(crate) struct Money {
    pub amount: Decimal,
    /// ISO 4217.
    currency_code: String,
}

impl Money {
    pub(crate) fn new(amount: Decimal, currency_code: &str) -> Self {
        Self { amount: amount.normalize(), currency_code: currency_code.to_owned() }
    }
}

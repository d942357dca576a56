//! Money: a decimal and its ISO 4217 currency. Never a float.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The most digits after the point that an amount may carry.
pub const AMOUNT_SCALE_MAX: u32 = 9;
/// The largest amount, either way, that is taken in: beyond it a product of two would not be exact.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// An amount in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub amount: Decimal,
    /// Three capital letters, ISO 4217.
    pub currency: String,
}

/// Whether a decimal is one that sums and products of ours keep exactly.
pub fn is_exact(amount: Decimal) -> bool {
    amount.normalize().scale() <= AMOUNT_SCALE_MAX && amount.abs() <= Decimal::from(AMOUNT_MAX)
}

/// Whether a text has the form of an ISO 4217 code.
pub fn is_currency_code(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())
}

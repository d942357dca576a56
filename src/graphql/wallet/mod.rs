//! Wallets: what a member has of one currency.

mod r#type;

pub(crate) use self::r#type::LoyaltyBalance;

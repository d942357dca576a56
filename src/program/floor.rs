//! How far below zero a balance may be brought, by whom.

use super::{
    Program,
    document::{Currency, Reward, TakeBack},
};
use crate::ledger::{Floor, Points};

impl Program {
    /// How far taking back may bring a balance below zero, for a member of a tier.
    pub fn take_back_floor(currency: &Currency, tier: Option<&str>) -> Floor {
        let of_tier = tier.and_then(|tier| currency.deficit_max_by_tier.get(tier)).copied();
        match (currency.take_back, of_tier.or(currency.deficit_max)) {
            (TakeBack::PendingOnly, _) => Floor::PendingOnly,
            (TakeBack::ClampAtZero, _) => Floor::Down(Points::ZERO),
            (TakeBack::DownToFloor, Some(max)) => Floor::Down(Points(max.cast_signed())),
            (TakeBack::DownToFloor, None) => Floor::Unlimited,
        }
    }

    /// How far spending may bring a balance below zero, for a member of a tier.
    pub fn spending_floor(currency: &Currency, tier: Option<&str>) -> Points {
        let of_tier = tier.and_then(|tier| currency.spending_deficit_max_by_tier.get(tier)).copied();
        Points(of_tier.unwrap_or(currency.spending_deficit_max).cast_signed())
    }

    pub fn reward(&self, id: &str) -> Option<&Reward> {
        self.document().rewards.iter().find(|reward| reward.id == id)
    }

    /// The currency that a reward costs.
    pub fn currency_of(&self, reward: &Reward) -> &Currency {
        let named = reward.currency.as_deref().and_then(|code| self.currency(code));
        named.unwrap_or_else(|| self.first_currency())
    }
}

//! Redemptions: points that are spent.

mod mutation;
mod reversal;
mod r#type;

pub(crate) use self::{
    mutation::{LoyaltyPointsRedeemInput, LoyaltyRewardRedeemInput, RedemptionMutation},
    reversal::ReversalMutation,
    r#type::LoyaltyRedemption,
};

//! Business refusals: types of their own, with their numbers.

mod member;
mod order;
mod spending;
mod r#type;

pub(crate) use self::{
    member::{
        LoyaltyAlreadyMember, LoyaltyMemberBlocked, LoyaltyNotAMember, LoyaltyNotMerged,
        LoyaltyNothingPending,
    },
    order::{
        LoyaltyAlreadyCancelled, LoyaltyAlreadyClaimed, LoyaltyClaimWindowClosed, LoyaltyInvalidFulfilment,
        LoyaltyInvalidOrder, LoyaltyInvalidReturn, LoyaltyOrderNotFound,
    },
    spending::{
        LoyaltyAlreadyReversed, LoyaltyHoldExceeded, LoyaltyHoldNotFound, LoyaltyHoldNotOpen,
        LoyaltyInsufficientPoints, LoyaltyOutOfStock, LoyaltyRedemptionNotFound, LoyaltyRewardNotFound,
    },
    r#type::{LoyaltyEventFailed, LoyaltyRefusal},
};

/// Gives a result a place for each refusal that is a member of its union; any other is a fault of ours.
macro_rules! refusals {
    ($result:ident: $($member:ident),+) => {
        impl $result {
            fn refused(
                visit: &$crate::graphql::visit::Visit,
                refusal: $crate::commands::Refusal,
            ) -> Result<Self, $crate::graphql::problem::Problem> {
                match $crate::graphql::refusal::LoyaltyRefusal::from(refusal.clone()) {
                    $($crate::graphql::refusal::LoyaltyRefusal::$member(refused) => {
                        Ok(Self::$member(refused))
                    })+
                    _ => Err(visit.unexpected(refusal)),
                }
            }
        }
    };
}
pub(crate) use refusals;

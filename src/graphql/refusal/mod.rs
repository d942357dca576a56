//! Business refusals: types of their own, with their numbers.

mod r#type;

pub(crate) use self::r#type::{
    LoyaltyAlreadyMember, LoyaltyEventFailed, LoyaltyInsufficientPoints, LoyaltyInvalidOrder,
    LoyaltyInvalidReturn, LoyaltyNotAMember, LoyaltyOrderNotFound, LoyaltyRefusal,
};

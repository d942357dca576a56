//! Holds: points that are set aside for a while.

mod capture;
mod mutation;
mod r#type;

pub(crate) use self::{
    capture::HoldEndMutation,
    mutation::HoldMutation,
    r#type::{LoyaltyHold, LoyaltyHoldState},
};

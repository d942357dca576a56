//! Orders: the OMS's, with what loyalty adds to them, and what loyalty keeps of them.

mod claim;
mod connection;
mod input;
mod mutation;
mod shared;
mod told;
mod r#type;

pub(crate) use self::{
    claim::ClaimMutation,
    connection::LoyaltyOrderConnection,
    input::LoyaltyOrderInput,
    mutation::{LoyaltyOrderRecordInput, OrderMutation},
    shared::{Money, Order},
    r#type::LoyaltyOrder,
};

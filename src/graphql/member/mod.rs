//! Members: customers in a programme.

mod mutation;
mod query;
mod tier;
mod r#type;

pub(crate) use self::{
    mutation::MemberMutation,
    query::MemberQuery,
    r#type::{LoyaltyMember, LoyaltyMemberStatus},
};

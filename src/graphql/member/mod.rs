//! Members: customers in a programme.

mod mutation;
mod partner;
mod past;
mod query;
mod status;
mod subscription;
mod tier;
mod r#type;

pub(crate) use self::{
    mutation::MemberMutation,
    partner::PartnerMutation,
    query::MemberQuery,
    status::MemberStatusMutation,
    subscription::MemberSubscription,
    r#type::{LoyaltyMember, LoyaltyMemberStatus},
};

//! Members: customers in a programme.

mod merge;
mod mutation;
mod partner;
mod past;
mod query;
mod status;
mod subscription;
mod tier;
mod r#type;

pub(crate) use self::{
    merge::MemberMergeMutation,
    mutation::MemberMutation,
    partner::PartnerMutation,
    query::MemberQuery,
    status::MemberStatusMutation,
    subscription::MemberSubscription,
    r#type::{LoyaltyMember, LoyaltyMemberStatus},
};

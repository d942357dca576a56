//! Partners that a member has linked.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::LoyaltyMember;
use crate::{
    commands::{Command, LinkPartner, PartnerLink},
    graphql::{
        directives::{authenticated, cost},
        problem::Problem,
        refusal::{LoyaltyNotAMember, refusals},
        scalars::DateTime,
        submit::{Answer, MemberParts},
        visit::Visit,
    },
};

#[derive(Default)]
pub(crate) struct PartnerMutation;

/// A partner that a member has linked: its apps see the member and, as far as their scopes go, give and spend points of it.
#[derive(SimpleObject)]
pub(crate) struct LoyaltyPartnerLink {
    /// The partner's id, as its apps' tokens name it.
    partner_id: ID,
    /// Since when.
    linked_at: DateTime,
}

/// A partner to link.
#[derive(InputObject)]
struct LoyaltyPartnerLinkInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Whose member is linked.
    customer_id: ID,
    /// The partner's id, as its apps' tokens name it: 1 to 128 printable characters.
    partner_id: ID,
}

/// A partner to unlink.
#[derive(InputObject)]
struct LoyaltyPartnerUnlinkInput {
    /// Names this request: 1 to 128 printable characters. The same key with the same content gets the first answer again.
    idempotency_key: ID,
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Whose member is linked.
    customer_id: ID,
    /// The partner's id, as its apps' tokens name it: 1 to 128 printable characters.
    partner_id: ID,
}

/// What became of a partner to link.
#[derive(Union)]
enum LoyaltyPartnerLinkResult {
    Done(LoyaltyPartnerLinked),
    NotAMember(LoyaltyNotAMember),
}

/// What became of a partner to unlink.
#[derive(Union)]
enum LoyaltyPartnerUnlinkResult {
    Done(LoyaltyPartnerUnlinked),
    NotAMember(LoyaltyNotAMember),
}

/// The partner sees the member.
#[derive(SimpleObject)]
struct LoyaltyPartnerLinked {
    /// The member after it.
    member: LoyaltyMember,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

/// The partner sees the member no longer.
#[derive(SimpleObject)]
struct LoyaltyPartnerUnlinked {
    /// The member after it.
    member: LoyaltyMember,
    /// True where the key had been used for the same content before: nothing was done again.
    replayed: bool,
}

refusals!(LoyaltyPartnerLinkResult: NotAMember);
refusals!(LoyaltyPartnerUnlinkResult: NotAMember);

#[Object]
impl PartnerMutation {
    /// Lets a partner see a member: from then on its apps may read it and, as far as their scopes go, give and spend points of
    /// it. One that is linked already stays so. A customer links its own; services and staff need the scope
    /// `loyalty:member:write`. Refused where the customer is no member.
    #[graphql(directive = authenticated::apply(), directive = cost::apply(10))]
    async fn loyalty_partner_link(
        &self,
        context: &Context<'_>,
        input: LoyaltyPartnerLinkInput,
    ) -> Result<LoyaltyPartnerLinkResult, Problem> {
        let LoyaltyPartnerLinkInput { idempotency_key, program, customer_id, partner_id } = input;
        let visit = Visit::of(context);
        match change(visit, &idempotency_key, program, (customer_id, partner_id), true).await? {
            Answer::Done(done) => {
                let MemberParts { member, replayed, .. } = done.into_member(visit)?;
                Ok(LoyaltyPartnerLinkResult::Done(LoyaltyPartnerLinked { member, replayed }))
            }
            Answer::Refused(refusal) => LoyaltyPartnerLinkResult::refused(visit, refusal),
        }
    }

    /// Ends a link: the partner's apps see the member no longer, and what they hold of it runs out. What they gave and spent
    /// stays. A customer unlinks its own; services and staff need the scope `loyalty:member:write`. Refused where the customer
    /// is no member.
    #[graphql(directive = authenticated::apply(), directive = cost::apply(10))]
    async fn loyalty_partner_unlink(
        &self,
        context: &Context<'_>,
        input: LoyaltyPartnerUnlinkInput,
    ) -> Result<LoyaltyPartnerUnlinkResult, Problem> {
        let LoyaltyPartnerUnlinkInput { idempotency_key, program, customer_id, partner_id } = input;
        let visit = Visit::of(context);
        match change(visit, &idempotency_key, program, (customer_id, partner_id), false).await? {
            Answer::Done(done) => {
                let MemberParts { member, replayed, .. } = done.into_member(visit)?;
                Ok(LoyaltyPartnerUnlinkResult::Done(LoyaltyPartnerUnlinked { member, replayed }))
            }
            Answer::Refused(refusal) => LoyaltyPartnerUnlinkResult::refused(visit, refusal),
        }
    }
}

async fn change(
    visit: &Visit,
    key: &str,
    program: Option<ID>,
    (customer, partner): (ID, ID),
    linked: bool,
) -> Result<Answer, Problem> {
    let program = visit.program(program.as_ref(), "input.program")?.id().to_owned();
    let command = LinkPartner { program, customer: customer.0, partner: partner.0, linked };
    visit.submit(key, Command::LinkPartner(command)).await
}

impl From<PartnerLink> for LoyaltyPartnerLink {
    fn from(link: PartnerLink) -> Self {
        Self { partner_id: link.partner.into(), linked_at: DateTime(link.linked_at) }
    }
}

//! Asking for members.

use async_graphql::{Context, ID, Object};

use super::LoyaltyMember;
use crate::{
    graphql::{
        directives::authenticated,
        problem::{Problem, unless_forbidden},
        visit::Visit,
    },
    ids::MemberId,
};

#[derive(Default)]
pub(crate) struct MemberQuery;

#[Object]
impl MemberQuery {
    /// A member by its own id. Null where there is none, and where the token does not allow it: a customer sees itself, services, staff and partners
    /// need the scope `loyalty:member:read`, and partners the member's link. One that was merged into another is that other. A malformed id is null with the error `BAD_USER_INPUT`.
    #[graphql(directive = authenticated::apply())]
    async fn loyalty_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "`mem_` and 32 hexadecimal digits.")] id: ID,
    ) -> Option<Result<LoyaltyMember, Problem>> {
        find(Visit::of(context), &id).await.transpose()
    }
}

async fn find(visit: &Visit, id: &str) -> Result<Option<LoyaltyMember>, Problem> {
    visit.identified()?;
    let id: MemberId = id.parse().map_err(|error| Problem::bad_input("id", format!("{error}")))?;
    let Some((asked, snapshot)) = visit.members_by_id(&[id]).await?.remove(&id) else { return Ok(None) };
    let allowed = unless_forbidden(visit.caller.read_member(asked.clone()))?;
    let member = allowed.and_then(|_| visit.shown(snapshot));
    Ok(member.map(|member| member.asked_for_as(asked)))
}

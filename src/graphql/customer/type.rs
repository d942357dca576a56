//! What loyalty says of a customer.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::{
    commands::MemberKey,
    graphql::{
        directives::{authenticated, entity, list_size},
        federation::Preloaded,
        member::LoyaltyMember,
        problem::{Problem, unless_forbidden},
        visit::Visit,
    },
};

/// A customer, by an id that another subgraph gave.
pub(crate) struct Customer {
    id: String,
    known: Arc<Preloaded>,
}

impl Customer {
    pub(crate) fn new(id: String, known: Arc<Preloaded>) -> Self {
        Self { id, known }
    }
}

/// A person or company that buys. Owned by another subgraph; loyalty adds the memberships.
#[Object(directive = entity::apply("id".to_owned()))]
impl Customer {
    /// The id that all subgraphs know the customer by.
    async fn id(&self) -> ID {
        ID(self.id.clone())
    }

    /// The membership in a programme. Null where the customer is no member, and where the token does not allow it: a
    /// customer sees itself, services and staff need the scope `loyalty:member:read`, and so do partners, who see members that have
    /// linked them. An unknown programme is null with the error
    /// `BAD_USER_INPUT`.
    #[graphql(directive = authenticated::apply())]
    async fn loyalty(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Id of the programme; the default one where it is left out.")] program: Option<ID>,
    ) -> Option<Result<LoyaltyMember, Problem>> {
        self.membership(Visit::of(context), program.as_ref()).await.transpose()
    }

    /// All memberships, the default programme's first. Empty where the customer is a member of none; null where the token
    /// does not allow it.
    #[graphql(directive = authenticated::apply(), directive = list_size::apply(2, None, None, None))]
    async fn loyalty_memberships(
        &self,
        context: &Context<'_>,
    ) -> Option<Result<Vec<LoyaltyMember>, Problem>> {
        let visit = Visit::of(context);
        self.memberships(visit).await.transpose()
    }
}

impl Customer {
    async fn membership(
        &self,
        visit: &Visit,
        program: Option<&ID>,
    ) -> Result<Option<LoyaltyMember>, Problem> {
        let program = visit.program(program, "program")?;
        visit.member(&self.known, program, &self.id).await
    }

    async fn memberships(&self, visit: &Visit) -> Result<Option<Vec<LoyaltyMember>>, Problem> {
        let mut handles = Vec::new();
        for program in visit.default_first() {
            let key = MemberKey::new(program.id(), &self.id);
            handles.extend(unless_forbidden(visit.caller.read_member(key))?);
        }
        if handles.is_empty() {
            return Ok(None);
        }
        let mut members = Vec::new();
        let mut unread = Vec::new();
        for handle in handles {
            match self.known.member(handle.key())? {
                Some(snapshot) => {
                    members.extend(snapshot.clone().map(|member| (handle.key().clone(), member)));
                }
                None => unread.push(handle),
            }
        }
        let read = visit.members(&unread).await?;
        let named =
            unread.iter().zip(read).filter_map(|(handle, member)| Some((handle.key().clone(), member?)));
        members.extend(named);
        let shown = |(asked, member)| Some(visit.shown(member)?.asked_for_as(asked));
        Ok(Some(members.into_iter().filter_map(shown).collect()))
    }
}

//! One request at the reception: who asks, what may be called, and how what is read shows.

mod programs;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_graphql::Context;
use hashbrown::HashMap;

use super::{
    document::EntityCosts,
    federation::Preloaded,
    member::LoyaltyMember,
    problem::{Problem, TraceId, unless_forbidden},
    schema::Limits,
};
use crate::{
    auth::{Caller, Principal, ReadMember},
    clock::Instant,
    commands::{self, MemberKey, MemberSnapshot, Redemption, Refusal},
    graphql::Services,
    ids::MemberId,
    program::{Program, Programs},
};

/// An order's place: (programme, order id).
pub(crate) type Place = (String, String);

/// What every resolver starts from. It lies in the request's data.
pub(crate) struct Visit {
    pub(crate) services: Arc<Services>,
    pub(crate) caller: Caller,
    pub(crate) trace: TraceId,
    pub(crate) limits: Limits,
    /// What calls of `_entities` cost for each representation.
    pub(crate) entity_costs: EntityCosts,
    /// Fields of entities that the request has asked for so far.
    pub(crate) entity_fields: AtomicUsize,
}

impl Visit {
    /// The visit that a resolver runs in.
    pub(crate) fn of<'a>(context: &Context<'a>) -> &'a Self {
        context.data_unchecked::<Self>()
    }

    /// The same visit, for what outlasts one resolver.
    pub(crate) fn again(&self) -> Self {
        Self {
            services: Arc::clone(&self.services),
            caller: self.caller.clone(),
            trace: self.trace,
            limits: self.limits,
            entity_costs: self.entity_costs.clone(),
            entity_fields: AtomicUsize::new(0),
        }
    }

    /// Counts fields of entities; answers how many it is by now.
    pub(crate) fn spend(&self, fields: usize) -> usize {
        self.entity_fields.fetch_add(fields, Ordering::Relaxed).saturating_add(fields)
    }

    pub(crate) fn now(&self) -> Instant {
        self.services.clock.now()
    }

    pub(crate) fn programs(&self) -> &Programs {
        &self.services.programs
    }

    /// Whether there is a token at all: reads of what does not exist ask it, so that they tell nothing to nobody.
    pub(crate) fn identified(&self) -> Result<(), Problem> {
        match self.caller.principal() {
            Principal::Anonymous => Err(Problem::Unauthenticated),
            _ => Ok(()),
        }
    }

    /// Partners see of a member what is not others'.
    pub(crate) fn is_no_partner(&self) -> Result<(), Problem> {
        if self.caller.is_partner() {
            return Err(Problem::Forbidden { needs: "a token that is no partner's" });
        }
        Ok(())
    }

    /// Logs a fault of ours and answers what the client may know of it.
    pub(crate) fn fault(&self, error: &dyn std::error::Error) -> Problem {
        Problem::fault(&self.trace, error)
    }

    /// A refusal on a field that has no union: why its input cannot be used.
    pub(crate) fn as_bad_input(&self, refusal: Refusal) -> Problem {
        match refusal {
            Refusal::InvalidOrder { field, message, .. } | Refusal::BadInput { field, message } => {
                Problem::bad_input(field, message)
            }
            other => self.unexpected(other),
        }
    }

    /// Members behind handles, in one read; None where the customer is no member. Whoever was merged into another is that
    /// other.
    pub(crate) async fn members(
        &self,
        handles: &[ReadMember],
    ) -> Result<Vec<Option<Arc<MemberSnapshot>>>, Problem> {
        if handles.is_empty() {
            return Ok(Vec::new());
        }
        let members = self.services.hot.members(handles, self.now()).await;
        self.followed(members.map_err(|error| self.fault(&error))?).await
    }

    /// A member for a command that the caller has leave for: none of what is read is shown.
    pub(crate) async fn current(&self, key: MemberKey) -> Result<Option<Arc<MemberSnapshot>>, Problem> {
        let members = self.services.pages.members_at(std::slice::from_ref(&key), self.now()).await;
        let member = members.map_err(|error| self.fault(&error))?.remove(&key).map(Arc::new);
        Ok(self.followed(vec![member]).await?.into_iter().next().flatten())
    }

    /// Members by their ids, in one read, each with the name that leave to read it is asked for.
    pub(crate) async fn members_by_id(
        &self,
        ids: &[MemberId],
    ) -> Result<HashMap<MemberId, (MemberKey, Arc<MemberSnapshot>)>, Problem> {
        let members = self.services.pages.members_by_id_at(ids, self.now()).await;
        let members = members.map_err(|error| self.fault(&error))?;
        let (keys, members): (Vec<_>, Vec<_>) = members
            .into_iter()
            .map(|(id, member)| ((id, member.key.clone()), Some(Arc::new(member))))
            .unzip();
        let members = self.followed(members).await?;
        let whole = keys.into_iter().zip(members);
        Ok(whole.filter_map(|((id, key), member)| Some((id, (key, member?)))).collect())
    }

    /// What members have become, as far as the caller sees them: one that was merged into another is that other, and one that
    /// has not linked a partner is nobody to it.
    pub(crate) async fn followed(
        &self,
        mut members: Vec<Option<Arc<MemberSnapshot>>>,
    ) -> Result<Vec<Option<Arc<MemberSnapshot>>>, Problem> {
        loop {
            let ids: Vec<MemberId> =
                members.iter().flatten().filter_map(|member| member.merged_into).collect();
            if ids.is_empty() {
                let seen = |member: &Arc<MemberSnapshot>| self.caller.sees(member);
                return Ok(members.into_iter().map(|member| member.filter(seen)).collect());
            }
            let others = self.services.pages.members_by_id_at(&ids, self.now()).await;
            let others = others.map_err(|error| self.fault(&error))?;
            let others: HashMap<_, _> = others.into_iter().map(|(id, other)| (id, Arc::new(other))).collect();
            for member in &mut members {
                if let Some(into) = member.as_ref().and_then(|member| member.merged_into) {
                    *member = others.get(&into).cloned();
                }
            }
        }
    }

    /// Recorded orders, in one read. Whoever shows one asks whether the caller may see it.
    pub(crate) async fn orders(
        &self,
        places: &[Place],
    ) -> Result<HashMap<Place, Arc<commands::Order>>, Problem> {
        if places.is_empty() {
            return Ok(HashMap::new());
        }
        let orders = self.services.pages.orders(places).await.map_err(|error| self.fault(&error))?;
        Ok(orders.into_iter().map(|(place, order)| (place, Arc::new(order))).collect())
    }

    /// What was spent on orders, in one read: a place for each order. Whoever shows it asks whether the caller may see the
    /// order.
    pub(crate) async fn spent_on(
        &self,
        places: &[Place],
    ) -> Result<HashMap<Place, Arc<[Redemption]>>, Problem> {
        let spent = self.services.pages.redemptions_of_orders(places).await;
        let mut spent = spent.map_err(|error| self.fault(&error))?;
        let of_order = |place: &Place| (place.clone(), spent.remove(place).unwrap_or_default().into());
        Ok(places.iter().map(of_order).collect())
    }

    /// What is known of a customer in a programme; None where there is no member or none that the caller may see.
    pub(crate) async fn snapshot(
        &self,
        known: &Preloaded,
        program: &str,
        customer: &str,
    ) -> Result<Option<Arc<MemberSnapshot>>, Problem> {
        let handle = self.caller.read_member(MemberKey::new(program, customer));
        let Some(handle) = unless_forbidden(handle)? else { return Ok(None) };
        if let Some(snapshot) = known.member(handle.key())? {
            return Ok(snapshot.clone());
        }
        Ok(self.members(&[handle]).await?.into_iter().next().flatten())
    }

    /// The same as the type that clients see.
    pub(crate) async fn member(
        &self,
        known: &Preloaded,
        program: &Arc<Program>,
        customer: &str,
    ) -> Result<Option<LoyaltyMember>, Problem> {
        let snapshot = self.snapshot(known, program.id(), customer).await?;
        let shown = |snapshot| {
            let asked = MemberKey::new(program.id(), customer);
            LoyaltyMember::new(snapshot, Arc::clone(program), self.now()).asked_for_as(asked)
        };
        Ok(snapshot.map(shown))
    }

    /// Who earned for an order, where the caller may read that member. Whoever it was recorded for may be another than who
    /// earned for it: one who was part of the other then, by a merge that was undone.
    pub(crate) async fn earner(
        &self,
        known: &Preloaded,
        program: &Arc<Program>,
        order: &commands::Order,
    ) -> Result<Option<LoyaltyMember>, Problem> {
        let (Some(earner), Some(customer)) = (order.member, order.customer.as_deref()) else {
            return Ok(None);
        };
        let mut named = self.member(known, program, customer).await?;
        if named.as_ref().is_some_and(|named| named.has_id(earner)) {
            return Ok(named);
        }
        let Some((key, snapshot)) = self.members_by_id(&[earner]).await?.remove(&earner) else {
            return Ok(None);
        };
        // Both may have become the same.
        if let Some(named) = named.take_if(|named| named.has_id(snapshot.id)) {
            return Ok(Some(named));
        }
        let leave = unless_forbidden(self.caller.read_member(key.clone()))?;
        let shown = |_| LoyaltyMember::new(snapshot, Arc::clone(program), self.now()).asked_for_as(key);
        Ok(leave.map(shown))
    }

    /// A snapshot as the type that clients see; None where its programme is served no longer.
    pub(crate) fn shown(&self, snapshot: Arc<MemberSnapshot>) -> Option<LoyaltyMember> {
        let program = Arc::clone(self.programs().latest(&snapshot.key.program)?);
        Some(LoyaltyMember::new(snapshot, program, self.now()))
    }
}

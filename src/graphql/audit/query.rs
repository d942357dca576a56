//! Asking for the audit log.

use async_graphql::{Context, ID, InputObject, Object};

use super::LoyaltyAuditRecordConnection;
use crate::{
    auth::scopes::Access,
    commands::order::{TEXT_MAX, is_name},
    graphql::{
        directives::{any_of, authenticated, cost, list_size, names, requires_scopes},
        page::{AuditPlace, PageArguments},
        problem::Problem,
        scalars::DateTime,
        visit::Visit,
    },
    store::{AuditFilter, Slice},
};

#[derive(Default)]
pub(crate) struct AuditQuery;

/// Which records of the audit log are asked for: those to which all of this applies.
#[derive(Default, InputObject)]
pub(crate) struct LoyaltyAuditFilter {
    /// By whom: a token's subject.
    actor_id: Option<ID>,
    /// About which customer; with `since`, because all that was done since then is looked through.
    customer_id: Option<ID>,
    /// From this instant on.
    since: Option<DateTime>,
    /// Before this instant.
    until: Option<DateTime>,
}

#[Object]
impl AuditQuery {
    /// The audit log of a programme, newest first: every write, every read by staff and administrators, and every new version
    /// of the programme. Administrators see it, and services and staff with the scope `loyalty:audit:read`.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::ReadAudit)),
        directive = cost::apply(5),
        directive = list_size::apply(20, names(&["first", "last"]), names(&["edges", "nodes"]), Some(false))
    )]
    #[expect(clippy::too_many_arguments, reason = "those of a page, and a filter")]
    async fn loyalty_audit_records(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Id of the programme; the default one where it is left out.")] program: Option<ID>,
        #[graphql(desc = "Which records; all where it is left out.")] filter: Option<LoyaltyAuditFilter>,
        #[graphql(
            desc = "So many from the newest on, or from `after` on: 1 to the service's page size (100 unless configured); 20 where neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only records after this cursor of this list, which are older.")] after: Option<
            String,
        >,
        #[graphql(desc = "So many of the oldest, or of those just before `before`; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only records before this cursor of this list, which are newer.")] before: Option<
            String,
        >,
    ) -> Result<LoyaltyAuditRecordConnection, Problem> {
        let visit = Visit::of(context);
        let allowed = visit.caller.read_audit(visit.program(program.as_ref(), "program")?.id())?;
        let filter = filter.unwrap_or_default().on(allowed.program())?;
        let slice: Slice<AuditPlace> =
            PageArguments { first, after, last, before }.slice(visit.limits.page_size_max)?;
        let place = |place: AuditPlace| place.0;
        let (after, before) = (slice.after.map(place), slice.before.map(place));
        let slice = Slice { limit: slice.limit, backward: slice.backward, after, before };
        // This question is a read itself, and what was done before it is to be in the answer.
        visit.write_down().await?;
        let sealed = visit.services.trail.seal().await;
        sealed.map_err(|error| visit.fault(&error))?;
        let page = visit.services.pages.audit_records(&filter, slice).await;
        Ok(LoyaltyAuditRecordConnection::of(visit, page.map_err(|error| visit.fault(&error))?))
    }
}

impl LoyaltyAuditFilter {
    fn on(self, program: &str) -> Result<AuditFilter, Problem> {
        let named = |field: &str, id: Option<ID>| match id {
            Some(id) if !is_name(&id) => {
                let message = format!("must have 1 to {TEXT_MAX} printable characters");
                Err(Problem::bad_input(format!("filter.{field}"), message))
            }
            id => Ok(id.map(|id| id.0)),
        };
        if self.customer_id.is_some() && self.since.is_none() {
            return Err(Problem::bad_input("filter.since", "is needed with `customerId`"));
        }
        Ok(AuditFilter {
            program: program.to_owned(),
            actor: named("actorId", self.actor_id)?,
            customer: named("customerId", self.customer_id)?,
            since: self.since.map(|at| at.0),
            until: self.until.map(|at| at.0),
        })
    }
}

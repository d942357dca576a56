//! The lane: a short way for what is asked most: members by their customers, warm; and changes that come one by one.
//!
//! For the executor each field is a future, a name and a value of their own; of a hundred customers with five fields each
//! that is most of the request's work. Here a document is planned once ([`plan`]), and its answer is then written as JSON
//! straight from the snapshots ([`write`]), which are one read of the hot balances. A change is read straight into its input,
//! submitted as its resolver does it, and answered from what it did ([`change`]).
//!
//! It is a short cut and never another answer:
//!
//! - a plan is made only of a document that the executor has just accepted, so nothing is validated here;
//! - whatever is unusual (in the document, or in the variables of one request) is declined before anything is done, and so
//!   are a missing token, a limit that is passed and every failure: the executor then answers as if it had been asked first
//!   (a change that was refused or failed is submitted again, under the same key: what was done is not done twice);
//! - members are read through the caller's own capabilities, as everywhere: there is no other way to read one.
//!
//! `tests/it/graphql/lane.rs` holds that both ways write the same bytes.

mod change;
mod known;
pub(super) mod object;
mod plan;
mod variables;
mod write;

use std::{borrow::Cow, sync::Arc};

pub(super) use self::plan::Plan;
use self::{
    plan::{Call, Questions, Steps},
    variables::Given,
    write::Found,
};
use super::{federation::budget_of, problem::unless_forbidden, visit::Visit};
use crate::{auth::ReadMember, commands::MemberKey, program::Program};

/// Answers a request by its plan: the body of the answer. None where the executor must.
pub(super) async fn answer(
    plan: &Plan,
    visit: &Visit,
    operation_name: Option<&str>,
    variables: &str,
) -> Option<Vec<u8>> {
    visit.identified().ok()?;
    if operation_name.is_some_and(|name| plan.operation.as_deref() != Some(name)) {
        return None;
    }
    match &plan.steps {
        Steps::Questions(questions) => ask(questions, visit, variables).await,
        // What a change shows a partner is less than what it did.
        Steps::Change(_) if visit.caller.is_partner() => None,
        Steps::Change(change) => change.perform(visit, variables).await,
    }
}

async fn ask(plan: &Questions, visit: &Visit, variables: &str) -> Option<Vec<u8>> {
    let given = Given::read(variables, &plan.variables)?;
    check_limits(plan, visit, &given)?;
    let mut handles = Vec::new();
    let mut asked = Vec::with_capacity(plan.calls.len());
    for call in &plan.calls {
        asked.push(Asked::of(call, &given, visit, &mut handles)?);
    }
    let now = visit.now();
    let mut members = visit.services.hot.members(&handles, now).await.ok()?;
    if members.iter().flatten().any(|member| member.merged_into.is_some()) {
        return None;
    }
    for member in &mut members {
        member.take_if(|member| !visit.caller.sees(member));
    }
    let found = asked.iter().map(|asked| Found { asked, members: &members, now });
    Some(write::body(&plan.calls, found))
}

/// The same limits as those of `_entities`.
fn check_limits(plan: &Questions, visit: &Visit, given: &Given<'_>) -> Option<()> {
    let mut cost = 0_usize;
    for call in &plan.calls {
        let representations = given.customers(call.representations).len();
        if representations > visit.limits.representations_max {
            return None;
        }
        let each = usize::try_from(call.cost).unwrap_or(usize::MAX);
        cost = cost.saturating_add(each.saturating_mul(representations));
    }
    (cost <= budget_of(visit)).then_some(())
}

/// What one `_entities` of one request asks for.
struct Asked<'a> {
    customers: &'a [Cow<'a, str>],
    /// Whose memberships are shown: those that the plan names, then, if it asks for all, all that are served.
    programs: Vec<&'a Arc<Program>>,
    /// How many of them are there because all are asked for.
    all_programs: usize,
    /// For each customer and each of those programmes the place of its handle; None where the caller may not see it.
    places: Vec<Option<usize>>,
}

impl<'a> Asked<'a> {
    fn of(
        call: &Call,
        given: &'a Given<'_>,
        visit: &'a Visit,
        handles: &mut Vec<ReadMember>,
    ) -> Option<Self> {
        let customers = given.customers(call.representations);
        let mut programs = Vec::with_capacity(call.programs.len());
        for named in &call.programs {
            programs.push(match given.program(named) {
                Some(id) => visit.served(id)?,
                None => visit.default_program()?,
            });
        }
        let named = programs.len();
        if call.all_programs {
            programs.extend(visit.default_first());
        }
        let all_programs = programs.len() - named;
        let mut places = Vec::with_capacity(customers.len() * programs.len());
        for customer in customers {
            for program in &programs {
                let handle = visit.caller.read_member(MemberKey::new(program.id(), customer));
                let handle = unless_forbidden(handle).ok()?;
                places.push(handle.is_some().then_some(handles.len()));
                handles.extend(handle);
            }
        }
        Some(Self { customers, programs, all_programs, places })
    }
}

//! What `_entities` may cost: the limits on a document count each field once, and not once for each representation.

use async_graphql::Context;

use crate::graphql::{document::Limit, problem::Problem, visit::Visit};

/// Cost of one call for each unit that the limit on complexity allows a document: a page of a hundred customers with a
/// screenful each is far within.
const REPRESENTATIONS_PER_COMPLEXITY: usize = 20;

/// Takes what a call will cost from what its request may: what is selected, times representations. A request may call
/// several times, under aliases, and all of them draw on one budget. Nobody has none to speak of.
pub(super) fn spend(context: &Context<'_>, visit: &Visit, representations: usize) -> Result<(), Problem> {
    let called = context.field().alias().unwrap_or("_entities");
    // Several of one name are one call.
    let costs = visit.entity_costs.iter().filter(|(name, _)| name == called);
    let each = costs.fold(0_u64, |sum, (_, cost)| sum.saturating_add(*cost));
    let each = usize::try_from(each).unwrap_or(usize::MAX);
    let cost = each.saturating_mul(representations);
    let budget = budget_of(visit);
    let spent = visit.spend(cost);
    if spent <= budget {
        return Ok(());
    }
    Limit::EntityFields.passed();
    let message = format!(
        "{representations} with {each} fields each bring the request to {spent} fields of entities, and it may have {budget}"
    );
    Err(Problem::bad_input("representations", message))
}

/// What all calls of a request may cost together.
pub(crate) fn budget_of(visit: &Visit) -> usize {
    let budget = visit.limits.complexity_max;
    if visit.identified().is_ok() { budget.saturating_mul(REPRESENTATIONS_PER_COMPLEXITY) } else { budget }
}

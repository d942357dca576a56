//! What `_entities` may cost: the limits on a document count each field once, and not once for each representation.

use async_graphql::{Context, SelectionField, Value};

use crate::graphql::{page::expected_size, problem::Problem, visit::Visit};

/// Fields of one call for each one that the limit on complexity allows a document: a page of a hundred customers with a
/// screenful each is far within.
const REPRESENTATIONS_PER_COMPLEXITY: usize = 20;

/// Takes what a call will cost from what its request may: fields selected, times representations. A request may call
/// several times, under aliases, and all of them draw on one budget. Nobody has none to speak of.
pub(super) fn spend(context: &Context<'_>, visit: &Visit, representations: usize) -> Result<(), Problem> {
    let fields: usize = context.field().selection_set().map(weight).fold(0, usize::saturating_add);
    let cost = fields.saturating_mul(representations);
    let budget = budget_of(visit);
    let spent = visit.spend(cost);
    if spent <= budget {
        return Ok(());
    }
    let message = format!(
        "{representations} with {fields} fields each bring the request to {spent} fields of entities, and it may have {budget}"
    );
    Err(Problem::bad_input("representations", message))
}

/// What all calls of a request may cost together.
pub(crate) fn budget_of(visit: &Visit) -> usize {
    let budget = visit.limits.complexity_max;
    if visit.identified().is_ok() { budget.saturating_mul(REPRESENTATIONS_PER_COMPLEXITY) } else { budget }
}

/// A field and everything selected below it, once for each item of a page.
fn weight(field: SelectionField<'_>) -> usize {
    let below: usize = field.selection_set().map(weight).fold(0, usize::saturating_add);
    let size = |name: &str| {
        let arguments = field.arguments().ok()?;
        arguments.into_iter().find_map(|(argument, value)| match value {
            Value::Number(size) if argument == name => i32::try_from(size.as_i64()?).ok(),
            _ => None,
        })
    };
    let items = match field.name() {
        "entries" | "orders" => expected_size(size("first"), size("last")).max(1),
        _ => 1,
    };
    below.saturating_mul(items).saturating_add(1)
}

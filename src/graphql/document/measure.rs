//! One walk through an operation: how deep it is, how much of everything it has, and what it costs.
//!
//! Fragments count as often as they are spread, for that is what is executed; and because a few of them can spread to
//! billions of fields, the walk ends as soon as there are more than any request may have.

use async_graphql::{
    Positioned,
    parser::types::{
        Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
    },
};

use super::{
    cost::{Cost, Costs, Fields, ListSize, Size},
    excess::{Excess, Limit},
};
use crate::graphql::schema::Limits;

/// Fragments that may spread each other, one in another: there is no use for as many.
const SPREADS_MAX: usize = 32;

/// Selection sets that may lie in one another: those of fields, and those of fragments between them. The walk goes down as many
/// levels, and so does the executor.
fn sets_max(limits: &Limits) -> usize {
    limits.depth_max.saturating_mul(2).saturating_add(SPREADS_MAX)
}

/// Fields and fragments that may be walked over: fragments cost a step each, and there is no use for more of them than of fields.
fn selections_max(limits: &Limits) -> usize {
    limits.complexity_max.saturating_mul(2).saturating_add(64)
}

/// What an operation was found to cost.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) cost: Cost,
    /// What each call of `_entities` costs for one representation, by its name in the answer.
    pub(super) entities: Vec<(String, Cost)>,
}

impl Measured {
    /// How many lists there are in it whose sizes depend on variables.
    pub(super) fn lists(&self) -> usize {
        let entities = self.entities.iter().map(|(_, cost)| cost.lists()).sum::<usize>();
        self.cost.lists() + entities
    }
}

/// Measures an operation against the limits. What it costs may depend on variables, and is held against its limit later. What is
/// walked over is counted for all operations of a document together: the executor looks at every one of them.
pub(super) fn measure(
    operation: &OperationDefinition,
    document: &ExecutableDocument,
    costs: &Costs,
    limits: &Limits,
    walked: &mut usize,
) -> Result<Measured, Excess> {
    let root = match operation.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    let mut walk = Walk {
        operation,
        document,
        costs,
        limits,
        selections: *walked,
        fields: 0,
        sets: 0,
        root_fields: 0,
        aliases: 0,
        directives: 0,
        spread: Vec::new(),
        entities: Vec::new(),
    };
    walk.directives(&operation.directives)?;
    let place = Place { fields: costs.fields(root), depth: 1, sized: None };
    let cost = walk.set(&operation.selection_set.node, place)?;
    *walked = walk.selections;
    Ok(Measured { cost, entities: walk.entities })
}

struct Walk<'a> {
    operation: &'a OperationDefinition,
    document: &'a ExecutableDocument,
    costs: &'a Costs,
    limits: &'a Limits,
    /// Fields, fragments and spreads that were walked over: a spread costs a step even where it spreads nothing.
    selections: usize,
    fields: usize,
    /// Selection sets that the walk is inside of, those of fragments too.
    sets: usize,
    root_fields: usize,
    aliases: usize,
    directives: usize,
    /// Fragments that are being spread.
    spread: Vec<&'a str>,
    entities: Vec<(String, Cost)>,
}

/// Where a selection stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The prices of the type's fields; none where they are not ours.
    fields: Option<&'a Fields>,
    depth: usize,
    /// In a connection, which of its fields are the list, and how long it is.
    sized: Option<(&'a ListSize, &'a Size)>,
}

impl<'a> Walk<'a> {
    fn set<'p>(&mut self, set: &'a SelectionSet, place: Place<'p>) -> Result<Cost, Excess>
    where
        'a: 'p,
    {
        let mut cost = Cost::default();
        self.sets += 1;
        Excess::check_so_far(Limit::Depth, sets_max(self.limits), self.sets)?;
        for selected in &set.items {
            self.selections += 1;
            Excess::check_so_far(Limit::Complexity, selections_max(self.limits), self.selections)?;
            self.directives(selected.node.directives())?;
            cost.add(match &selected.node {
                Selection::Field(field) => self.field(&field.node, place)?,
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map(|condition| condition.node.on.node.as_str());
                    self.set(&fragment.node.selection_set.node, self.on(on, place))?
                }
                Selection::FragmentSpread(spread) => {
                    self.spread(spread.node.fragment_name.node.as_str(), place)?
                }
            });
        }
        self.sets -= 1;
        Ok(cost)
    }

    /// What a fragment is on.
    fn on<'p>(&self, condition: Option<&str>, place: Place<'p>) -> Place<'p>
    where
        'a: 'p,
    {
        condition.map_or(place, |kind| Place { fields: self.costs.fields(kind), ..place })
    }

    fn spread<'p>(&mut self, name: &'a str, place: Place<'p>) -> Result<Cost, Excess>
    where
        'a: 'p,
    {
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Cost::default()) };
        // One that spreads itself, and one that is not there, the executor refuses.
        if self.spread.contains(&name) {
            return Ok(Cost::default());
        }
        self.spread.push(name);
        Excess::check_so_far(Limit::Depth, SPREADS_MAX, self.spread.len())?;
        self.directives(&fragment.node.directives)?;
        let on = self.on(Some(fragment.node.type_condition.node.on.node.as_str()), place);
        let cost = self.set(&fragment.node.selection_set.node, on)?;
        self.spread.pop();
        Ok(cost)
    }

    fn field<'p>(&mut self, field: &'a Field, place: Place<'p>) -> Result<Cost, Excess>
    where
        'a: 'p,
    {
        self.count(field, place.depth)?;
        let name = field.name.node.as_str();
        let price = place.fields.and_then(|fields| fields.get(name));
        let list = price.and_then(|price| price.list.as_ref());
        let size = list.map(|list| list.asked(&field.arguments, &self.operation.variable_definitions));
        let connection = list.zip(size.as_ref()).filter(|(list, _)| !list.sized.is_empty());
        let inside = Place {
            fields: price.and_then(|price| self.costs.below(price)),
            depth: place.depth + 1,
            sized: connection,
        };
        let mut cost = self.set(&field.selection_set.node, inside)?;
        if place.depth == 1 && name == "_entities" {
            self.entities.push((field.response_key().node.to_string(), cost.clone()));
        }
        let listed = place.sized.filter(|(list, _)| list.sized.iter().any(|sized| sized == name));
        let own = size.as_ref().filter(|_| connection.is_none());
        if let Some(size) = own.or(listed.map(|(_, size)| size)) {
            cost = cost.each(size);
        }
        cost.add(Cost::new(price.map_or(1, |price| price.weight)));
        Ok(cost)
    }

    fn count(&mut self, field: &Field, depth: usize) -> Result<(), Excess> {
        let limits = self.limits;
        self.fields += 1;
        self.root_fields += usize::from(depth == 1);
        self.aliases += usize::from(field.alias.is_some());
        Excess::check_so_far(Limit::Depth, limits.depth_max, depth)?;
        Excess::check_so_far(Limit::RootFields, limits.root_fields_max, self.root_fields)?;
        Excess::check_so_far(Limit::Aliases, limits.aliases_max, self.aliases)?;
        // Each costs something: it is too much already.
        Excess::check_so_far(Limit::Complexity, limits.complexity_max, self.fields)
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) -> Result<(), Excess> {
        self.directives += directives.len();
        Excess::check_so_far(Limit::Directives, self.limits.directives_max, self.directives)
    }
}

#[cfg(test)]
mod tests;

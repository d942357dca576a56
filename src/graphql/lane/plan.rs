//! Plans: what a document asks for, in the order and under the names of its answer.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{
        DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition,
        OperationType, Selection as Selected, SelectionSet,
    },
};
use async_graphql_value::Value;

use super::{
    change::{self, Perform},
    known::{CustomerField, Known},
    variables::{Kind, Variable},
};

/// How a document is answered.
pub(in crate::graphql) struct Plan {
    /// The operation's name.
    pub(super) operation: Option<String>,
    pub(super) steps: Steps,
}

/// What is done for it.
pub(super) enum Steps {
    Questions(Questions),
    Change(Box<dyn Perform>),
}

/// Members that are asked for.
pub(super) struct Questions {
    pub(super) variables: Vec<Variable>,
    pub(super) calls: Vec<Call>,
}

/// One `_entities`.
pub(super) struct Call {
    /// `"name":`, as it stands in the answer.
    pub(super) key: String,
    /// The variable's place in the plan.
    pub(super) representations: usize,
    /// What it costs for each representation, as the budget of `_entities` counts it.
    pub(super) cost: u64,
    /// Programmes whose members are shown.
    pub(super) programs: Vec<ProgramName>,
    /// Whether, beside them, all memberships are shown.
    pub(super) all_programs: bool,
    pub(super) customer: Selection<CustomerField>,
}

/// Which programme an argument names.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum ProgramName {
    Default,
    Given(String),
    /// The variable's place in the plan.
    Variable(usize),
}

/// A document's fragments by their names.
pub(super) type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// Fields of one object with what each is called in the answer.
pub(super) type Selection<K> = Vec<(String, Shown<K>)>;

/// What a field of an object shows.
pub(super) enum Shown<K> {
    /// The name of the type.
    Typename,
    Field(K),
}

/// A field as documents select it; several of one name in the answer are one.
pub(super) struct Requested<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: &'a [(Positioned<Name>, Positioned<Value>)],
    key: &'a str,
    below: Vec<&'a SelectionSet>,
}

/// Makes a plan, and notes what it reads.
pub(super) struct Planner<'a> {
    fragments: &'a Fragments,
    variables: &'a [Variable],
    programs: Vec<ProgramName>,
    pub(super) all_programs: bool,
}

impl Plan {
    /// A plan for a document that is known to be valid, and whose calls of `_entities` are known to cost so much for each
    /// representation; None where the lane does not know all of it.
    pub(in crate::graphql) fn of(document: &ExecutableDocument, costs: &[(&str, u64)]) -> Option<Self> {
        let (name, operation) = match &document.operations {
            DocumentOperations::Single(operation) => (None, &operation.node),
            DocumentOperations::Multiple(operations) => {
                let mut operations = operations.iter();
                let (name, operation) = operations.next()?;
                operations.next().is_none().then_some((Some(name.to_string()), &operation.node))?
            }
        };
        if !operation.directives.is_empty() {
            return None;
        }
        let steps = match operation.ty {
            OperationType::Query => Steps::Questions(Questions::of(operation, costs, &document.fragments)?),
            OperationType::Mutation => Steps::Change(change::of(operation, &document.fragments)?),
            OperationType::Subscription => return None,
        };
        Some(Self { operation: name, steps })
    }
}

impl Questions {
    fn of(operation: &OperationDefinition, costs: &[(&str, u64)], fragments: &Fragments) -> Option<Self> {
        let definitions = operation.variable_definitions.iter();
        let variables =
            definitions.map(|definition| Variable::of(&definition.node)).collect::<Option<Vec<_>>>()?;
        let mut calls: Vec<Call> = Vec::new();
        for selected in &operation.selection_set.node.items {
            let Selected::Field(field) = &selected.node else { return None };
            let name = field.node.response_key().node.as_str();
            let (_, cost) = costs.iter().find(|(called, _)| *called == name)?;
            let call = Call::of(&field.node, *cost, fragments, &variables)?;
            if calls.iter().any(|other| other.key == call.key) {
                return None;
            }
            calls.push(call);
        }
        Some(Self { variables, calls })
    }
}

impl Call {
    fn of(field: &Field, cost: u64, fragments: &Fragments, variables: &[Variable]) -> Option<Self> {
        if field.name.node != "_entities" || !field.directives.is_empty() {
            return None;
        }
        let [(_, Positioned { node: Value::Variable(name), .. })] = &field.arguments[..] else { return None };
        let representations = variable(variables, name, Kind::Representations)?;
        let mut planner = Planner::new(fragments, variables);
        let customer = planner.fields(&[&field.selection_set.node])?;
        let Planner { programs, all_programs, .. } = planner;
        let key = key(&field.response_key().node);
        Some(Self { key, representations, cost, programs, all_programs, customer })
    }
}

impl<'a> Planner<'a> {
    pub(super) fn new(fragments: &'a Fragments, variables: &'a [Variable]) -> Self {
        Self { fragments, variables, programs: Vec::new(), all_programs: false }
    }

    /// What is selected below the root's field.
    pub(super) fn below_root<K: Known>(&mut self, field: &'a Field) -> Option<Selection<K>> {
        self.fields(&[&field.selection_set.node])
    }

    /// What is selected below a field.
    pub(super) fn below<K: Known>(&mut self, field: &Requested<'a>) -> Option<Selection<K>> {
        self.fields(&field.below)
    }

    /// The place of the programme that a field's arguments name.
    pub(super) fn program(&mut self, arguments: &[(Positioned<Name>, Positioned<Value>)]) -> Option<usize> {
        let named = match arguments {
            [] => ProgramName::Default,
            [(_, Positioned { node: Value::String(id), .. })] => ProgramName::Given(id.clone()),
            [(_, Positioned { node: Value::Variable(name), .. })] => {
                ProgramName::Variable(variable(self.variables, name, Kind::Text)?)
            }
            _ => return None,
        };
        let place = self.programs.iter().position(|known| *known == named);
        Some(place.unwrap_or_else(|| {
            self.programs.push(named);
            self.programs.len() - 1
        }))
    }

    fn fields<K: Known>(&mut self, sets: &[&'a SelectionSet]) -> Option<Selection<K>> {
        let mut requested = Vec::new();
        for set in sets {
            self.collect::<K>(set, &mut requested)?;
        }
        let shown = |field: Requested<'a>| {
            let shown = match field.name {
                "__typename" => Shown::Typename,
                _ => Shown::Field(K::of(&field, self)?),
            };
            Some((key(field.key), shown))
        };
        requested.into_iter().map(shown).collect()
    }

    /// Fields in the order of the document, those of fragments in their place. Fields of one name become one.
    fn collect<K: Known>(&mut self, set: &'a SelectionSet, requested: &mut Vec<Requested<'a>>) -> Option<()> {
        for selected in &set.items {
            if !selected.node.directives().is_empty() {
                return None;
            }
            let (condition, set) = match &selected.node {
                Selected::Field(field) => {
                    request(&field.node, requested)?;
                    continue;
                }
                Selected::InlineFragment(fragment) => {
                    (fragment.node.type_condition.as_ref(), &fragment.node.selection_set)
                }
                Selected::FragmentSpread(spread) => {
                    let fragment = &self.fragments.get(&spread.node.fragment_name.node)?.node;
                    (Some(&fragment.type_condition), &fragment.selection_set)
                }
            };
            if condition.map_or(Some(true), |condition| K::applies(&condition.node.on.node))? {
                self.collect::<K>(&set.node, requested)?;
            }
        }
        Some(())
    }
}

fn request<'a>(field: &'a Field, requested: &mut Vec<Requested<'a>>) -> Option<()> {
    let (key, name) = (field.response_key().node.as_str(), field.name.node.as_str());
    let below = &field.selection_set.node;
    let Some(same) = requested.iter_mut().find(|same| same.key == key) else {
        requested.push(Requested { name, arguments: &field.arguments, key, below: vec![below] });
        return Some(());
    };
    let alike = same.arguments.iter().map(|(name, value)| (&name.node, &value.node));
    let alike = alike.eq(field.arguments.iter().map(|(name, value)| (&name.node, &value.node)));
    (same.name == name && alike).then(|| same.below.push(below))
}

fn variable(variables: &[Variable], name: &Name, kind: Kind) -> Option<usize> {
    variables.iter().position(|variable| variable.name == *name && variable.kind == kind)
}

pub(super) fn key(name: &str) -> String {
    format!("\"{name}\":")
}

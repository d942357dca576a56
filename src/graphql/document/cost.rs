//! What documents cost, by the prices that the SDL states: `@cost` and `@listSize`, and nothing beside them.
//!
//! A field costs 1, or its `@cost`. What is below a list is paid once for each item: as many as its slicing arguments ask for,
//! or the size that `@listSize` assumes. Where a variable says how many, the cost is a sum that is worked out for each request.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::{
        parse_schema,
        types::{
            BaseType, ConstDirective, FieldDefinition, TypeKind, TypeSystemDefinition, VariableDefinition,
        },
    },
};
use async_graphql_value::Value as WithVariables;

/// The prices of a schema's fields.
pub(super) struct Costs(HashMap<Name, Fields>);

/// Those of one type.
pub(super) type Fields = HashMap<Name, Price>;

/// What the SDL says of one field.
pub(super) struct Price {
    pub(super) weight: u64,
    pub(super) list: Option<ListSize>,
    /// The type that it is of, or a list of.
    kind: Name,
}

/// `@listSize`.
pub(super) struct ListSize {
    assumed: u64,
    /// Arguments that say how many.
    slicing: Vec<String>,
    /// Fields of a connection that are the list; none where the field is it.
    pub(super) sized: Vec<String>,
}

/// How many items a list has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Fixed(u64),
    Asked {
        /// With their defaults.
        variables: Vec<(Name, Option<u64>)>,
        given: Option<u64>,
        assumed: u64,
    },
}

/// A cost: what is fixed, and what some lists take whose sizes are in variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    fixed: u64,
    lists: Vec<(Size, Self)>,
}

impl Costs {
    /// Reads them from the schema's SDL.
    pub(super) fn of(sdl: &str) -> Self {
        let schema = parse_schema(sdl).expect("the schema's own SDL parses");
        let types = schema.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(definition.node),
            _ => None,
        });
        let priced = types.filter_map(|definition| {
            let fields = match definition.kind {
                TypeKind::Object(kind) => kind.fields,
                TypeKind::Interface(kind) => kind.fields,
                _ => return None,
            };
            let fields = fields.into_iter().map(|field| Price::of(field.node));
            Some((definition.name.node, fields.collect()))
        });
        Self(priced.collect())
    }

    /// The fields of a type. None for one that has none here: the executor's own, and unions.
    pub(super) fn fields(&self, kind: &str) -> Option<&Fields> {
        self.0.get(kind)
    }

    /// The fields of what a field answers.
    pub(super) fn below(&self, price: &Price) -> Option<&Fields> {
        self.fields(&price.kind)
    }
}

impl Price {
    fn of(field: FieldDefinition) -> (Name, Self) {
        let directive = |name: &str| field.directives.iter().map(|d| &d.node).find(|d| d.name.node == name);
        let weight = directive("cost").and_then(|cost| whole(argument(cost, "weight")?)).unwrap_or(1);
        let list = directive("listSize").map(|size| ListSize {
            assumed: argument(size, "assumedSize").and_then(whole).unwrap_or(1),
            slicing: names(argument(size, "slicingArguments")),
            sized: names(argument(size, "sizedFields")),
        });
        let mut kind = &field.ty.node.base;
        let kind = loop {
            match kind {
                BaseType::Named(name) => break name.clone(),
                BaseType::List(item) => kind = &item.base,
            }
        };
        (field.name.node, Self { weight, list, kind })
    }
}

fn argument<'a>(directive: &'a ConstDirective, name: &str) -> Option<&'a Value> {
    let mut arguments = directive.arguments.iter();
    arguments.find_map(|(known, value)| (known.node == name).then_some(&value.node))
}

fn names(list: Option<&Value>) -> Vec<String> {
    let Some(Value::List(items)) = list else { return Vec::new() };
    let name = |item: &Value| if let Value::String(name) = item { Some(name.clone()) } else { None };
    items.iter().filter_map(name).collect()
}

/// A number of items. One below zero is none: it is refused where it is used.
fn whole(value: &Value) -> Option<u64> {
    let Value::Number(number) = value else { return None };
    number.as_u64().or_else(|| number.as_i64().map(|_| 0))
}

impl ListSize {
    /// The size that a field's arguments ask for.
    pub(super) fn asked(
        &self,
        arguments: &[(Positioned<Name>, Positioned<WithVariables>)],
        definitions: &[Positioned<VariableDefinition>],
    ) -> Size {
        let (mut variables, mut given) = (Vec::new(), None);
        for (name, value) in arguments {
            if !self.slicing.iter().any(|slicing| *slicing == name.node.as_str()) {
                continue;
            }
            if let WithVariables::Variable(variable) = &value.node {
                let definition = definitions.iter().find(|definition| definition.node.name.node == *variable);
                let default = definition.and_then(|definition| definition.node.default_value.as_ref());
                variables.push((variable.clone(), default.and_then(|value| whole(&value.node))));
            } else {
                given = given.max(value.node.clone().into_const().as_ref().and_then(whole));
            }
        }
        if variables.is_empty() {
            return Size::Fixed(given.unwrap_or(self.assumed));
        }
        Size::Asked { variables, given, assumed: self.assumed }
    }
}

impl Size {
    fn with(&self, values: &Variables) -> u64 {
        match self {
            Self::Fixed(size) => *size,
            Self::Asked { variables, given, assumed } => {
                let asked = variables
                    .iter()
                    .filter_map(|(name, default)| values.get(name).map_or(*default, whole))
                    .chain(*given);
                asked.max().unwrap_or(*assumed)
            }
        }
    }
}

impl Cost {
    /// How many lists there are in it whose sizes depend on variables.
    pub(super) fn lists(&self) -> usize {
        self.lists.iter().map(|(_, below)| 1 + below.lists()).sum()
    }

    pub(super) fn new(fixed: u64) -> Self {
        Self { fixed, lists: Vec::new() }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.fixed = self.fixed.saturating_add(other.fixed);
        self.lists.extend(other.lists);
    }

    /// This, once for each item.
    pub(super) fn each(self, size: &Size) -> Self {
        match size {
            Size::Fixed(size) => {
                let lists = self.lists.into_iter();
                let lists = lists.map(|(of, below)| (of, below.each(&Size::Fixed(*size)))).collect();
                Self { fixed: self.fixed.saturating_mul(*size), lists }
            }
            asked @ Size::Asked { .. } => Self { fixed: 0, lists: vec![(asked.clone(), self)] },
        }
    }

    /// What it is for a request's variables.
    pub(super) fn with(&self, variables: &Variables) -> u64 {
        let lists = self.lists.iter();
        lists.fold(self.fixed, |sum, (size, below)| {
            sum.saturating_add(size.with(variables).saturating_mul(below.with(variables)))
        })
    }

    /// The cost, where no variable changes it.
    pub(super) fn fixed(&self) -> Option<u64> {
        self.lists.is_empty().then_some(self.fixed)
    }
}

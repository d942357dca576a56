//! The variables of one request, read straight from its JSON, as far as plans use them.

use std::{borrow::Cow, fmt};

use async_graphql::parser::types::VariableDefinition;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, Visitor},
};

use super::{object, plan::ProgramName};
use crate::commands::order::is_name;

/// A variable that a document declares.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) kind: Kind,
    may_be_null: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What `_entities` takes.
    Representations,
    /// An id or another text.
    Text,
}

/// What a request gives for the variables, in the plan's order.
pub(super) struct Given<'a>(Vec<Option<Content<'a>>>);

enum Content<'a> {
    /// Ids of customers: each representation is one.
    Customers(Vec<Cow<'a, str>>),
    Text(Cow<'a, str>),
}

impl Variable {
    /// None for a type that no plan has a use for, and for a default.
    pub(super) fn of(definition: &VariableDefinition) -> Option<Self> {
        let kind = match definition.var_type.node.to_string().as_str() {
            "[_Any!]!" => Kind::Representations,
            "ID" | "ID!" | "String" | "String!" => Kind::Text,
            _ => return None,
        };
        let usual = definition.default_value.is_none() && definition.directives.is_empty();
        let name = definition.name.node.to_string();
        usual.then_some(Self { name, kind, may_be_null: definition.var_type.node.nullable })
    }
}

impl<'a> Given<'a> {
    /// None where there is anything that is not exactly what the plan expects.
    pub(super) fn read(json: &'a str, variables: &[Variable]) -> Option<Self> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let given = Variables(variables).deserialize(&mut deserializer).ok()?;
        deserializer.end().ok()?;
        let missing =
            |(given, variable): (&Option<Content<'_>>, &Variable)| given.is_none() && !variable.may_be_null;
        (!given.0.iter().zip(variables).any(missing)).then_some(given)
    }

    /// The customers that a variable of representations names.
    pub(super) fn customers(&self, place: usize) -> &[Cow<'a, str>] {
        match &self.0[place] {
            Some(Content::Customers(customers)) => customers,
            _ => &[],
        }
    }

    /// The id of a programme; None for the default one.
    pub(super) fn program<'s>(&'s self, named: &'s ProgramName) -> Option<&'s str> {
        match named {
            ProgramName::Default => None,
            ProgramName::Given(id) => Some(id),
            ProgramName::Variable(place) => match &self.0[*place] {
                Some(Content::Text(id)) => Some(id),
                // Not given: what a plan takes for a text is declared as one, and read as one.
                _ => None,
            },
        }
    }
}

/// One customer as gateways name it. Anything else beside makes it unusual.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Representation<'a> {
    #[serde(rename = "__typename", borrow)]
    typename: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
}

struct Customer<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Customer<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Representation { typename, id } = object::one(deserializer)?;
        if typename == "Customer" && is_name(&id) { Ok(Self(id)) } else { Err(D::Error::custom("unusual")) }
    }
}

/// Reads an object that has the variables' names as its keys, each at most once.
struct Variables<'v>(&'v [Variable]);

impl<'de> DeserializeSeed<'de> for Variables<'_> {
    type Value = Given<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Given<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Variables<'_> {
    type Value = Given<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("variables")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given<'de>, A::Error> {
        let unusual = || A::Error::custom("unusual");
        let mut given: Vec<Option<Content<'de>>> = self.0.iter().map(|_| None).collect();
        while let Some(Borrowed(name)) = map.next_key()? {
            let place = self.0.iter().position(|variable| variable.name == name).ok_or_else(unusual)?;
            let content = match self.0[place].kind {
                Kind::Representations => {
                    let customers: Vec<Customer<'de>> = map.next_value()?;
                    Some(Content::Customers(customers.into_iter().map(|customer| customer.0).collect()))
                }
                Kind::Text => map.next_value::<Option<Borrowed<'de>>>()?.map(|text| Content::Text(text.0)),
            };
            if given[place].is_some() {
                return Err(unusual());
            }
            given[place] = content;
        }
        Ok(Given(given))
    }
}

/// A text, not copied where it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

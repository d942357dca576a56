//! By which way a client of a gateway comes to what a router asks by `_entities`, which is no way for clients.

use std::collections::{BTreeSet, VecDeque};

use async_graphql::parser::types::FieldDefinition;
use serde_json::{Value, json};

use super::{
    super::calls::{Call, Names, kind},
    supergraph::{Supergraph, named},
};

/// Arguments that need not be there, and without which nothing is found: rewards are the shop's.
const NAMING_THE_SHOP: [(&str, &str); 2] =
    [("Query.loyaltyProgram", "(id: \"shop\")"), ("Product.loyaltyRewards", "(program: \"shop\")")];

/// How a client asks for the same as a call does.
pub(super) struct Way<'a> {
    call: &'a Call,
    pub(super) document: String,
    /// By whose coordinates the router decides.
    pub(super) fields: Vec<String>,
    /// The type of what is named, if anything is.
    key_of: Option<String>,
}

/// One field of a way.
#[derive(Clone)]
struct Step {
    coordinate: String,
    /// With its arguments, as a document writes it.
    text: String,
    /// The type whose key is the argument `$key`.
    key_of: Option<String>,
    leads_to: String,
}

impl<'a> Way<'a> {
    pub(super) fn to(graph: &Supergraph, call: &'a Call) -> Self {
        let Some(selection) = call.asked else {
            let (document, fields) = (call.document.clone(), vec![call.door.to_owned()]);
            return Self { call, document, fields, key_of: None };
        };
        let steps =
            steps(graph, kind(call.door)).unwrap_or_else(|| panic!("no question leads to {}", call.door));
        // A field of another's type is asked of the last step; an entity is the last step.
        let is_field = call.door.contains('.');
        let mut fields: Vec<String> = steps.iter().map(|step| step.coordinate.clone()).collect();
        fields.extend(is_field.then(|| call.door.to_owned()));
        let key_of = steps.iter().find_map(|step| step.key_of.clone());
        Self { call, document: document(&steps, selection, !is_field), fields, key_of }
    }

    pub(super) fn variables(&self, names: &Names, who: &str) -> Value {
        let variables = (self.call.variables)(names, who);
        let key = self.key_of.as_deref().map(|of| key(names, of));
        if self.call.asked.is_some() { json!({"key": key, "c": variables["c"]}) } else { variables }
    }
}

fn document(steps: &[Step], selection: &str, is_last_asked: bool) -> String {
    let (last, before) = steps.split_last().unwrap();
    let name = if is_last_asked { "it: " } else { "" };
    let last = format!("{name}{} {{ {selection} }}", last.text);
    let body = before.iter().rev().fold(last, |inner, step| format!("{} {{ {inner} }}", step.text));
    let used = ["$key", "$c"].into_iter().filter(|name| body.contains(*name));
    let parameters: Vec<String> = used.map(|name| format!("{name}: ID!")).collect();
    match &parameters[..] {
        [] => format!("{{ {body} }}"),
        parameters => format!("query({}) {{ {body} }}", parameters.join(", ")),
    }
}

/// By what the subgraphs know a thing.
fn key<'a>(names: &'a Names, of: &str) -> &'a str {
    match of {
        "Customer" => &names.customer,
        "Order" => &names.order,
        "Product" => &names.sku,
        "LoyaltyMember" => &names.member,
        _ => panic!("by which name is a {of} asked for?"),
    }
}

/// The shortest way from a question to a type.
fn steps(graph: &Supergraph, to: &str) -> Option<Vec<Step>> {
    let mut ways = VecDeque::from([Vec::<Step>::new()]);
    let mut seen = BTreeSet::from(["Query".to_owned()]);
    while let Some(way) = ways.pop_front() {
        let at = way.last().map_or("Query", |step| &step.leads_to);
        for step in graph.fields(at).iter().filter_map(|field| step(at, field)) {
            if !seen.insert(step.leads_to.clone()) {
                continue;
            }
            let arrives = step.leads_to == to;
            let longer = [&way[..], &[step]].concat();
            if arrives {
                return Some(longer);
            }
            ways.push_back(longer);
        }
    }
    None
}

/// A field that can be asked with nothing but a key.
fn step(at: &str, field: &FieldDefinition) -> Option<Step> {
    let coordinate = format!("{at}.{}", field.name.node);
    let leads_to = named(&field.ty.node).to_owned();
    let needed = |argument: &&_| {
        let async_graphql::parser::types::InputValueDefinition { ty, default_value, .. } = argument;
        !ty.node.nullable && default_value.is_none()
    };
    let arguments: Vec<_> = field.arguments.iter().map(|argument| &argument.node).filter(needed).collect();
    let (arguments, key_of) = match arguments[..] {
        [] => {
            let shop = NAMING_THE_SHOP.into_iter().find(|(place, _)| *place == coordinate);
            (shop.map(|(_, text)| text.to_owned()).unwrap_or_default(), None)
        }
        [key] if ["id", "sku"].contains(&key.name.node.as_str()) => {
            (format!("({}: $key)", key.name.node), Some(leads_to.clone()))
        }
        _ => return None,
    };
    Some(Step { text: format!("{}{arguments}", field.name.node), coordinate, key_of, leads_to })
}

//! The schema: published as the code has it, composable without a loss, and with all that was promised.

use std::{collections::BTreeMap, process::Command};

use async_graphql::parser::{
    parse_schema,
    types::{
        BaseType, ConstDirective, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition,
    },
};
use async_graphql::{Name, Positioned};
use pretty_assertions::assert_eq;

use crate::support::graph::{printed, supergraph};

const PUBLISHED: &str = include_str!("../../schema/loyalty.graphql");

fn own(which: &str) -> String {
    printed(Command::new(env!("CARGO_BIN_EXE_loyalty")).args(["schema", which]))
}

#[test]
fn the_published_schemas_are_the_codes_own() {
    assert_eq!(own("graphql"), PUBLISHED, "schema/loyalty.graphql is old: run `make schema`");
    let program = include_str!("../../schema/program.schema.json");
    assert_eq!(own("program"), program, "schema/program.schema.json is old: run `make schema`");
}

/// A directive with its arguments, in one line.
fn applied(directives: &[Positioned<ConstDirective>]) -> Vec<String> {
    let argument = |(name, value): &(Positioned<Name>, Positioned<async_graphql::Value>)| {
        format!("{}: {}", name.node, value.node)
    };
    let one = |directive: &Positioned<ConstDirective>| {
        let arguments: Vec<String> = directive.node.arguments.iter().map(argument).collect();
        format!("@{}({})", directive.node.name.node, arguments.join(", "))
    };
    directives.iter().map(one).collect()
}

/// Every directive of these names, by where it stands.
fn directives(sdl: &str, names: &[&str]) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut keep = |place: String, all: &[Positioned<ConstDirective>]| {
        let kept = applied(all).into_iter().filter(|text| {
            names
                .iter()
                .any(|name| text.strip_prefix('@').is_some_and(|text| text.starts_with(&format!("{name}("))))
        });
        let mut kept: Vec<String> = kept.collect();
        kept.sort_unstable();
        if !kept.is_empty() {
            found.entry(place).or_default().extend(kept);
        }
    };
    for definition in parse_schema(sdl).unwrap().definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let name = definition.node.name.node.to_string();
        keep(name.clone(), &definition.node.directives);
        match &definition.node.kind {
            TypeKind::Object(object) => {
                for field in &object.fields {
                    let place = format!("{name}.{}", field.node.name.node);
                    for argument in &field.node.arguments {
                        keep(format!("{place}({})", argument.node.name.node), &argument.node.directives);
                    }
                    keep(place, &field.node.directives);
                }
            }
            TypeKind::InputObject(input) => {
                for field in &input.fields {
                    keep(format!("{name}.{}", field.node.name.node), &field.node.directives);
                }
            }
            _ => {}
        }
    }
    found
}

/// A directive that vanishes in composition leaves its field open: each is compared, place by place.
#[test]
fn nothing_that_guards_is_lost_in_composition() {
    let names = ["authenticated", "requiresScopes", "cost", "listSize"];
    let expected = directives(PUBLISHED, &names);
    for name in names {
        let count = expected.values().flatten().filter(|text| text.starts_with(&format!("@{name}("))).count();
        assert!(count >= 5, "the schema has only {count} @{name}: is it read at all?");
    }
    assert_eq!(directives(&supergraph(PUBLISHED), &names), expected);
}

/// What a gateway asks of loyalty, and for what it asks others first.
#[test]
fn the_composed_graph_joins_what_others_own() {
    let joined = directives(&supergraph(PUBLISHED), &["join__field"]);
    for (place, says) in [
        ("Customer.loyalty", "graph: LOYALTY"),
        (
            "Order.loyaltyQuote",
            "customer { id } channel placedAt currencyCode lines { id sku kind quantity unitPrice { amount currencyCode } }",
        ),
        ("Product.loyaltyPoints", "price { amount currencyCode }"),
        ("Query.loyaltyMember", "graph: LOYALTY"),
        ("Mutation.loyaltyEventsIngest", "graph: LOYALTY"),
        ("Order.total", "graph: OMS"),
    ] {
        // Roots of which only one subgraph has any are not marked field by field.
        let Some(found) = joined.get(place) else {
            assert!(place.starts_with("Mutation."), "{place} is not joined");
            continue;
        };
        assert!(found.iter().any(|text| text.contains(says)), "{place}: {found:?}");
    }
}

/// The type of everything in the SDL, by coordinate. Arguments are coordinates of their own: `Type.field(name)`.
fn coordinates(sdl: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for definition in parse_schema(sdl).unwrap().definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let name = definition.node.name.node.to_string();
        let of_input = |all: &mut BTreeMap<String, String>, place: String, value: &InputValueDefinition| {
            let default =
                value.default_value.as_ref().map(|value| format!(" = {}", value.node)).unwrap_or_default();
            all.insert(place, format!("{}{default}", shown(&value.ty.node)));
        };
        let of_fields = |all: &mut BTreeMap<String, String>, fields: &[Positioned<FieldDefinition>]| {
            for field in fields {
                let place = format!("{name}.{}", field.node.name.node);
                for argument in &field.node.arguments {
                    of_input(all, format!("{place}({})", argument.node.name.node), &argument.node);
                }
                all.insert(place, shown(&field.node.ty.node));
            }
        };
        match &definition.node.kind {
            TypeKind::Scalar => drop(all.insert(name.clone(), "scalar".to_owned())),
            TypeKind::Object(object) => {
                of_fields(&mut all, &object.fields);
                for interface in &object.implements {
                    all.insert(format!("{name} implements {}", interface.node), String::new());
                }
            }
            TypeKind::Interface(interface) => of_fields(&mut all, &interface.fields),
            TypeKind::Union(union) => {
                for member in &union.members {
                    all.insert(format!("{name} = {}", member.node), String::new());
                }
            }
            TypeKind::Enum(values) => {
                for value in &values.values {
                    all.insert(format!("{name}.{}", value.node.value.node), String::new());
                }
            }
            TypeKind::InputObject(input) => {
                for field in &input.fields {
                    of_input(&mut all, format!("{name}.{}", field.node.name.node), &field.node);
                }
            }
        }
    }
    all
}

fn shown(of: &Type) -> String {
    let base = match &of.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => format!("[{}]", shown(inner)),
    };
    if of.nullable { base } else { format!("{base}!") }
}

/// The names that clients rely on. More is welcome; nothing of it goes, and no type of it changes.
#[test]
fn all_that_was_promised_is_there() {
    let promised = include_str!("data/contract.txt");
    let there = coordinates(PUBLISHED);
    let lines = promised.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut missing = Vec::new();
    let mut count = 0;
    for line in lines {
        count += 1;
        let (place, of) = line.split_once(": ").unwrap_or((line, ""));
        match there.get(place) {
            None => missing.push(format!("{line}: is not there")),
            Some(found) if found != of => missing.push(format!("{line}: is {found}")),
            Some(_) => {}
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(count > 200, "the list has only {count} lines");
}

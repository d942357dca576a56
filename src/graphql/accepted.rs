//! Documents that the executor has accepted, and which of their requests it need not look at as closely again.
//!
//! Validation is the larger part of what a small request costs, and almost all of it is about the document. What is about a
//! request's variables is whether they are of their types: that is asked here, more strictly than the executor would, and
//! whatever does not pass is left to it, so that what it refuses, and how, does not change.

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::{
        parse_schema,
        types::{
            BaseType, Directive, DocumentOperations, ExecutableDocument, Selection, SelectionSet, Type,
            TypeKind, TypeSystemDefinition,
        },
    },
};
use async_graphql_value::Value as WithVariables;
use hashbrown::{HashMap, HashSet};

type Arguments = [(Positioned<Name>, Positioned<WithVariables>)];

/// What may be sent: the input types of a schema.
pub(super) struct Inputs(HashMap<Name, Input>);

enum Input {
    Enum(HashSet<Name>),
    /// Its fields with their types, and whether they may be left out.
    Object(HashMap<Name, (Type, bool)>),
}

/// The variables of a document, with their types.
pub(super) struct Signature(Vec<(Name, Type)>);

impl Inputs {
    /// Reads them from the schema's SDL.
    pub(super) fn of(sdl: &str) -> Self {
        let schema = parse_schema(sdl).expect("the schema's own SDL parses");
        let types = schema.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(definition.node),
            _ => None,
        });
        let inputs = types.filter_map(|definition| {
            let input = match definition.kind {
                TypeKind::Enum(kind) => {
                    Input::Enum(kind.values.into_iter().map(|value| value.node.value.node).collect())
                }
                TypeKind::InputObject(kind) => {
                    let fields = kind.fields.into_iter().map(|field| field.node);
                    Input::Object(
                        fields.map(|f| (f.name.node, (f.ty.node, f.default_value.is_some()))).collect(),
                    )
                }
                _ => return None,
            };
            Some((definition.name.node, input))
        });
        Self(inputs.collect())
    }

    /// Whether a value is certainly one of a type. Lists must be lists, and what is written as an object is one.
    fn fits(&self, kind: &Type, value: &Value) -> bool {
        if *value == Value::Null {
            return kind.nullable;
        }
        match (&kind.base, value) {
            (BaseType::List(item), Value::List(items)) => items.iter().all(|value| self.fits(item, value)),
            (BaseType::List(_), _) => false,
            (BaseType::Named(name), value) => match (self.0.get(name), value) {
                (Some(Input::Enum(values)), Value::String(word)) => values.contains(word.as_str()),
                (Some(Input::Object(fields)), Value::Object(given)) => {
                    given.keys().all(|name| fields.contains_key(name))
                        && fields.iter().all(|(name, (kind, has_default))| match given.get(name) {
                            Some(value) => self.fits(kind, value),
                            None => kind.nullable || *has_default,
                        })
                }
                (Some(_), _) => false,
                (None, value) => is_scalar(name, value),
            },
        }
    }
}

/// Those that GraphQL has. Those of the schema look at their values themselves, when they are used.
fn is_scalar(name: &str, value: &Value) -> bool {
    match name {
        "String" => matches!(value, Value::String(_)),
        "ID" => {
            matches!(value, Value::String(_)) || matches!(value, Value::Number(number) if number.is_i64())
        }
        "Int" => matches!(value, Value::Number(number)
            if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())),
        "Boolean" => matches!(value, Value::Boolean(_)),
        "Float" => false,
        _ => true,
    }
}

impl Signature {
    /// The signature of a document that was accepted. None where variables are parts of values, and where there are several
    /// operations: of those each would have variables of its own.
    pub(super) fn of(document: &ExecutableDocument) -> Option<Self> {
        let operation = match &document.operations {
            DocumentOperations::Single(operation) => operation,
            DocumentOperations::Multiple(operations) if operations.len() == 1 => {
                operations.values().next()?
            }
            DocumentOperations::Multiple(_) => return None,
        };
        let operation = &operation.node;
        let fragments = document.fragments.values().map(|fragment| &fragment.node);
        let whole = of_directives(&operation.directives)
            && of_set(&operation.selection_set.node)
            && fragments
                .into_iter()
                .all(|fragment| of_directives(&fragment.directives) && of_set(&fragment.selection_set.node));
        let definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
        let typed =
            definitions.map(|definition| (definition.name.node.clone(), definition.var_type.node.clone()));
        whole.then(|| Self(typed.collect()))
    }

    /// Whether a request's variables are certainly of their types. One that is left out is not looked at by the executor
    /// either, before it is used.
    pub(super) fn fits(&self, inputs: &Inputs, variables: &Variables) -> bool {
        self.0.iter().all(|(name, kind)| {
            let value = variables.get(name);
            value.is_none_or(|value| *value != Value::Null && inputs.fits(kind, value))
        })
    }
}

/// Whether each argument is a variable or has none.
fn of_arguments(arguments: &Arguments) -> bool {
    arguments.iter().all(|(_, value)| {
        matches!(value.node, WithVariables::Variable(_)) || value.node.clone().into_const().is_some()
    })
}

fn of_directives(directives: &[Positioned<Directive>]) -> bool {
    directives.iter().all(|directive| of_arguments(&directive.node.arguments))
}

fn of_set(set: &SelectionSet) -> bool {
    set.items.iter().all(|selected| {
        of_directives(selected.node.directives())
            && match &selected.node {
                Selection::Field(field) => {
                    of_arguments(&field.node.arguments) && of_set(&field.node.selection_set.node)
                }
                Selection::InlineFragment(fragment) => of_set(&fragment.node.selection_set.node),
                Selection::FragmentSpread(_) => true,
            }
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::{
        EmptyMutation, EmptySubscription, Enum, ID, InputObject, Object, Request, Schema, ValidationMode,
    };
    use proptest::{collection::vec, prelude::*, sample::select};
    use serde_json::{Value as Json, json};

    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq, Enum)]
    enum Colour {
        Red,
        Blue,
    }

    #[derive(InputObject)]
    struct Item {
        sku: ID,
        count: i32,
        colour: Option<Colour>,
        #[graphql(default = 3)]
        weight: i32,
    }

    #[derive(InputObject)]
    struct Basket {
        items: Vec<Item>,
        notes: Option<Vec<Option<String>>>,
        gift: Option<bool>,
    }

    struct Query;

    #[Object]
    impl Query {
        async fn weigh(&self, basket: Basket, colours: Option<Vec<Colour>>) -> i32 {
            let weight = |item: &Item| item.weight + item.count + i32::from(item.colour.is_some());
            let colours = colours.map_or(0, |colours| colours.len());
            let rest = basket.notes.map_or(0, |notes| notes.len())
                + usize::from(basket.gift == Some(true))
                + colours;
            basket.items.iter().map(weight).sum::<i32>() + i32::try_from(rest).unwrap_or(0)
        }
    }

    const WEIGH: &str = "query($b: Basket!, $c: [Colour!], $on: Boolean!) {
        weigh(basket: $b, colours: $c) again: weigh(basket: $b) @include(if: $on) }";

    fn schema(mode: ValidationMode) -> Schema<Query, EmptyMutation, EmptySubscription> {
        Schema::build(Query, EmptyMutation, EmptySubscription).validation_mode(mode).finish()
    }

    /// Mostly right, and wrong in every way.
    fn variables() -> impl Strategy<Value = Json> {
        let whatever = || {
            select(vec![json!(null), json!(1), json!("RED"), json!([]), json!({}), json!(true), json!(1.5)])
        };
        let one = move |right: Vec<Json>| prop_oneof![12 => select(right), 1 => whatever()];
        let item = (
            one(vec![json!("a"), json!(7)]),
            one(vec![json!(1), json!(-9)]),
            one(vec![json!("RED"), json!("GREEN")]),
        )
            .prop_map(|(sku, count, colour)| json!({"sku": sku, "count": count, "colour": colour}));
        let item = (item, 0..8_u8).prop_map(|(mut item, odd)| {
            let fields = item.as_object_mut().unwrap();
            match odd {
                0 => drop(fields.insert("weight".to_owned(), json!(4))),
                1 => drop(fields.insert("unknown".to_owned(), json!(4))),
                2 => drop(fields.remove("sku")),
                3 => drop(fields.remove("colour")),
                _ => {}
            }
            item
        });
        let items = vec(item, 0..3).prop_map(Json::from);
        let basket = (items, one(vec![json!(["x", null])]), one(vec![json!(true), json!(null)]))
            .prop_map(|(items, notes, gift)| json!({"items": items, "notes": notes, "gift": gift}));
        let colours = one(vec![json!(["RED", "BLUE"]), json!([]), json!(["RED", null])]);
        (basket, colours, one(vec![json!(true), json!(false)]), 0..9_u8).prop_map(
            |(basket, colours, on, odd)| {
                let mut all = json!({"b": basket, "c": colours, "on": on});
                let names = all.as_object_mut().unwrap();
                match odd {
                    0 => drop(names.remove("c")),
                    1 => drop(names.remove("on")),
                    2 => drop(names.insert("extra".to_owned(), json!(1))),
                    _ => {}
                }
                all
            },
        )
    }

    proptest! {
        /// What fits is answered alike with and without validation; what validation refuses never fits.
        #[test]
        fn validation_would_find_nothing_in_what_fits(json in variables()) {
            let strict = schema(ValidationMode::Strict);
            let inputs = Inputs::of(&strict.sdl());
            let signature = Signature::of(&async_graphql::parser::parse_query(WEIGH).unwrap()).unwrap();
            let ask = |schema: &Schema<_, _, _>| {
                let request = Request::new(WEIGH).variables(Variables::from_json(json.clone()));
                let response = futures_util::FutureExt::now_or_never(schema.execute(request)).unwrap();
                serde_json::to_value(&response).unwrap()
            };
            if signature.fits(&inputs, &Variables::from_json(json.clone())) {
                prop_assert_eq!(ask(&schema(ValidationMode::Fast)), ask(&strict));
            }
        }
    }

    #[test]
    fn a_request_fits_where_each_variable_is_certainly_of_its_type() {
        let inputs = Inputs::of(&schema(ValidationMode::Strict).sdl());
        let fits = |query: &str, variables: Json| {
            let signature = Signature::of(&async_graphql::parser::parse_query(query).unwrap());
            signature.is_some_and(|signature| signature.fits(&inputs, &Variables::from_json(variables)))
        };
        let item = json!({"sku": "a", "count": 1});
        for (variables, expected) in [
            (json!({"b": {"items": [item]}, "c": ["RED"], "on": true}), true),
            (json!({"b": {"items": []}, "on": true}), true),
            (json!({"b": {"items": [], "gift": null}, "on": true}), true),
            (json!({"b": {"items": item}, "on": true}), false),
            (json!({"b": {"items": [{"sku": "a"}]}, "on": true}), false),
            (json!({"b": {"items": [{"sku": "a", "count": null}]}, "on": true}), false),
            (json!({"b": {"items": [{"sku": "a", "count": 2.5}]}, "on": true}), false),
            (json!({"b": {"items": [{"sku": true, "count": 1}]}, "on": true}), false),
            (json!({"b": {"items": [], "wrapped": true}, "on": true}), false),
            (json!({"b": {"items": []}, "c": ["GREEN"], "on": true}), false),
            (json!({"b": {"items": []}, "c": null, "on": true}), false),
        ] {
            assert_eq!(fits(WEIGH, variables.clone()), expected, "{variables}");
        }
        for (query, expected) in [
            ("query($n: Int!) { weigh(basket: {items: [{sku: \"a\", count: $n}]}) }", false),
            (
                "query($on: Boolean!) { ...F @skip(if: $on) } fragment F on Query { weigh(basket: {items: []}) }",
                true,
            ),
            ("query A { __typename } query B { __typename }", false),
        ] {
            assert_eq!(fits(query, json!({"n": 1, "on": true})), expected, "{query}");
        }
    }
}

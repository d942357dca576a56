//! What the composed graph says of loyalty: which doors are its own, and what stands at them.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{
    Value,
    parser::{
        parse_schema,
        types::{BaseType, ConstDirective, FieldDefinition, Type, TypeKind, TypeSystemDefinition},
    },
};

use super::super::askers::Asker;

const ROOTS: [&str; 3] = ["Query", "Mutation", "Subscription"];

pub(super) struct Supergraph {
    objects: BTreeMap<String, Object>,
}

struct Object {
    directives: Vec<ConstDirective>,
    fields: Vec<FieldDefinition>,
}

/// The type at the bottom of lists.
pub(super) fn named(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

fn says<'a>(directive: &'a ConstDirective, argument: &str) -> Option<&'a Value> {
    directive.get_argument(argument).map(|value| &value.node)
}

fn is_loyalty(directive: &ConstDirective) -> bool {
    says(directive, "graph").is_some_and(|graph| graph.to_string() == "LOYALTY")
}

fn called<'a>(
    directives: impl IntoIterator<Item = &'a ConstDirective>,
    name: &str,
) -> Vec<&'a ConstDirective> {
    directives.into_iter().filter(|directive| directive.name.node == name).collect()
}

fn directives(field: &FieldDefinition) -> impl Iterator<Item = &ConstDirective> {
    field.directives.iter().map(|directive| &directive.node)
}

impl Object {
    fn is_entity_of_loyalty(&self) -> bool {
        let joined = called(&self.directives, "join__type");
        joined.into_iter().any(|it| is_loyalty(it) && says(it, "key").is_some())
    }

    /// Whether loyalty answers a field. Where a type is of one subgraph alone, its fields are not marked; keys, which are of
    /// all, neither.
    fn is_answered_by_loyalty(&self, field: &FieldDefinition) -> bool {
        let types = called(&self.directives, "join__type");
        let marks = called(directives(field), "join__field");
        let is_external = |it: &ConstDirective| says(it, "external") == Some(&Value::Boolean(true));
        match &marks[..] {
            [] => types.len() == 1 && is_loyalty(types[0]),
            marks => marks.iter().any(|it| is_loyalty(it) && !is_external(it)),
        }
    }
}

impl Supergraph {
    pub(super) fn read(sdl: &str) -> Self {
        let objects = parse_schema(sdl).unwrap().definitions.into_iter().filter_map(|definition| {
            let TypeSystemDefinition::Type(definition) = definition else { return None };
            let definition = definition.node;
            let TypeKind::Object(object) = definition.kind else { return None };
            let fields = object.fields.into_iter().map(|field| field.node).collect();
            let directives = definition.directives.into_iter().map(|directive| directive.node).collect();
            Some((definition.name.node.to_string(), Object { directives, fields }))
        });
        Self { objects: objects.collect() }
    }

    /// Fields that loyalty answers and a client can begin with: of the roots, and of the types of others; and its own
    /// entities.
    pub(super) fn doors(&self) -> BTreeSet<String> {
        let mut doors = BTreeSet::new();
        for (name, object) in &self.objects {
            if name.starts_with("Loyalty") {
                doors.extend(object.is_entity_of_loyalty().then(|| name.clone()));
            } else if object.is_entity_of_loyalty() || ROOTS.contains(&name.as_str()) {
                let own = object.fields.iter().filter(|field| object.is_answered_by_loyalty(field));
                doors.extend(own.map(|field| format!("{name}.{}", field.name.node)));
            }
        }
        doors
    }

    pub(super) fn fields(&self, of: &str) -> &[FieldDefinition] {
        self.objects.get(of).map_or(&[], |object| &object.fields)
    }

    /// What stands at a field and at the type that it leads to, or at a type.
    fn guards(&self, place: &str) -> Vec<&ConstDirective> {
        let at_type = |name: &str| self.objects.get(name).into_iter().flat_map(|object| &object.directives);
        let found: Vec<_> = match place.split_once('.') {
            None => at_type(place).collect(),
            Some((of, name)) => {
                let field = self.fields(of).iter().find(|field| field.name.node == name).unwrap();
                directives(field).chain(at_type(named(&field.ty.node))).collect()
            }
        };
        let both = ["authenticated", "requiresScopes"].map(|name| called(found.iter().copied(), name));
        both.concat()
    }

    /// Whether nobody passes without a token.
    pub(super) fn is_guarded(&self, place: &str) -> bool {
        self.guards(place).iter().any(|guard| guard.name.node == "authenticated")
    }

    /// Whether what stands there keeps somebody out.
    pub(super) fn forbids(&self, place: &str, asker: &Asker) -> bool {
        let lets = |guard: &ConstDirective| match says(guard, "scopes") {
            None => !asker.is_nobody(),
            Some(either) => items(either).iter().any(|all| items(all).iter().all(|one| is_of(one, asker))),
        };
        !self.guards(place).into_iter().all(lets)
    }
}

fn is_of(scope: &Value, asker: &Asker) -> bool {
    matches!(scope, Value::String(scope) if asker.has_scope(scope))
}

fn items(list: &Value) -> &[Value] {
    match list {
        Value::List(items) => items,
        _ => panic!("scopes are lists of lists: {list}"),
    }
}

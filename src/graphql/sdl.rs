//! The schema's text, as a composer of federation 2.9 takes it.
//!
//! The exporter links to version 2.5 and defines whatever it does not know there. Definitions of `@authenticated` or `@cost` in
//! a subgraph are directives of its own, which composition drops in silence: the field would be left open. So the definitions
//! go, and the names are imported from the specification instead.

use async_graphql::{ObjectType, SDLExportOptions, Schema, SubscriptionType};

/// What is imported from the specification. Those that are not used do no harm; those that are used and not imported would.
const IMPORTS: [&str; 10] = [
    "@key",
    "@shareable",
    "@external",
    "@requires",
    "@inaccessible",
    "@tag",
    "@authenticated",
    "@requiresScopes",
    "@cost",
    "@listSize",
];

/// Where the exporter's definitions of directives begin: they stand after all types.
const DEFINITION: &str = "\ndirective @";

/// Composers know `@oneOf` from its definition only.
const ONE_OF: &str = "directive @oneOf on INPUT_OBJECT";

/// The schema's text.
pub(super) fn export<Q, M, S>(schema: &Schema<Q, M, S>) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let options = SDLExportOptions::new()
        .federation()
        .prefer_single_line_descriptions()
        .use_space_ident()
        .indent_width(2);
    rewrite(&schema.sdl_with_options(options))
}

fn rewrite(exported: &str) -> String {
    let imports = IMPORTS.map(|name| format!("\"{name}\"")).join(", ");
    let link = "https://specs.apollo.dev/federation/v2.9";
    let mut sdl = format!("extend schema @link(url: \"{link}\", import: [{imports}])\n\n");
    if exported.contains(ONE_OF) {
        sdl.push_str(ONE_OF);
        sdl.push_str("\n\n");
    }
    sdl.push_str(types(exported).trim());
    sdl.push('\n');
    sdl
}

/// The types alone: up to the first definition of a directive, or its description, or the link.
fn types(exported: &str) -> &str {
    let end = exported.find(DEFINITION).or_else(|| exported.find("\nextend schema"));
    let Some(end) = end else { return exported };
    let types = &exported[..=end];
    // Types are followed by an empty line. What comes after the last one is the description of that directive.
    types.rfind("\n\n").map_or(types, |last| &types[..last])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use async_graphql::{
        Positioned,
        parser::{
            parse_schema,
            types::{ConstDirective, ServiceDocument, TypeKind, TypeSystemDefinition},
        },
    };
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{
        auth::scopes::{Customers, RULES, Rule},
        graphql::schema::sdl,
    };

    fn parsed() -> ServiceDocument {
        parse_schema(sdl()).expect("what is exported parses")
    }

    #[test]
    fn definitions_of_directives_and_the_old_link_make_room_for_the_new_link() {
        let exported = "type A @key(fields: \"id\") {\n  id: ID!\n}\n\nunion B = A\n\nWORDSdirective @include(if: \
                        Boolean!) on FIELD\ndirective @key(fields: String!) on OBJECT\nextend schema @link(\n  url: \
                        \"https://specs.apollo.dev/federation/v2.5\",\n)\n";
        let expected = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \
                        \"@shareable\", \"@external\", \"@requires\", \"@inaccessible\", \"@tag\", \"@authenticated\", \
                        \"@requiresScopes\", \"@cost\", \"@listSize\"])\n\ntype A @key(fields: \"id\") {\n  id: \
                        ID!\n}\n\nunion B = A\n";
        assert_eq!(rewrite(&exported.replace("WORDS", "\"words\"\n")), expected);
        assert_eq!(rewrite(&exported.replace("WORDS", "")), expected);
    }

    #[test]
    fn every_directive_that_is_used_is_imported_or_defined() {
        for (place, _) in sdl().match_indices('@') {
            let name: String =
                sdl()[place..].chars().take_while(|c| *c == '@' || c.is_ascii_alphanumeric()).collect();
            let known = IMPORTS.contains(&name.as_str())
                || ["@link", "@oneOf", "@deprecated"].contains(&name.as_str());
            assert!(known, "{name} is neither imported nor defined");
        }
    }

    #[test]
    fn every_type_field_argument_and_value_is_described() {
        let mut bare = Vec::new();
        for definition in parsed().definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let definition = definition.node;
            let name = definition.name.node.to_string();
            if definition.description.is_none() {
                bare.push(name.clone());
            }
            match definition.kind {
                TypeKind::Object(object) => {
                    for field in &object.fields {
                        let path = format!("{name}.{}", field.node.name.node);
                        let is_input = |argument: &str| argument == "input" || argument == "representations";
                        let arguments = field.node.arguments.iter().filter(|a| a.node.description.is_none());
                        let arguments = arguments.filter(|a| !is_input(&a.node.name.node));
                        bare.extend(arguments.map(|a| format!("{path}({})", a.node.name.node)));
                        if field.node.description.is_none() {
                            bare.push(path);
                        }
                    }
                }
                TypeKind::InputObject(object) => {
                    let fields = object.fields.iter().filter(|field| field.node.description.is_none());
                    bare.extend(fields.map(|field| format!("{name}.{}", field.node.name.node)));
                }
                TypeKind::Enum(values) => {
                    let values = values.values.iter().filter(|value| value.node.description.is_none());
                    bare.extend(values.map(|value| format!("{name}.{}", value.node.value.node)));
                }
                _ => {}
            }
        }
        assert_eq!(bare, Vec::<String>::new());
    }

    /// A list that says nothing of its size costs what one item does, and so would a thousand.
    #[test]
    fn every_list_of_objects_says_how_long_it_is() {
        let mut silent = Vec::new();
        for definition in parsed().definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let definition = definition.node;
            let TypeKind::Object(object) = definition.kind else { continue };
            let name = definition.name.node.to_string();
            // Of these the field that leads to them says it.
            let is_page = name.ends_with("Connection");
            for field in object.fields.into_iter().map(|field| field.node).filter(|_| !is_page) {
                let has = |name: &str| field.directives.iter().any(|it| it.node.name.node == name);
                let of = field.ty.node.to_string();
                let is_words = of.starts_with("[String") || of.starts_with("[ID");
                if of.starts_with('[') && !is_words && !has("listSize") && !has("external") {
                    silent.push(format!("{name}.{}", field.name.node));
                }
            }
        }
        assert_eq!(silent, Vec::<String>::new());
    }

    /// What the schema says of each place: whether a token is needed, and the scopes of which any one is.
    fn places() -> BTreeMap<String, (bool, Vec<String>)> {
        let mut places = BTreeMap::new();
        for definition in parsed().definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let definition = definition.node;
            let name = definition.name.node.to_string();
            let TypeKind::Object(object) = definition.kind else { continue };
            let is_ours = name.starts_with("Loyalty");
            if is_ours && definition.directives.iter().any(|directive| directive.node.name.node == "key") {
                places.insert(name.clone(), locks(&definition.directives));
            }
            let is_root = ["Query", "Mutation", "Subscription"].contains(&name.as_str());
            for field in object.fields.into_iter().map(|field| field.node) {
                let is_contributed = !is_ours && field.name.node.starts_with("loyalty");
                if is_root || is_contributed || !locks(&field.directives).1.is_empty() {
                    places.insert(format!("{name}.{}", field.name.node), locks(&field.directives));
                }
            }
        }
        places
    }

    fn locks(directives: &[Positioned<ConstDirective>]) -> (bool, Vec<String>) {
        let named = |name: &'static str| directives.iter().find(move |it| it.node.name.node == name);
        let scopes = named("requiresScopes").map(|it| it.node.arguments[0].1.node.to_string());
        let scopes = scopes.map(|text| {
            text.split(&['[', ']', '"', ',', ' '][..])
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        });
        (named("authenticated").is_some(), scopes.unwrap_or_default())
    }

    /// The table and the schema: each place of the one is in the other, and is locked as the rules say that stand for it. A
    /// scope is named where nobody comes in without one.
    #[test]
    fn the_schema_asks_for_what_the_table_says() {
        let mut table: BTreeMap<String, (bool, Vec<String>)> = BTreeMap::new();
        for place in RULES.iter().flat_map(|rule| rule.places) {
            let rules: Vec<&Rule> = RULES.iter().filter(|rule| rule.places.contains(place)).collect();
            let is_open = rules.iter().any(|rule| rule.customers != Customers::Nothing);
            let scopes = rules.iter().flat_map(|rule| rule.scopes).filter(|_| !is_open);
            table.insert((*place).to_owned(), (true, scopes.map(|scope| scope.name().to_owned()).collect()));
        }
        assert_eq!(places(), table);
    }
}

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
    use async_graphql::parser::{
        parse_schema,
        types::{ServiceDocument, TypeKind, TypeSystemDefinition},
    };
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::graphql::schema::sdl;

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

    #[test]
    fn what_needs_a_token_says_so() {
        assert!(sdl().contains("\ntype Query {\n") && sdl().contains("\ntype Mutation {\n"));
        let mut open = Vec::new();
        for definition in parsed().definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let definition = definition.node;
            let name = definition.name.node.to_string();
            let TypeKind::Object(object) = definition.kind else { continue };
            let root = ["Query", "Mutation", "Subscription"].contains(&name.as_str());
            for field in object.fields {
                let field = field.node;
                let contributed = field.name.node.starts_with("loyalty");
                let locked = field.directives.iter().any(|d| d.node.name.node == "authenticated");
                if (root || contributed) && !locked {
                    open.push(format!("{name}.{}", field.name.node));
                }
            }
        }
        assert_eq!(open, Vec::<String>::new());
    }

    #[test]
    fn a_mutation_that_needs_a_scope_says_which() {
        let mutations = [
            ("loyaltyOrderRecord", "loyalty:orders:write"),
            ("loyaltyOrderCancel", "loyalty:orders:write"),
            ("loyaltyReturnRecord", "loyalty:orders:write"),
            ("loyaltyEventsIngest", "loyalty:orders:write"),
            ("loyaltyOrderClaim", "loyalty:orders:write"),
            ("loyaltyFulfilmentRecord", "loyalty:orders:write"),
            ("loyaltyPointsAdjust", "loyalty:points:adjust"),
            ("loyaltyLotActivate", "loyalty:points:adjust"),
            ("loyaltyLotCancel", "loyalty:points:adjust"),
            ("loyaltyHoldCapture", "loyalty:points:hold"),
            ("loyaltyHoldRelease", "loyalty:points:hold"),
            ("loyaltyRedemptionReverse", "loyalty:points:hold"),
            ("loyaltyMemberBlock", "loyalty:member:write"),
            ("loyaltyMemberUnblock", "loyalty:member:write"),
            ("loyaltyMemberMerge", "loyalty:member:write"),
        ];
        for (mutation, scope) in mutations {
            let line =
                sdl().lines().find(|line| line.trim_start().starts_with(&format!("{mutation}("))).unwrap();
            assert!(line.contains(&format!("@requiresScopes(scopes: [[\"{scope}\"]])")), "{line}");
        }
    }
}

//! The directives of federation that the exporter does not know, written where they apply.
//!
//! Left as they are exported they would be definitions of our own, and a composer would drop them in silence (and with
//! `@authenticated` the lock on the field). [`super::sdl`] turns them into imports of the federation specification.
//!
//! `@key` is among them because the executor must not know it: it would answer `_entities` itself, and one bad
//! representation would cost its neighbours their answers. [`super::federation`] answers instead.

use async_graphql::TypeDirective;

use crate::auth::scopes::Access;

#[TypeDirective(name = "key", location = "Object", repeatable)]
pub(crate) fn entity(fields: String) {}

#[TypeDirective(location = "Object", location = "FieldDefinition")]
pub(crate) fn authenticated() {}

#[TypeDirective(name = "requiresScopes", location = "FieldDefinition")]
pub(crate) fn requires_scopes(scopes: Vec<Vec<String>>) {}

#[TypeDirective(location = "FieldDefinition")]
pub(crate) fn cost(weight: i32) {}

/// A list: `assumed_size` where no argument names the size. `sized_fields` for a connection, whose list lies a level deeper.
#[TypeDirective(name = "listSize", location = "FieldDefinition")]
pub(crate) fn list_size(
    assumed_size: i32,
    slicing_arguments: Option<Vec<String>>,
    sized_fields: Option<Vec<String>>,
    require_one_slicing_argument: Option<bool>,
) {
}

/// Names, as the arguments of `@listSize` want them.
#[expect(clippy::unnecessary_wraps, reason = "the arguments that take it may be left out")]
pub(crate) fn names(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

/// The scopes of which any one is needed, as the argument of `@requiresScopes` wants them.
pub(crate) fn any_of(access: Access) -> Vec<Vec<String>> {
    access.rule().scopes.iter().map(|scope| vec![scope.name().to_owned()]).collect()
}

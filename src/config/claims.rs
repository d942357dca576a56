//! What the claims of tokens are called: identity providers differ.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::{
    ConfigError,
    reader::Reader,
    variables::{
        AUTH_CLAIM_KIND, AUTH_CLAIM_PARTNER, AUTH_CLAIM_PROGRAMS, AUTH_CLAIM_SCOPE, AUTH_CLAIM_STORES,
        AUTH_CLAIM_SUBJECT, Variable,
    },
};

/// Where a token says what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    pub subject: ClaimPaths,
    pub kind: ClaimPaths,
    pub scope: ClaimPaths,
    pub programs: ClaimPaths,
    pub partner: ClaimPaths,
    pub stores: ClaimPaths,
}

/// Names of one claim, at least one: the first that a token has counts. Those after it are not looked at, so that a token
/// never gets more than what its issuer gave it in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPaths(Vec<String>);

/// A text names no claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name is empty")]
pub struct EmptyName;

impl ClaimNames {
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let paths = |variable: &Variable| {
            reader.parse(variable, "names of claims with commas between them, with dots between nested ones")
        };
        Ok(Self {
            subject: paths(&AUTH_CLAIM_SUBJECT)?,
            kind: paths(&AUTH_CLAIM_KIND)?,
            scope: paths(&AUTH_CLAIM_SCOPE)?,
            programs: paths(&AUTH_CLAIM_PROGRAMS)?,
            partner: paths(&AUTH_CLAIM_PARTNER)?,
            stores: paths(&AUTH_CLAIM_STORES)?,
        })
    }
}

/// The names where nothing is set.
impl Default for ClaimNames {
    fn default() -> Self {
        Self::read(&Reader(&|_| None)).expect("the defaults of the table are names")
    }
}

impl FromStr for ClaimPaths {
    type Err = EmptyName;

    fn from_str(text: &str) -> Result<Self, EmptyName> {
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        let is_empty = |name: &String| name.split('.').any(str::is_empty);
        if names.iter().any(is_empty) { Err(EmptyName) } else { Ok(Self(names)) }
    }
}

impl ClaimPaths {
    /// The claim; null is as good as not there. A name is tried as it stands before it is taken for a path: some providers
    /// name claims by addresses, which have dots in them.
    pub fn find<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        let of_name = |name: &String| claims.get(name).or_else(|| nested(claims, name));
        self.0.iter().find_map(|name| of_name(name).filter(|claim| !claim.is_null()))
    }

    /// Puts a claim where it is looked for first.
    pub fn put(&self, claims: &mut Map<String, Value>, claim: Value) {
        let path = &self.0[0];
        let (folders, name) =
            path.rsplit_once('.').map_or(("", path.as_str()), |(folders, name)| (folders, name));
        let mut place = claims;
        for folder in folders.split('.').filter(|folder| !folder.is_empty()) {
            let inner = place.entry(folder).or_insert_with(|| Value::Object(Map::new()));
            // Only another claim that was put there could be in the way, and of the two the later one is meant.
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            place = inner.as_object_mut().expect("it is one by now");
        }
        place.insert(name.to_owned(), claim);
    }
}

fn nested<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let (first, rest) = path.split_once('.')?;
    rest.split('.').try_fold(claims.get(first)?, |claim, name| claim.as_object()?.get(name))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn found(names: &str, claims: &Value) -> Option<Value> {
        names.parse::<ClaimPaths>().unwrap().find(claims.as_object().unwrap()).cloned()
    }

    #[test]
    fn the_first_claim_that_is_there_counts() {
        let claims = json!({
            "scp": ["a"], "permissions": ["b"], "scope": null,
            "realm": { "roles": ["c"], "none": null }, "https://shop.test/kind": "staff",
        });
        for (names, claim) in [
            ("scope,scp,permissions", json!(["a"])),
            ("permissions , scp", json!(["b"])),
            ("realm.roles", json!(["c"])),
            ("realm.none,scp", json!(["a"])),
            ("https://shop.test/kind", json!("staff")),
        ] {
            assert_eq!(found(names, &claims), Some(claim), "{names}");
        }
        for names in ["scope", "realm.roles.deep", "realm.gone", "gone.roles", "scp.0"] {
            assert_eq!(found(names, &claims), None, "{names}");
        }
    }

    #[test]
    fn a_claim_is_found_where_it_was_put() {
        for path in ["scope", "a.b.c", "a.d", "a"] {
            let mut claims = json!({ "a": { "b": 1 } }).as_object().unwrap().clone();
            let paths: ClaimPaths = format!("{path},scp").parse().unwrap();
            paths.put(&mut claims, json!("words"));
            assert_eq!(paths.find(&claims), Some(&json!("words")), "{path}: {claims:?}");
        }
    }

    #[test]
    fn an_empty_name_is_none() {
        for names in ["", "a,", ",", "a..b", ".a", "a."] {
            assert_eq!(names.parse::<ClaimPaths>(), Err(EmptyName), "{names:?}");
        }
    }
}

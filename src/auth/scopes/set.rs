//! The scopes of one token.

use super::{SCOPES, Scope};

/// Scopes: a bit each, in the table's order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScopeSet(u8);

const _: () = assert!(SCOPES.len() <= u8::BITS as usize, "a set has a bit for each scope");

impl ScopeSet {
    /// Takes the scopes that are ours; a token may carry others for other services.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let ours = names.into_iter().filter_map(|name| SCOPES.iter().find(|scope| scope.name() == name));
        Self(ours.fold(0, |set, scope| set | bit(*scope)))
    }

    /// Whether it has any of these.
    pub fn has_any(self, scopes: &[Scope]) -> bool {
        scopes.iter().any(|scope| self.0 & bit(*scope) != 0)
    }
}

fn bit(scope: Scope) -> u8 {
    1 << scope as u8
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_set_has_what_it_was_given_and_nothing_else() {
        let set = ScopeSet::of([Scope::MemberRead.name(), "openid", Scope::ProgramRead.name()]);
        let held: Vec<_> = SCOPES.iter().filter(|scope| set.has_any(&[**scope])).collect();
        assert_eq!(held, [&Scope::MemberRead, &Scope::ProgramRead]);
        assert!(set.has_any(&[Scope::PointsHold, Scope::ProgramRead]), "one of several is enough");
        assert!(!set.has_any(&[]), "nothing is not everything");
    }
}

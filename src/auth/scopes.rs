//! What a token can be given: one table. Messages, the minting of tokens and the schema's `@requiresScopes` read it.

/// A permission that a token carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    pub name: &'static str,
    pub allows: &'static str,
}

pub const MEMBER_READ: &str = "loyalty:member:read";
pub const MEMBER_WRITE: &str = "loyalty:member:write";
pub const ORDERS_WRITE: &str = "loyalty:orders:write";
pub const POINTS_ADJUST: &str = "loyalty:points:adjust";
pub const POINTS_HOLD: &str = "loyalty:points:hold";
pub const PROGRAM_READ: &str = "loyalty:program:read";

/// Every scope there is.
pub const SCOPES: [Scope; 6] = [
    Scope { name: MEMBER_READ, allows: "read any member: balances, tier, entries and orders" },
    Scope { name: MEMBER_WRITE, allows: "enrol, block and merge members" },
    Scope {
        name: ORDERS_WRITE,
        allows: "record orders, fulfilments, returns, cancellations and claims, and read what they did",
    },
    Scope {
        name: POINTS_ADJUST,
        allows: "add or take points by hand, and activate or cancel what waits, with a reason",
    },
    Scope { name: POINTS_HOLD, allows: "hold, capture, release, spend and transfer points of any member" },
    Scope { name: PROGRAM_READ, allows: "read programmes and ask what an order would earn" },
];

/// The scopes of one token: a bit each, in the table's order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScopeSet(u8);

impl ScopeSet {
    /// Takes the scopes that are ours; a token may carry others for other services.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().filter_map(bit).fold(0, |set, bit| set | bit))
    }

    pub fn has(self, name: &str) -> bool {
        bit(name).is_some_and(|bit| self.0 & bit != 0)
    }
}

fn bit(name: &str) -> Option<u8> {
    SCOPES.iter().position(|scope| scope.name == name).map(|i| 1 << i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_it_was_given_and_nothing_else() {
        let set = ScopeSet::of([MEMBER_READ, "openid", PROGRAM_READ]);
        let held: Vec<_> = SCOPES.iter().map(|scope| scope.name).filter(|name| set.has(name)).collect();
        assert_eq!(held, [MEMBER_READ, PROGRAM_READ]);
        assert!(!set.has("openid"), "not ours");
    }
}

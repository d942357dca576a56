//! What a token can be given, and what needs it: one table. The checks of [`super::capability`], the schema's
//! `@requiresScopes`, the minting of tokens and the README read it, so that they cannot differ.

mod page;
mod set;

pub use self::{page::markdown, set::ScopeSet};

macro_rules! scopes {
    ($($scope:ident = $name:literal, $allows:literal;)*) => {
        /// A permission that a token carries.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Scope { $($scope),* }

        /// Every scope there is.
        pub const SCOPES: &[Scope] = &[$(Scope::$scope),*];

        impl Scope {
            pub const fn name(self) -> &'static str {
                match self { $(Self::$scope => $name),* }
            }

            pub const fn allows(self) -> &'static str {
                match self { $(Self::$scope => $allows),* }
            }
        }
    };
}

scopes! {
    MemberRead = "loyalty:member:read",
        "read any member: balances, tier, entries and orders; partners, of members who linked them, what is not another's";
    MemberWrite = "loyalty:member:write", "enrol, block, unblock and merge members, and link partners";
    OrdersWrite = "loyalty:orders:write",
        "record orders, fulfilments, returns, cancellations and claims, and read what they did";
    PointsAdjust = "loyalty:points:adjust",
        "add or take points by hand, and activate or call off what waits, with a reason; partners only add";
    PointsHold = "loyalty:points:hold",
        "hold, capture, release, spend, reverse and transfer points of any member; partners transfer none, and end only what they began";
    ProgramRead = "loyalty:program:read", "read programmes and ask what an order would earn";
    ProgramWrite = "loyalty:program:write", "have documents of programmes checked";
    AuditRead = "loyalty:audit:read", "read the audit log: who did and read what";
}

/// Something that may be asked for: what the schema's fields need, and what capabilities are given out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    ReadMember,
    ReadOrder,
    ReadProgram,
    QuoteMember,
    QuoteAnybody,
    Enrol,
    LinkPartner,
    ManageMember,
    WriteOrder,
    Spend,
    Transfer,
    EndSpending,
    Adjust,
    ChangeLot,
    CheckProgram,
    ReadAudit,
}

/// What customers may without any scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Customers {
    /// Whatever it is about.
    Any,
    /// What is about themselves.
    Own,
    Nothing,
}

/// Who may. Administrators may everything, nobody without a token anything; what is not said here is denied.
#[derive(Debug)]
pub struct Rule {
    pub access: Access,
    /// In words, for the README.
    pub what: &'static str,
    pub customers: Customers,
    /// Any one of these lets services and staff; the first is what they are told that they lack.
    pub scopes: &'static [Scope],
    /// Any one of these lets partners: where a member is concerned, one who has linked them.
    pub partners: &'static [Scope],
    /// Where the schema asks for it: coordinates, and types that have keys. A place may ask for one thing or another.
    pub places: &'static [&'static str],
}

/// The table, in the order of [`Access`].
pub const RULES: [Rule; 16] = [
    Rule {
        access: Access::ReadMember,
        what: "read members: balances, tier, entries, orders, holds, redemptions",
        customers: Customers::Own,
        scopes: &[Scope::MemberRead],
        partners: &[Scope::MemberRead],
        places: &[
            "Customer.loyalty",
            "Customer.loyaltyMemberships",
            "Query.loyaltyMember",
            "Subscription.loyaltyBalanceChanged",
            "LoyaltyMember",
            "LoyaltyHold",
            "LoyaltyRedemption",
        ],
    },
    Rule {
        access: Access::ReadOrder,
        what: "read what loyalty did with orders",
        customers: Customers::Own,
        scopes: &[Scope::MemberRead, Scope::OrdersWrite],
        partners: &[],
        places: &["Order.loyalty", "LoyaltyOrder"],
    },
    Rule {
        access: Access::ReadProgram,
        what: "read programmes and rewards",
        customers: Customers::Any,
        scopes: &[Scope::ProgramRead],
        partners: &[Scope::ProgramRead],
        places: &[
            "Query.loyaltyProgram",
            "Query.loyaltyPrograms",
            "Product.loyaltyRewards",
            "LoyaltyProgram",
            "LoyaltyReward",
        ],
    },
    Rule {
        access: Access::QuoteMember,
        what: "ask what an order would earn a customer, whose tier the answer shows",
        customers: Customers::Own,
        scopes: &[Scope::MemberRead],
        partners: &[],
        places: &["Query.loyaltyQuote", "Order.loyaltyQuote", "Product.loyaltyPoints"],
    },
    Rule {
        access: Access::QuoteAnybody,
        what: "ask what an order would earn nobody in particular",
        customers: Customers::Any,
        scopes: &[Scope::ProgramRead, Scope::OrdersWrite],
        partners: &[Scope::ProgramRead],
        places: &["Query.loyaltyQuote", "Order.loyaltyQuote", "Product.loyaltyPoints"],
    },
    Rule {
        access: Access::Enrol,
        what: "make customers members",
        customers: Customers::Own,
        scopes: &[Scope::MemberWrite],
        partners: &[],
        places: &["Mutation.loyaltyMemberEnroll"],
    },
    Rule {
        access: Access::LinkPartner,
        what: "let a partner see a member, and stop that",
        customers: Customers::Own,
        scopes: &[Scope::MemberWrite],
        partners: &[],
        places: &["Mutation.loyaltyPartnerLink", "Mutation.loyaltyPartnerUnlink"],
    },
    Rule {
        access: Access::ManageMember,
        what: "block and unblock members, merge two and undo that",
        customers: Customers::Nothing,
        scopes: &[Scope::MemberWrite],
        partners: &[],
        places: &[
            "Mutation.loyaltyMemberBlock",
            "Mutation.loyaltyMemberUnblock",
            "Mutation.loyaltyMemberMerge",
            "Mutation.loyaltyMemberUnmerge",
        ],
    },
    Rule {
        access: Access::WriteOrder,
        what: "record orders, fulfilments and returns, cancel, claim, ingest",
        customers: Customers::Nothing,
        scopes: &[Scope::OrdersWrite],
        partners: &[],
        places: &[
            "Mutation.loyaltyOrderRecord",
            "Mutation.loyaltyOrderCancel",
            "Mutation.loyaltyOrderClaim",
            "Mutation.loyaltyFulfilmentRecord",
            "Mutation.loyaltyReturnRecord",
            "Mutation.loyaltyEventsIngest",
        ],
    },
    Rule {
        access: Access::Spend,
        what: "hold and spend points",
        customers: Customers::Own,
        scopes: &[Scope::PointsHold],
        partners: &[Scope::PointsHold],
        places: &[
            "Mutation.loyaltyPointsHold",
            "Mutation.loyaltyRewardHold",
            "Mutation.loyaltyPointsRedeem",
            "Mutation.loyaltyRewardRedeem",
        ],
    },
    Rule {
        access: Access::Transfer,
        what: "transfer points",
        customers: Customers::Own,
        scopes: &[Scope::PointsHold],
        partners: &[],
        places: &["Mutation.loyaltyPointsTransfer"],
    },
    Rule {
        access: Access::EndSpending,
        what: "capture and release holds, reverse redemptions",
        customers: Customers::Nothing,
        scopes: &[Scope::PointsHold],
        partners: &[Scope::PointsHold],
        places: &[
            "Mutation.loyaltyHoldCapture",
            "Mutation.loyaltyHoldRelease",
            "Mutation.loyaltyRedemptionReverse",
        ],
    },
    Rule {
        access: Access::Adjust,
        what: "give points by hand; take them (not partners)",
        customers: Customers::Nothing,
        scopes: &[Scope::PointsAdjust],
        partners: &[Scope::PointsAdjust],
        places: &["Mutation.loyaltyPointsAdjust"],
    },
    Rule {
        access: Access::ChangeLot,
        what: "activate and call off what waits",
        customers: Customers::Nothing,
        scopes: &[Scope::PointsAdjust],
        partners: &[],
        places: &["Mutation.loyaltyLotActivate", "Mutation.loyaltyLotCancel"],
    },
    Rule {
        access: Access::CheckProgram,
        what: "have documents of programmes checked",
        customers: Customers::Nothing,
        scopes: &[Scope::ProgramWrite],
        partners: &[],
        places: &["Query.loyaltyProgramCheck"],
    },
    Rule {
        access: Access::ReadAudit,
        what: "read the audit log",
        customers: Customers::Nothing,
        scopes: &[Scope::AuditRead],
        partners: &[],
        places: &["Query.loyaltyAuditRecords"],
    },
];

impl Access {
    pub fn rule(self) -> &'static Rule {
        &RULES[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_what_may_be_asked_for() {
        for (place, rule) in RULES.iter().enumerate() {
            assert_eq!(rule.access as usize, place, "{rule:?}");
            assert!(!rule.scopes.is_empty(), "nobody could be told what is needed: {rule:?}");
        }
    }
}

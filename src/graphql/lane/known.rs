//! The types and fields that the lane knows. A field with arguments that are not named here is one that it does not know.

use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

use super::plan::{Planner, Requested, Selection};

/// Fields of one type.
pub(super) trait Known: Sized {
    /// The type's name.
    const TYPE: &'static str;

    /// Whether what is selected for a type is selected for this one. None where the lane does not know.
    fn applies(condition: &str) -> Option<bool> {
        (condition == Self::TYPE).then_some(true)
    }

    /// None for a field that the lane does not know.
    fn of<'a>(field: &Requested<'a>, planner: &mut Planner<'a>) -> Option<Self>;
}

pub(super) enum CustomerField {
    Id,
    /// The membership in the programme at a place of the call's.
    Loyalty(usize, Selection<MemberField>),
    Memberships(Selection<MemberField>),
}

pub(super) enum MemberField {
    Id,
    Program(Selection<ProgramField>),
    Status,
    EnrolledAt,
    Balance(Selection<BalanceField>),
    Wallets(Selection<BalanceField>),
    Tier(Selection<StandingField>),
}

pub(super) enum BalanceField {
    Currency(Selection<CurrencyField>),
    Available,
    Pending,
    Held,
    LifetimeEarned,
    Version,
}

pub(super) enum StandingField {
    Tier(Selection<LevelField>),
    Since,
    Until,
    Qualifying,
    Next(Selection<LevelField>),
    ToNext,
    ToKeep,
}

pub(super) enum LevelField {
    Id,
    Name(Language),
    Threshold,
    Multiplier,
    Benefits,
}

pub(super) enum CurrencyField {
    Code,
    Name(Language),
    Scale,
}

pub(super) enum ProgramField {
    Id,
    Name(Language),
    Version,
    TimeZone,
    Currencies(Selection<CurrencyField>),
    Tiers(Selection<LevelField>),
}

/// The language in which a text is wished for.
pub(super) type Language = Option<String>;

impl Known for CustomerField {
    const TYPE: &'static str = "Customer";

    fn of<'a>(field: &Requested<'a>, planner: &mut Planner<'a>) -> Option<Self> {
        Some(match (field.name, field.arguments) {
            ("id", []) => Self::Id,
            ("loyalty", arguments) => Self::Loyalty(planner.program(arguments)?, planner.below(field)?),
            ("loyaltyMemberships", []) => {
                planner.all_programs = true;
                Self::Memberships(planner.below(field)?)
            }
            _ => return None,
        })
    }
}

impl Known for MemberField {
    const TYPE: &'static str = "LoyaltyMember";

    fn of<'a>(field: &Requested<'a>, planner: &mut Planner<'a>) -> Option<Self> {
        Some(match (field.name, field.arguments) {
            ("id", []) => Self::Id,
            ("program", []) => Self::Program(planner.below(field)?),
            ("status", []) => Self::Status,
            ("enrolledAt", []) => Self::EnrolledAt,
            ("balance", []) => Self::Balance(planner.below(field)?),
            ("wallets", []) => Self::Wallets(planner.below(field)?),
            ("tier", []) => Self::Tier(planner.below(field)?),
            _ => return None,
        })
    }
}

impl Known for BalanceField {
    const TYPE: &'static str = "LoyaltyBalance";

    fn of<'a>(field: &Requested<'a>, planner: &mut Planner<'a>) -> Option<Self> {
        Some(match (field.name, field.arguments) {
            ("currency", []) => Self::Currency(planner.below(field)?),
            ("available", []) => Self::Available,
            ("pending", []) => Self::Pending,
            ("held", []) => Self::Held,
            ("lifetimeEarned", []) => Self::LifetimeEarned,
            ("version", []) => Self::Version,
            _ => return None,
        })
    }
}

impl Known for StandingField {
    const TYPE: &'static str = "LoyaltyTierStatus";

    fn of<'a>(field: &Requested<'a>, planner: &mut Planner<'a>) -> Option<Self> {
        Some(match (field.name, field.arguments) {
            ("tier", []) => Self::Tier(planner.below(field)?),
            ("since", []) => Self::Since,
            ("until", []) => Self::Until,
            ("qualifying", []) => Self::Qualifying,
            ("next", []) => Self::Next(planner.below(field)?),
            ("toNext", []) => Self::ToNext,
            ("toKeep", []) => Self::ToKeep,
            _ => return None,
        })
    }
}

impl Known for LevelField {
    const TYPE: &'static str = "LoyaltyTier";

    fn of<'a>(field: &Requested<'a>, _: &mut Planner<'a>) -> Option<Self> {
        Some(match (field.name, field.arguments) {
            ("id", []) => Self::Id,
            ("name", arguments) => Self::Name(language(arguments)?),
            ("threshold", []) => Self::Threshold,
            ("multiplier", []) => Self::Multiplier,
            ("benefits", []) => Self::Benefits,
            _ => return None,
        })
    }
}

impl Known for CurrencyField {
    const TYPE: &'static str = "LoyaltyCurrency";

    fn of<'a>(field: &Requested<'a>, _: &mut Planner<'a>) -> Option<Self> {
        Some(match (field.name, field.arguments) {
            ("code", []) => Self::Code,
            ("name", arguments) => Self::Name(language(arguments)?),
            ("scale", []) => Self::Scale,
            _ => return None,
        })
    }
}

impl Known for ProgramField {
    const TYPE: &'static str = "LoyaltyProgram";

    fn of<'a>(field: &Requested<'a>, planner: &mut Planner<'a>) -> Option<Self> {
        Some(match (field.name, field.arguments) {
            ("id", []) => Self::Id,
            ("name", arguments) => Self::Name(language(arguments)?),
            ("version", []) => Self::Version,
            ("timeZone", []) => Self::TimeZone,
            ("currencies", []) => Self::Currencies(planner.below(field)?),
            ("tiers", []) => Self::Tiers(planner.below(field)?),
            _ => return None,
        })
    }
}

fn language(arguments: &[(Positioned<Name>, Positioned<Value>)]) -> Option<Language> {
    match arguments {
        [] => Some(None),
        [(_, Positioned { node: Value::String(tag), .. })] => Some(Some(tag.clone())),
        _ => None,
    }
}

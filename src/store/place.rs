//! Where PostgreSQL has rows (their `ctid`): one that is found by its place needs no search in a tree.
//!
//! A row gets another place with each change, and by other means too. So a remembered place is a guess: whoever finds a row
//! by it also asks whether it is the row that is meant ([`super::write`]), and finds nothing where it is not.

use hashbrown::HashMap;
use sea_orm::sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef, types::Oid},
};

use crate::ids::MemberId;

/// PostgreSQL's numbers of its types of a place, and of an array of them.
const TID: Oid = Oid(27);
const TIDS: Oid = Oid(1010);

/// A block, and a number in it, which begins with 1: nowhere by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place(pub [u8; 6]);

/// Where the rows of a member are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Places {
    pub member: Place,
    /// As far as they are known, in the order of the member's wallets.
    pub wallets: Vec<Place>,
}

/// Where members are that a batch has saved.
#[derive(Debug, Default)]
pub struct MemberPlaces(pub(super) HashMap<MemberId, Places>);

impl Place {
    pub(super) fn is_known(self) -> bool {
        self != Self::default()
    }
}

impl Places {
    /// Where the wallet with this number is.
    pub(super) fn wallet(&self, number: usize) -> Place {
        self.wallets.get(number).copied().unwrap_or_default()
    }
}

impl Encode<'_, Postgres> for Place {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Place {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(Self(value.as_bytes()?.try_into()?))
    }
}

impl Type<Postgres> for Place {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TID)
    }
}

impl PgHasArrayType for Place {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIDS)
    }
}

#[cfg(test)]
mod tests;

//! Identifiers. Randomness is a parameter: this is the one place that asks for it.

use std::{fmt, str::FromStr, sync::Arc};

use chrono::Timelike as _;
use serde::{Deserialize, Serialize};
use uuid::{ContextV7, Timestamp, Uuid};

use crate::clock::Instant;

/// Why a text is not an id of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {kind} id: {reason}")]
pub struct MalformedId {
    pub kind: &'static str,
    pub text: String,
    pub reason: &'static str,
}

impl MalformedId {
    fn new(kind: &'static str, text: &str, reason: &'static str) -> Self {
        Self { kind, text: text.chars().take(64).collect(), reason }
    }
}

/// An id that is a UUIDv7 behind a prefix that says of what.
macro_rules! prefixed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, MalformedId> {
                let malformed = |reason| MalformedId::new($kind, text, reason);
                let digits = text
                    .strip_prefix($prefix)
                    .ok_or_else(|| malformed(concat!("it does not start with `", $prefix, "`")))?;
                if digits.len() != 32 {
                    return Err(malformed("it needs 32 hexadecimal digits after the prefix"));
                }
                Uuid::try_parse(digits).map(Self).map_err(|_| malformed("its digits are not hexadecimal"))
            }
        }
    };
}

prefixed_id! {
    /// A member of a program: `mem_` and 32 hexadecimal digits of a UUIDv7.
    MemberId, "mem_", "member"
}
prefixed_id! {
    /// Points set aside: `hld_` and 32 hexadecimal digits of a UUIDv7.
    HoldId, "hld_", "hold"
}
prefixed_id! {
    /// Points spent: `red_` and 32 hexadecimal digits of a UUIDv7.
    RedemptionId, "red_", "redemption"
}

/// A line of a member's ledger: the member and the line's number there, `ent_<member>_<number>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    pub member: MemberId,
    pub seq: i64,
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ent_{}_{}", self.member.0.simple(), self.seq)
    }
}

impl FromStr for EntryId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let malformed = |reason| MalformedId::new("entry", text, reason);
        let rest = text.strip_prefix("ent_").ok_or_else(|| malformed("it does not start with `ent_`"))?;
        let (digits, number) =
            rest.split_once('_').ok_or_else(|| malformed("it has no number at its end"))?;
        if digits.len() != 32 {
            return Err(malformed("it needs 32 hexadecimal digits after the prefix"));
        }
        let member = Uuid::try_parse(digits).map_err(|_| malformed("its digits are not hexadecimal"))?;
        let canonical = |seq: &i64| *seq > 0 && seq.to_string() == number;
        let seq = number.parse().ok().filter(canonical).ok_or_else(|| malformed("its number is none"))?;
        Ok(Self { member: MemberId(member), seq })
    }
}

/// Where new member ids come from.
pub trait IdSource: Send + Sync + 'static {
    /// A new UUIDv7 of the given time; later calls sort after earlier ones.
    fn new_uuid(&self, at: Instant) -> Uuid;
}

/// A cheap-clone handle on an id source.
pub type SharedIds = Arc<dyn IdSource>;

/// UUIDv7 with a counter inside the millisecond and the machine's randomness behind it.
#[derive(Debug, Default)]
pub struct RandomIds {
    context: std::sync::Mutex<ContextV7>,
}

impl IdSource for RandomIds {
    fn new_uuid(&self, at: Instant) -> Uuid {
        let seconds = u64::try_from(at.timestamp()).unwrap_or(0);
        let context = self.context.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*context, seconds, at.nanosecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_id_reads_back_and_a_malformed_one_says_why() {
        let id = MemberId(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_002a));
        assert_eq!(id.to_string().parse(), Ok(id));
        for (text, reason) in [
            ("", "it does not start with `mem_`"),
            ("ent_1", "it does not start with `mem_`"),
            ("mem_12", "it needs 32 hexadecimal digits after the prefix"),
            ("mem_zz920000000070008000000000000002", "its digits are not hexadecimal"),
        ] {
            assert_eq!(text.parse::<MemberId>().unwrap_err().reason, reason, "{text}");
        }
    }

    #[test]
    fn an_entry_id_reads_back_and_a_malformed_one_says_why() {
        let member = MemberId(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_002a));
        let id = EntryId { member, seq: 17 };
        assert_eq!(id.to_string().parse(), Ok(id));
        let digits = "0192000000007000800000000000002a";
        for (text, reason) in [
            ("mem_1".to_owned(), "it does not start with `ent_`"),
            (format!("ent_{digits}"), "it has no number at its end"),
            ("ent_12_1".to_owned(), "it needs 32 hexadecimal digits after the prefix"),
            (format!("ent_{}_1", digits.replace('a', "x")), "its digits are not hexadecimal"),
            (format!("ent_{digits}_0"), "its number is none"),
            (format!("ent_{digits}_+1"), "its number is none"),
            (format!("ent_{digits}_01"), "its number is none"),
        ] {
            assert_eq!(text.parse::<EntryId>().unwrap_err().reason, reason, "{text}");
        }
    }

    #[test]
    fn ids_made_in_the_same_instant_still_sort_in_the_order_of_making() {
        let ids = RandomIds::default();
        let at = Instant::from_timestamp(1_700_000_000, 0).unwrap();
        let made: Vec<Uuid> = (0..100).map(|_| ids.new_uuid(at)).collect();
        assert!(made.is_sorted());
    }
}

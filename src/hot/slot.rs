//! What is kept of a customer, and how it is written down.

use std::{io::Write as _, sync::Arc};

use super::form;
use crate::{clock::Instant, commands::MemberSnapshot};

/// Which form a value has. Raise it with every change of [`form`] or [`crate::compact`], and of the kinds that it names by their numbers.
const FORMAT: &str = "05";
/// Enough for every version there can be.
const VERSION_DIGITS: usize = 19;
const ERA_LENGTH: usize = 16;
const HEADER_LENGTH: usize = FORMAT.len() + VERSION_DIGITS + ERA_LENGTH;
/// Any enrolment is newer.
const ABSENT_VERSION: i64 = 0;

/// What is known of a customer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Slot {
    Member(Arc<MemberSnapshot>),
    /// A customer without membership: that is worth remembering too.
    Absent,
}

impl Slot {
    pub(super) fn of(member: Option<Arc<MemberSnapshot>>) -> Self {
        member.map_or(Self::Absent, Self::Member)
    }

    pub(super) fn version(&self) -> i64 {
        match self {
            Self::Member(member) => member.version,
            Self::Absent => ABSENT_VERSION,
        }
    }

    /// Whether it is right at a moment.
    pub(super) fn reaches(&self, now: Instant) -> bool {
        match self {
            Self::Member(member) => member.reaches(now),
            Self::Absent => true,
        }
    }

    pub(super) fn into_member(self) -> Option<Arc<MemberSnapshot>> {
        match self {
            Self::Member(member) => Some(member),
            Self::Absent => None,
        }
    }
}

/// One life of a Redis server, from start to stop.
///
/// What a server has from before its start comes from a dump or from another server, and may be older than what that
/// life had confirmed. So every value names the life in which it was written, and is nothing to a reader of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Era(String);

impl Era {
    /// From Redis's `INFO server`: the server draws its `run_id` anew at every start.
    pub(super) fn from_info(info: &str) -> Option<Self> {
        let id = info.lines().find_map(|line| line.strip_prefix("run_id:"))?.trim();
        let era = id.get(..ERA_LENGTH)?;
        era.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| Self(era.to_owned()))
    }
}

/// Format, version and era in fixed width, so that the script compares versions without parsing; then the snapshot, or
/// nothing for an absent one.
pub(super) fn encode(member: Option<&MemberSnapshot>, era: &Era) -> Vec<u8> {
    let version = member.map_or(ABSENT_VERSION, |member| member.version);
    let mut value = Vec::with_capacity(256);
    write!(value, "{FORMAT}{version:0VERSION_DIGITS$}{}", era.0).expect("a vector takes everything");
    if let Some(member) = member {
        form::write(member, &mut value);
    }
    value
}

/// None for what was not written by this format in this era: as good as nothing.
pub(super) fn decode(value: &[u8], era: &Era) -> Option<Slot> {
    let (header, body) = value.split_at_checked(HEADER_LENGTH)?;
    let written = header.strip_prefix(FORMAT.as_bytes())?.get(VERSION_DIGITS..)?;
    if written != era.0.as_bytes() {
        return None;
    }
    if body.is_empty() {
        return Some(Slot::Absent);
    }
    form::read(body).map(|member| Slot::Member(Arc::new(member)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hot::sample::member;

    fn era(id: &str) -> Era {
        Era::from_info(&format!("# Server\r\nredis_version:7.0.15\r\nrun_id:{id}\r\ntcp_port:1\r\n")).unwrap()
    }

    #[test]
    fn a_value_reads_back_in_the_era_of_its_writing_only() {
        let (now, before) = (
            era("0123456789abcdef0123456789abcdef01234567"),
            era("ffffffffffffffff0123456789abcdef01234567"),
        );
        let snapshot = member("c1", 7);
        let value = encode(Some(&snapshot), &now);
        assert!(value.starts_with(b"0500000000000000000070123456789abcdef"), "{value:?}");
        assert_eq!(decode(&value, &now), Some(Slot::Member(Arc::new(snapshot))));
        assert_eq!(decode(&value, &before), None);

        let absent = encode(None, &now);
        assert_eq!(absent, b"0500000000000000000000123456789abcdef");
        assert_eq!(decode(&absent, &now), Some(Slot::Absent));
        assert_eq!(decode(&absent, &before), None);
    }

    #[test]
    fn what_this_release_did_not_write_is_nothing() {
        let era = era("0123456789abcdef");
        let value = encode(Some(&member("c1", 7)), &era);
        let mut other_format = value.clone();
        other_format[..2].copy_from_slice(b"00");
        let longer = [&value[..], b"x"].concat();
        for foreign in [&b""[..], b"hello", &other_format, &longer, &value[..HEADER_LENGTH - 1]] {
            assert_eq!(decode(foreign, &era), None, "{foreign:?}");
        }
        for foreign in (HEADER_LENGTH + 1..value.len()).map(|length| &value[..length]) {
            assert_eq!(decode(foreign, &era), None, "{foreign:?}");
        }
    }

    #[test]
    fn versions_sort_as_text_and_every_enrolment_is_newer_than_an_absence() {
        let era = era("0123456789abcdef");
        let version = |member: Option<&MemberSnapshot>| encode(member, &era)[2..21].to_vec();
        let versions = [1, 9, 10, 99, 100, i64::MAX].map(|v| version(Some(&member("c1", v))));
        assert!(versions.is_sorted());
        assert!(version(None) < versions[0]);
        assert!(versions.iter().all(|version| version.len() == VERSION_DIGITS));
    }

    #[test]
    fn a_server_that_hides_its_run_id_has_no_era() {
        for info in ["", "# Server\r\n", "run_id:\r\n", "run_id:short\r\n", "run_id:{not-letters-or-d}\r\n"] {
            assert_eq!(Era::from_info(info), None, "{info}");
        }
    }
}

//! A member for this room's own tests.

use uuid::Uuid;

use crate::{
    clock::Instant,
    commands::{
        MemberKey, MemberSnapshot, MemberStatus,
        snapshot::{Bucket, WalletSnapshot},
    },
    ids::MemberId,
    ledger::Points,
    program::Standing,
};

pub(super) fn key(customer: &str) -> MemberKey {
    MemberKey::new("classic", customer)
}

pub(super) fn member(customer: &str, version: i64) -> MemberSnapshot {
    let ends = Some(Instant::UNIX_EPOCH);
    let bucket =
        Bucket { points: Points(version), activates_at: None, awaits_event: false, expires_at: ends };
    MemberSnapshot {
        id: MemberId(Uuid::from_u128(0x2a)),
        key: key(customer),
        status: MemberStatus::Active,
        merged_into: None,
        enrolled_at: Instant::UNIX_EPOCH,
        version,
        standing: Standing {
            tier: None,
            since: Instant::UNIX_EPOCH,
            amounts: [(2026, "12.50".parse().unwrap())].into(),
        },
        wallets: vec![WalletSnapshot {
            currency: "points".to_owned(),
            version,
            deficit: Points::ZERO,
            lifetime_earned: Points(version),
            lasting: Points::ZERO,
            waiting: Points::ZERO,
            buckets: vec![bucket],
            holds: Vec::new(),
            until: None,
        }],
        partners: Vec::new(),
    }
}

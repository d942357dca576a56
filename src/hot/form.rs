//! How a snapshot is written down: short, because a warm read of a hundred members is mostly the reading of a hundred of
//! these.
//!
//! The form is spelled out here and not taken from the snapshot's own `Serialize`: fields are told apart by their places
//! alone, so a change of the one must be seen to be a change of the other.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
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

/// A member, with texts that are not copied before they are needed.
#[derive(Serialize, Deserialize)]
struct Member<'a> {
    id: u128,
    program: &'a str,
    customer: &'a str,
    status: MemberStatus,
    enrolled_at: Micros,
    version: i64,
    tier: Option<&'a str>,
    tier_since: Micros,
    /// (window, amount)
    tier_amounts: Vec<(i32, Amount)>,
    #[serde(borrow)]
    wallets: Vec<Wallet<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Wallet<'a> {
    currency: &'a str,
    version: i64,
    deficit: i64,
    lifetime_earned: i64,
    /// (points, from, to)
    buckets: Vec<(i64, Option<Micros>, Option<Micros>)>,
}

/// An instant, in microseconds since 1970.
type Micros = i64;
/// A decimal: its digits, and how many of them stand after the point.
type Amount = (i128, u32);

/// Writes a snapshot behind what is there already.
pub(super) fn write(snapshot: &MemberSnapshot, to: Vec<u8>) -> Vec<u8> {
    let MemberSnapshot { id, key, status, enrolled_at, version, standing, wallets } = snapshot;
    let Standing { tier, since, amounts } = standing;
    let member = Member {
        id: id.0.as_u128(),
        program: &key.program,
        customer: &key.customer,
        status: *status,
        enrolled_at: enrolled_at.timestamp_micros(),
        version: *version,
        tier: tier.as_deref(),
        tier_since: since.timestamp_micros(),
        tier_amounts: amounts.iter().map(|(window, sum)| (*window, (sum.mantissa(), sum.scale()))).collect(),
        wallets: wallets.iter().map(Wallet::of).collect(),
    };
    postcard::to_extend(&member, to).expect("a snapshot is plain data, and a vector takes everything")
}

/// None for what is no snapshot, whole and nothing behind it.
pub(super) fn read(bytes: &[u8]) -> Option<MemberSnapshot> {
    let (member, rest): (Member<'_>, _) = postcard::take_from_bytes(bytes).ok()?;
    let amount = |(window, (digits, scale)): (i32, Amount)| {
        Some((window, Decimal::try_from_i128_with_scale(digits, scale).ok()?))
    };
    let snapshot = MemberSnapshot {
        id: MemberId(Uuid::from_u128(member.id)),
        key: MemberKey::new(member.program, member.customer),
        status: member.status,
        enrolled_at: instant(member.enrolled_at)?,
        version: member.version,
        standing: Standing {
            tier: member.tier.map(str::to_owned),
            since: instant(member.tier_since)?,
            amounts: member.tier_amounts.into_iter().map(amount).collect::<Option<_>>()?,
        },
        wallets: member.wallets.into_iter().map(Wallet::read).collect::<Option<_>>()?,
    };
    rest.is_empty().then_some(snapshot)
}

impl<'a> Wallet<'a> {
    fn of(wallet: &'a WalletSnapshot) -> Self {
        let WalletSnapshot { currency, version, deficit, lifetime_earned, buckets } = wallet;
        let bucket = |Bucket { points, activates_at, expires_at }: &Bucket| {
            (
                points.0,
                activates_at.as_ref().map(Instant::timestamp_micros),
                expires_at.as_ref().map(Instant::timestamp_micros),
            )
        };
        Self {
            currency,
            version: *version,
            deficit: deficit.0,
            lifetime_earned: lifetime_earned.0,
            buckets: buckets.iter().map(bucket).collect(),
        }
    }

    fn read(self) -> Option<WalletSnapshot> {
        let at = |micros: Option<Micros>| match micros {
            Some(micros) => instant(micros).map(Some),
            None => Some(None),
        };
        let bucket = |(points, activates_at, expires_at)| {
            Some(Bucket {
                points: Points(points),
                activates_at: at(activates_at)?,
                expires_at: at(expires_at)?,
            })
        };
        Some(WalletSnapshot {
            currency: self.currency.to_owned(),
            version: self.version,
            deficit: Points(self.deficit),
            lifetime_earned: Points(self.lifetime_earned),
            buckets: self.buckets.into_iter().map(bucket).collect::<Option<_>>()?,
        })
    }
}

fn instant(micros: Micros) -> Option<Instant> {
    Instant::from_timestamp_micros(micros)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    fn instant() -> impl Strategy<Value = Instant> {
        any::<i32>().prop_map(|micros| Instant::from_timestamp_micros(i64::from(micros) * 1_000_001).unwrap())
    }

    prop_compose! {
        fn bucket()(points: i64, activates_at in option::of(instant()), expires_at in option::of(instant())) -> Bucket {
            Bucket { points: Points(points), activates_at, expires_at }
        }
    }

    prop_compose! {
        fn wallet()(
            currency: String, version: i64, deficit: i64, earned: i64, buckets in vec(bucket(), 0..5),
        ) -> WalletSnapshot {
            let (deficit, lifetime_earned) = (Points(deficit), Points(earned));
            WalletSnapshot { currency, version, deficit, lifetime_earned, buckets }
        }
    }

    prop_compose! {
        fn standing()(
            tier: Option<String>, since in instant(),
            amounts in vec((any::<i32>(), any::<i64>(), 0..10_u32), 0..4),
        ) -> Standing {
            let amount = |(window, digits, scale)| (window, Decimal::new(digits, scale));
            Standing { tier, since, amounts: amounts.into_iter().map(amount).collect() }
        }
    }

    prop_compose! {
        fn snapshot()(
            id: u128, program: String, customer: String, enrolled_at in instant(), version: i64,
            standing in standing(), wallets in vec(wallet(), 0..3),
        ) -> MemberSnapshot {
            let (id, key) = (MemberId(Uuid::from_u128(id)), MemberKey::new(&program, &customer));
            MemberSnapshot { id, key, status: MemberStatus::Active, enrolled_at, version, standing, wallets }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(snapshot in snapshot()) {
            let bytes = write(&snapshot, Vec::new());
            let read = read(&bytes).unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{snapshot:?}"), "to the last zero of an amount");
        }

        #[test]
        fn bytes_of_any_kind_are_a_snapshot_or_nothing(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }
}

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
        snapshot::{Bucket, HoldSnapshot, WalletSnapshot},
    },
    ids::{HoldId, MemberId},
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
    merged_into: Option<u128>,
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
    lasting: i64,
    waiting: i64,
    /// (points, from, whether only by an event, to)
    buckets: Vec<(i64, Option<Micros>, bool, Option<Micros>)>,
    #[serde(borrow)]
    holds: Vec<Hold<'a>>,
    until: Option<Micros>,
}

#[derive(Serialize, Deserialize)]
struct Hold<'a> {
    id: u128,
    points: i64,
    deficit: i64,
    order: Option<&'a str>,
    reward: Option<&'a str>,
    created_at: Micros,
    expires_at: Micros,
    /// (points, to)
    parts: Vec<(i64, Option<Micros>)>,
}

/// An instant, in microseconds since 1970.
type Micros = i64;
/// A decimal: its digits, and how many of them stand after the point.
type Amount = (i128, u32);

/// Writes a snapshot behind what is there already.
pub(super) fn write(snapshot: &MemberSnapshot, to: Vec<u8>) -> Vec<u8> {
    let MemberSnapshot { id, key, status, merged_into, enrolled_at, version, standing, wallets } = snapshot;
    let Standing { tier, since, amounts } = standing;
    let member = Member {
        id: id.0.as_u128(),
        program: &key.program,
        customer: &key.customer,
        status: *status,
        merged_into: merged_into.map(|into| into.0.as_u128()),
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
        merged_into: member.merged_into.map(|into| MemberId(Uuid::from_u128(into))),
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
        let WalletSnapshot {
            currency,
            version,
            deficit,
            lifetime_earned,
            lasting,
            waiting,
            buckets,
            holds,
            until,
        } = wallet;
        let bucket = |Bucket { points, activates_at, awaits_event, expires_at }: &Bucket| {
            (points.0, micros(activates_at.as_ref()), *awaits_event, micros(expires_at.as_ref()))
        };
        Self {
            currency,
            version: *version,
            deficit: deficit.0,
            lifetime_earned: lifetime_earned.0,
            lasting: lasting.0,
            waiting: waiting.0,
            buckets: buckets.iter().map(bucket).collect(),
            holds: holds.iter().map(Hold::of).collect(),
            until: micros(until.as_ref()),
        }
    }

    fn read(self) -> Option<WalletSnapshot> {
        let bucket = |(points, activates_at, awaits_event, expires_at)| {
            Some(Bucket {
                points: Points(points),
                activates_at: maybe(activates_at)?,
                awaits_event,
                expires_at: maybe(expires_at)?,
            })
        };
        Some(WalletSnapshot {
            currency: self.currency.to_owned(),
            version: self.version,
            deficit: Points(self.deficit),
            lifetime_earned: Points(self.lifetime_earned),
            lasting: Points(self.lasting),
            waiting: Points(self.waiting),
            buckets: self.buckets.into_iter().map(bucket).collect::<Option<_>>()?,
            holds: self.holds.into_iter().map(Hold::read).collect::<Option<_>>()?,
            until: maybe(self.until)?,
        })
    }
}

impl<'a> Hold<'a> {
    fn of(hold: &'a HoldSnapshot) -> Self {
        let HoldSnapshot { id, points, deficit, order, reward, created_at, expires_at, parts } = hold;
        Self {
            id: id.0.as_u128(),
            points: points.0,
            deficit: deficit.0,
            order: order.as_deref(),
            reward: reward.as_deref(),
            created_at: created_at.timestamp_micros(),
            expires_at: expires_at.timestamp_micros(),
            parts: parts.iter().map(|(points, end)| (points.0, micros(end.as_ref()))).collect(),
        }
    }

    fn read(self) -> Option<HoldSnapshot> {
        let part = |(points, end)| Some((Points(points), maybe(end)?));
        Some(HoldSnapshot {
            id: HoldId(Uuid::from_u128(self.id)),
            points: Points(self.points),
            deficit: Points(self.deficit),
            order: self.order.map(str::to_owned),
            reward: self.reward.map(str::to_owned),
            created_at: instant(self.created_at)?,
            expires_at: instant(self.expires_at)?,
            parts: self.parts.into_iter().map(part).collect::<Option<_>>()?,
        })
    }
}

fn micros(at: Option<&Instant>) -> Option<Micros> {
    at.map(Instant::timestamp_micros)
}

/// None where the number is no instant.
#[expect(clippy::option_option, reason = "the one is whether it can be read, the other whether there is one")]
fn maybe(micros: Option<Micros>) -> Option<Option<Instant>> {
    match micros {
        Some(micros) => instant(micros).map(Some),
        None => Some(None),
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
        fn bucket()(
            points: i64, activates_at in option::of(instant()), awaits_event: bool,
            expires_at in option::of(instant()),
        ) -> Bucket {
            Bucket { points: Points(points), activates_at, awaits_event, expires_at }
        }
    }

    prop_compose! {
        fn hold()(
            id: u128, points: i64, deficit: i64, texts: (Option<String>, Option<String>), created_at in instant(),
            expires_at in instant(), parts in vec((any::<i64>(), option::of(instant())), 0..3),
        ) -> HoldSnapshot {
            let parts = parts.into_iter().map(|(points, end)| (Points(points), end)).collect();
            let ((order, reward), id) = (texts, HoldId(Uuid::from_u128(id)));
            let (points, deficit) = (Points(points), Points(deficit));
            HoldSnapshot { id, points, deficit, order, reward, created_at, expires_at, parts }
        }
    }

    prop_compose! {
        fn wallet()(
            currency: String, version: i64, sums: [i64; 4],
            buckets in vec(bucket(), 0..5), holds in vec(hold(), 0..3), until in option::of(instant()),
        ) -> WalletSnapshot {
            let [deficit, earned, lasting, waiting] = sums;
            WalletSnapshot {
                currency,
                version,
                deficit: Points(deficit),
                lifetime_earned: Points(earned),
                lasting: Points(lasting),
                waiting: Points(waiting),
                buckets,
                holds,
                until,
            }
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
            standing in standing(), wallets in vec(wallet(), 0..3), into: Option<u128>,
        ) -> MemberSnapshot {
            let (id, key) = (MemberId(Uuid::from_u128(id)), MemberKey::new(&program, &customer));
            let merged_into = into.map(|into| MemberId(Uuid::from_u128(into)));
            let status = MemberStatus::Blocked;
            MemberSnapshot { id, key, status, merged_into, enrolled_at, version, standing, wallets }
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

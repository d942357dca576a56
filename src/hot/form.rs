//! How a snapshot is written down, in [`crate::compact`] values. A warm read of a hundred members is mostly the reading of a
//! hundred of these.
//!
//! It is spelled out here and not taken from the snapshot's own `Serialize`, so that a change of what is written is one of
//! this file: raise the format ([`super::slot`]) with it.

use rust_decimal::Decimal;

use crate::{
    commands::{
        MemberKey, MemberSnapshot, MemberStatus, PartnerLink,
        snapshot::{Bucket, HoldSnapshot, WalletSnapshot},
    },
    compact::{Reader, Writer},
    ids::{HoldId, MemberId},
    ledger::Points,
    program::Standing,
};

/// By their places in the form.
const STATUSES: [MemberStatus; 3] = [MemberStatus::Active, MemberStatus::Blocked, MemberStatus::Merged];

/// Writes a snapshot behind what is there already.
pub(super) fn write(snapshot: &MemberSnapshot, to: &mut Vec<u8>) {
    let MemberSnapshot { id, key, status, merged_into, enrolled_at, version, standing, wallets, partners } =
        snapshot;
    let Standing { tier, since, amounts } = standing;
    let mut to = Writer(to);
    to.id(id.0);
    to.text(&key.program);
    to.text(&key.customer);
    to.byte(match status {
        MemberStatus::Active => 0,
        MemberStatus::Blocked => 1,
        MemberStatus::Merged => 2,
    });
    to.optional(merged_into.map(|into| into.0), Writer::id);
    to.instant(*enrolled_at);
    to.number(*version);
    to.optional(tier.as_deref(), Writer::text);
    to.instant(*since);
    to.list(amounts.iter(), |to, (window, amount)| {
        to.bytes(&window.to_le_bytes());
        to.bytes(&amount.serialize());
    });
    to.list(wallets.iter(), write_wallet);
    to.list(partners.iter(), |to, PartnerLink { partner, linked_at }| {
        to.text(partner);
        to.instant(*linked_at);
    });
}

/// None for what is no snapshot, whole and nothing behind it.
pub(super) fn read(bytes: &[u8]) -> Option<MemberSnapshot> {
    let mut from = Reader(bytes);
    let snapshot = MemberSnapshot {
        id: MemberId(from.id()?),
        key: MemberKey::new(from.text()?, from.text()?),
        status: *STATUSES.get(usize::from(from.byte()?))?,
        merged_into: from.optional(Reader::id)?.map(MemberId),
        enrolled_at: from.instant()?,
        version: from.number()?,
        standing: Standing {
            tier: from.optional(Reader::text)?.map(str::to_owned),
            since: from.instant()?,
            amounts: from.list(|from| {
                Some((i32::from_le_bytes(from.bytes()?), Decimal::deserialize(from.bytes()?)))
            })?,
        },
        wallets: from.list(read_wallet)?,
        partners: from.list(|from| {
            Some(PartnerLink { partner: from.text()?.to_owned(), linked_at: from.instant()? })
        })?,
    };
    from.is_empty().then_some(snapshot)
}

fn write_wallet(to: &mut Writer<'_>, wallet: &WalletSnapshot) {
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
    to.text(currency);
    to.number(*version);
    for points in [deficit, lifetime_earned, lasting, waiting] {
        to.number(points.0);
    }
    to.list(buckets.iter(), |to, bucket| {
        let Bucket { points, activates_at, awaits_event, expires_at } = bucket;
        to.number(points.0);
        to.optional(*activates_at, Writer::instant);
        to.truth(*awaits_event);
        to.optional(*expires_at, Writer::instant);
    });
    to.list(holds.iter(), write_hold);
    to.optional(*until, Writer::instant);
}

fn write_hold(to: &mut Writer<'_>, hold: &HoldSnapshot) {
    let HoldSnapshot { id, points, deficit, order, reward, created_at, expires_at, partner, parts } = hold;
    to.id(id.0);
    to.number(points.0);
    to.number(deficit.0);
    to.optional(order.as_deref(), Writer::text);
    to.optional(reward.as_deref(), Writer::text);
    to.instant(*created_at);
    to.instant(*expires_at);
    to.optional(partner.as_deref(), Writer::text);
    to.list(parts.iter(), |to, (points, end)| {
        to.number(points.0);
        to.optional(*end, Writer::instant);
    });
}

fn read_wallet(from: &mut Reader<'_>) -> Option<WalletSnapshot> {
    Some(WalletSnapshot {
        currency: from.text()?.to_owned(),
        version: from.number()?,
        deficit: points(from)?,
        lifetime_earned: points(from)?,
        lasting: points(from)?,
        waiting: points(from)?,
        buckets: from.list(|from| {
            Some(Bucket {
                points: points(from)?,
                activates_at: from.optional(Reader::instant)?,
                awaits_event: from.truth()?,
                expires_at: from.optional(Reader::instant)?,
            })
        })?,
        holds: from.list(read_hold)?,
        until: from.optional(Reader::instant)?,
    })
}

fn read_hold(from: &mut Reader<'_>) -> Option<HoldSnapshot> {
    Some(HoldSnapshot {
        id: HoldId(from.id()?),
        points: points(from)?,
        deficit: points(from)?,
        order: from.optional(Reader::text)?.map(str::to_owned),
        reward: from.optional(Reader::text)?.map(str::to_owned),
        created_at: from.instant()?,
        expires_at: from.instant()?,
        partner: from.optional(Reader::text)?.map(str::to_owned),
        parts: from.list(|from| Some((points(from)?, from.optional(Reader::instant)?)))?,
    })
}

fn points(from: &mut Reader<'_>) -> Option<Points> {
    from.number().map(Points)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*, sample::select};

    use uuid::Uuid;

    use super::*;
    use crate::clock::Instant;

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
            id: u128, points: i64, deficit: i64, texts: (Option<String>, Option<String>, Option<String>), created_at in instant(),
            expires_at in instant(), parts in vec((any::<i64>(), option::of(instant())), 0..3),
        ) -> HoldSnapshot {
            let parts = parts.into_iter().map(|(points, end)| (Points(points), end)).collect();
            let ((order, reward, partner), id) = (texts, HoldId(Uuid::from_u128(id)));
            let (points, deficit) = (Points(points), Points(deficit));
            HoldSnapshot { id, points, deficit, order, reward, created_at, expires_at, partner, parts }
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
            standing in standing(), wallets in vec(wallet(), 0..3), into: Option<u128>, status in select(&STATUSES),
            links in vec((any::<String>(), instant()), 0..3),
        ) -> MemberSnapshot {
            let (id, key) = (MemberId(Uuid::from_u128(id)), MemberKey::new(&program, &customer));
            let merged_into = into.map(|into| MemberId(Uuid::from_u128(into)));
            let link = |(partner, linked_at)| PartnerLink { partner, linked_at };
            let partners = links.into_iter().map(link).collect();
            MemberSnapshot { id, key, status, merged_into, enrolled_at, version, standing, wallets, partners }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_and_no_part_of_it_does(snapshot in snapshot(), at: prop::sample::Index) {
            let mut bytes = Vec::new();
            write(&snapshot, &mut bytes);
            let whole = format!("{:?}", read(&bytes).unwrap());
            prop_assert_eq!(whole, format!("{snapshot:?}"), "to the last zero of an amount");
            prop_assert!(read(&bytes[..at.index(bytes.len())]).is_none());
            bytes.push(0);
            prop_assert!(read(&bytes).is_none());
        }

        #[test]
        fn bytes_of_any_kind_are_a_snapshot_or_nothing(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }
}

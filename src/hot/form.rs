//! How a snapshot is written down: fields by their places, whole numbers in eight bytes, texts and lists behind their
//! lengths. A warm read of a hundred members is mostly the reading of a hundred of these.
//!
//! It is spelled out here and not taken from the snapshot's own `Serialize`, so that a change of what is written is one of
//! this file: raise the format ([`super::slot`]) with it.

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{
    clock::Instant,
    commands::{
        MemberKey, MemberSnapshot, MemberStatus, PartnerLink,
        snapshot::{Bucket, HoldSnapshot, WalletSnapshot},
    },
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
    to.0.push(match status {
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
        to.0.extend(window.to_le_bytes());
        to.0.extend(amount.serialize());
    });
    to.list(wallets.iter(), Writer::wallet);
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
        wallets: from.list(Reader::wallet)?,
        partners: from.list(|from| {
            Some(PartnerLink { partner: from.text()?.to_owned(), linked_at: from.instant()? })
        })?,
    };
    from.0.is_empty().then_some(snapshot)
}

struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn wallet(&mut self, wallet: &WalletSnapshot) {
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
        self.text(currency);
        self.number(*version);
        for points in [deficit, lifetime_earned, lasting, waiting] {
            self.number(points.0);
        }
        self.list(buckets.iter(), |to, bucket| {
            let Bucket { points, activates_at, awaits_event, expires_at } = bucket;
            to.number(points.0);
            to.optional(*activates_at, Writer::instant);
            to.0.push(u8::from(*awaits_event));
            to.optional(*expires_at, Writer::instant);
        });
        self.list(holds.iter(), Writer::hold);
        self.optional(*until, Writer::instant);
    }

    fn hold(&mut self, hold: &HoldSnapshot) {
        let HoldSnapshot { id, points, deficit, order, reward, created_at, expires_at, partner, parts } =
            hold;
        self.id(id.0);
        self.number(points.0);
        self.number(deficit.0);
        self.optional(order.as_deref(), Writer::text);
        self.optional(reward.as_deref(), Writer::text);
        self.instant(*created_at);
        self.instant(*expires_at);
        self.optional(partner.as_deref(), Writer::text);
        self.list(parts.iter(), |to, (points, end)| {
            to.number(points.0);
            to.optional(*end, Writer::instant);
        });
    }

    fn id(&mut self, id: Uuid) {
        self.0.extend(id.as_bytes());
    }

    fn number(&mut self, number: i64) {
        self.0.extend(number.to_le_bytes());
    }

    fn instant(&mut self, at: Instant) {
        self.number(at.timestamp_micros());
    }

    fn length(&mut self, length: usize) {
        let length = u32::try_from(length).expect("a member has no four thousand million of anything");
        self.0.extend(length.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend(text.as_bytes());
    }

    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn list<T>(&mut self, items: impl ExactSizeIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.length(items.len());
        items.for_each(|item| write(self, item));
    }
}

/// What has not been read yet. Whatever cannot be read is None.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn wallet(&mut self) -> Option<WalletSnapshot> {
        Some(WalletSnapshot {
            currency: self.text()?.to_owned(),
            version: self.number()?,
            deficit: self.points()?,
            lifetime_earned: self.points()?,
            lasting: self.points()?,
            waiting: self.points()?,
            buckets: self.list(|from| {
                Some(Bucket {
                    points: from.points()?,
                    activates_at: from.optional(Reader::instant)?,
                    awaits_event: from.truth()?,
                    expires_at: from.optional(Reader::instant)?,
                })
            })?,
            holds: self.list(Reader::hold)?,
            until: self.optional(Reader::instant)?,
        })
    }

    fn hold(&mut self) -> Option<HoldSnapshot> {
        Some(HoldSnapshot {
            id: HoldId(self.id()?),
            points: self.points()?,
            deficit: self.points()?,
            order: self.optional(Reader::text)?.map(str::to_owned),
            reward: self.optional(Reader::text)?.map(str::to_owned),
            created_at: self.instant()?,
            expires_at: self.instant()?,
            partner: self.optional(Reader::text)?.map(str::to_owned),
            parts: self.list(|from| Some((from.points()?, from.optional(Reader::instant)?)))?,
        })
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.bytes().map(|[byte]| byte)
    }

    fn truth(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn id(&mut self) -> Option<Uuid> {
        self.bytes().map(Uuid::from_bytes)
    }

    fn number(&mut self) -> Option<i64> {
        self.bytes().map(i64::from_le_bytes)
    }

    fn points(&mut self) -> Option<Points> {
        self.number().map(Points)
    }

    fn instant(&mut self) -> Option<Instant> {
        Instant::from_timestamp_micros(self.number()?)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.bytes()?)).ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        str::from_utf8(text).ok()
    }

    #[expect(
        clippy::option_option,
        reason = "the one is whether it can be read, the other whether there is one"
    )]
    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.truth()? { read(self).map(Some) } else { Some(None) }
    }

    fn list<T, C: FromIterator<T>>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<C> {
        (0..self.length()?).map(|_| read(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*, sample::select};

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

//! How a remembered member is written down, in [`crate::compact`] values: a third of what it takes as it is worked on.

use rust_decimal::Decimal;

use crate::{
    clock::Instant,
    commands::{Member, MemberKey, MemberStatus, PartnerLink},
    compact::{Reader, Writer},
    ids::MemberId,
    ledger::{Lot, Points, Stored, Totals, Wallet},
    program::Standing,
    store::{
        place::{Place, Places},
        work::Known,
    },
};

/// Instants are written as microseconds before the member's last change: most are not long before it.
struct Near(Instant);

impl Near {
    fn write(&self, to: &mut Writer<'_>, at: Instant) {
        to.number(self.0.timestamp_micros().wrapping_sub(at.timestamp_micros()));
    }

    fn read(&self, from: &mut Reader<'_>) -> Option<Instant> {
        Instant::from_timestamp_micros(self.0.timestamp_micros().wrapping_sub(from.number()?))
    }
}

/// Lots that are remembered of a wallet. Of one with more, those that time changes next.
const LOTS_MAX: usize = 32;

/// None for a member of whom there is more than is remembered: one who is another now, or who has points on hold.
pub(super) fn write(member: &Member, updated_at: Instant, places: &Places) -> Option<Vec<u8>> {
    if member.merged_into.is_some() || member.wallets.iter().any(|wallet| wallet.held().is_positive()) {
        return None;
    }
    let mut bytes = Vec::with_capacity(256);
    let mut to = Writer(&mut bytes);
    to.text(&member.key.program);
    to.text(&member.key.customer);
    to.instant(updated_at);
    let near = Near(updated_at);
    to.id(member.id.0);
    to.truth(member.status == MemberStatus::Blocked);
    near.write(&mut to, member.enrolled_at);
    to.optional(member.channel.as_deref(), Writer::text);
    to.optional(member.store.as_deref(), Writer::text);
    to.number(member.version);
    to.number(member.next_seq);
    to.optional(member.standing.tier.as_deref(), Writer::text);
    near.write(&mut to, member.standing.since);
    to.list(member.standing.amounts.iter(), |to, (window, amount)| {
        to.number(i64::from(*window));
        to.bytes(&amount.serialize());
    });
    to.list(member.partners.iter(), |to, PartnerLink { partner, linked_at }| {
        to.text(partner);
        near.write(to, *linked_at);
    });
    to.list(member.wallets.iter(), |to, wallet| write_wallet(to, wallet, &near));
    to.bytes(&places.member.0);
    to.list(places.wallets.iter(), |to, place| to.bytes(&place.0));
    Some(bytes)
}

/// None for what is of somebody else.
pub(super) fn read(bytes: &[u8], key: &MemberKey) -> Option<Known> {
    let mut from = Reader(bytes);
    if from.text()? != key.program || from.text()? != key.customer {
        return None;
    }
    let updated_at = from.instant()?;
    let near = Near(updated_at);
    let member = Member {
        id: MemberId(from.id()?),
        key: key.clone(),
        status: if from.truth()? { MemberStatus::Blocked } else { MemberStatus::Active },
        enrolled_at: near.read(&mut from)?,
        channel: from.optional(Reader::text)?.map(str::to_owned),
        store: from.optional(Reader::text)?.map(str::to_owned),
        version: from.number()?,
        next_seq: from.number()?,
        standing: Standing {
            tier: from.optional(Reader::text)?.map(str::to_owned),
            since: near.read(&mut from)?,
            amounts: from.list(|from| {
                Some((i32::try_from(from.number()?).ok()?, Decimal::deserialize(from.bytes()?)))
            })?,
        },
        partners: from.list(|from| {
            Some(PartnerLink { partner: from.text()?.to_owned(), linked_at: near.read(from)? })
        })?,
        wallets: from.list(|from| read_wallet(from, &near))?,
        merged_into: None,
        holds: Vec::new(),
        changed: false,
    };
    let places = Places { member: Place(from.bytes()?), wallets: from.list(|from| from.bytes().map(Place))? };
    from.is_empty().then_some(Known { member, updated_at, places })
}

fn write_wallet(to: &mut Writer<'_>, wallet: &Wallet, near: &Near) {
    let Totals { earned, adjusted, transferred, clawed_back, expired, cancelled, redeemed } = wallet.totals;
    to.text(&wallet.currency);
    to.number(wallet.version);
    let sums = [wallet.available(), wallet.pending(), wallet.deficit];
    let totals = [earned, adjusted, transferred, clawed_back, expired, cancelled, redeemed];
    for points in sums.into_iter().chain(totals) {
        to.number(points.0);
    }
    let mut lots: Vec<&Lot> = wallet.lots().iter().filter(|lot| lot.remaining.is_positive()).collect();
    let mut rest_due_at = wallet.rest().due_at;
    if lots.len() > LOTS_MAX {
        // Those that time never changes come last.
        lots.sort_by_key(|lot| (lot.due_at().is_none(), lot.due_at()));
        let first_left = lots[LOTS_MAX].due_at();
        // Lots that change together stay together.
        lots.truncate(LOTS_MAX);
        lots.retain(|lot| first_left.is_none() || lot.due_at() < first_left);
        rest_due_at = rest_due_at.into_iter().chain(first_left).min();
    }
    to.optional(rest_due_at, |to, at| near.write(to, at));
    to.list(lots.into_iter(), |to, lot| {
        let Lot { seq, issued, remaining, expired, issued_at, .. } = *lot;
        for number in [seq, issued.0, remaining.0, expired.0] {
            to.number(number);
        }
        near.write(to, issued_at);
        // Most are active from the beginning.
        to.optional((lot.activates_at != issued_at).then_some(lot.activates_at), |to, at| near.write(to, at));
        to.truth(lot.awaits_event);
        to.truth(lot.active);
        to.optional(lot.expires_at, |to, at| near.write(to, at));
        to.optional(lot.origin, |to, (owner, seq)| {
            to.id(owner);
            to.number(seq);
        });
    });
}

fn read_wallet(from: &mut Reader<'_>, near: &Near) -> Option<Wallet> {
    let currency = from.text()?.to_owned();
    let version = from.number()?;
    let [available, pending, deficit] = [points(from)?, points(from)?, points(from)?];
    let totals = Totals {
        earned: points(from)?,
        adjusted: points(from)?,
        transferred: points(from)?,
        clawed_back: points(from)?,
        expired: points(from)?,
        cancelled: points(from)?,
        redeemed: points(from)?,
    };
    let rest_due_at = from.optional(|from| near.read(from))?;
    let lots = from.list(|from| {
        let seq = from.number()?;
        let [issued, remaining, expired] = [points(from)?, points(from)?, points(from)?];
        let issued_at = near.read(from)?;
        Some(Lot {
            seq,
            issued,
            remaining,
            expired,
            issued_at,
            activates_at: from.optional(|from| near.read(from))?.unwrap_or(issued_at),
            awaits_event: from.truth()?,
            active: from.truth()?,
            expires_at: from.optional(|from| near.read(from))?,
            origin: from.optional(|from| Some((from.id()?, from.number()?)))?,
        })
    })?;
    let holds = Vec::new();
    let stored = Stored { currency, version, available, pending, deficit, totals, lots, holds, rest_due_at };
    Some(Wallet::restore(stored))
}

fn points(from: &mut Reader<'_>) -> Option<Points> {
    from.number().map(Points)
}

//! What a batch touches, looked at in one statement and without a lock.
//!
//! A lock costs a write of its own for each row and a way there and back for each kind of rows. Most batches need none: what
//! they touch is named by their commands, nobody else touches it meanwhile, and whether that was so is found out when they are
//! saved, by the versions of the members and counters that they change, and by when they changed last or what is gone of
//! them ([`super::write`]). All that belongs to a member (wallets, lots, holds) changes with the member's version only; what
//! is new (keys, orders, members) is inserted, and a unique index decides who was first. A batch that was raced begins again
//! with locks, so none is raced for ever.
//!
//! One statement is one moment: what is seen was true all at once.

mod row;
mod text;

use std::{collections::BTreeSet, sync::Arc};

use hashbrown::HashMap;
use sea_orm::sqlx::postgres::{PgArguments, PgRow};
use uuid::Uuid;

use self::row::Seen;
use super::{
    StoreError,
    find::is_text,
    lane::Lane,
    load::{Asked, key_from_row},
    place::Places,
    plans, rows,
    rows::ledger::WalletParts,
    wallets::{Fronts, front_limit},
    work::{KeyUse, Known, Loaded},
    write::add_array,
};
use crate::{
    clock::Instant,
    commands::{MemberKey, Touches, World, touches::Depth},
    ids::MemberId,
    ledger::{Counter, Wallet},
    program::Programs,
};

/// A programme, and a name or key in it.
type Pair = (String, String);
type Counters = HashMap<Pair, Counter>;
type Keys = HashMap<Pair, KeyUse>;

/// None where a look is not enough.
pub(super) async fn world(
    lane: &Lane,
    asked: &Asked<'_>,
    programs: Arc<Programs>,
) -> Result<Option<Loaded>, StoreError> {
    let rows = lane.rows(text::of_world(plans::epoch()), arguments(asked)?).await?;
    let Some(seen) = read(&rows)? else { return Ok(None) };
    let updated_at = seen.updated_at();
    let now = updated_at.map_or(asked.now, |at| at.max(asked.now));
    let whole: BTreeSet<Uuid> = {
        let is_whole = |key: &MemberKey| asked.touches.members.get(key) == Some(&Depth::Whole);
        let members = seen.members.iter();
        let members = members.filter(|row| is_whole(&MemberKey::new(&row.program_id, &row.customer_id)));
        members.map(|row| row.id).collect()
    };
    let mut fronts = Fronts::default();
    let (mut lots, mut of_front) = (Vec::new(), HashMap::<Uuid, Vec<_>>::new());
    for lot in seen.lots {
        if whole.contains(&lot.member_id) {
            lots.push(lot);
        } else {
            of_front.entry(lot.member_id).or_default().push(lot);
        }
    }
    for (member, front) in of_front {
        if !fronts.take(member, front, now) {
            return Ok(None);
        }
    }
    lots.append(&mut fronts.lots);
    let parts =
        WalletParts { wallets: seen.wallets, lots, holds: Vec::new(), rest_due_at: fronts.rest_due_at };
    let mut wallets = rows::ledger::wallets(parts)?;

    let (mut world, mut places) = (World::new(programs), seen.places);
    let mut members_before = HashMap::new();
    for row in seen.members {
        let (wallets, updated_at) = (wallets.remove(&MemberId(row.id)).unwrap_or_default(), row.updated_at);
        let (place, of_wallets) = places.remove(&row.id).unwrap_or_default();
        let of_wallet = |wallet: &Wallet| of_wallets.get(&wallet.currency).copied().unwrap_or_default();
        let places = Places { member: place, wallets: wallets.iter().map(of_wallet).collect() };
        let member = rows::member::from_row(row, wallets, Vec::new())?;
        let known = Known { member: member.clone(), updated_at, places };
        members_before.insert(member.id, known);
        world.add_member(member);
    }
    let keys = seen.keys.into_iter().map(key_from_row).collect::<Result<_, _>>()?;
    Ok(Some(Loaded {
        world,
        keys,
        updated_at,
        members_before,
        counters_before: HashMap::new(),
        recalled: Vec::new(),
    }))
}

/// Counters as they are now, and keys that have been used by now, of one moment.
pub(super) async fn counters(
    lane: &Lane,
    (places, keys): (&[Pair], &[Pair]),
    now: Instant,
) -> Result<(Counters, Keys), StoreError> {
    let mut arguments = PgArguments::default();
    add_pairs(&mut arguments, places)?;
    add_array(&mut arguments, now)?;
    add_pairs(&mut arguments, keys)?;
    let mut seen = Seen::default();
    for row in &lane.rows(text::of_counters(plans::epoch()), arguments).await? {
        seen.add(row)?;
    }
    let keys = seen.keys.into_iter().map(key_from_row).collect::<Result<_, _>>()?;
    Ok((rows::hold::counters(seen.counters, seen.leases), keys))
}

/// What was seen, unless there is something among it that wants more than a look: an order that is known, members who are
/// others now, points that are held.
fn read(rows: &[PgRow]) -> Result<Option<Seen>, StoreError> {
    let mut seen = Seen::default();
    for row in rows {
        seen.add(row)?;
    }
    let is_unusual = seen.knows_an_order
        || seen.members.iter().any(|member| member.merged_into.is_some())
        || seen.wallets.iter().any(|wallet| wallet.held > 0);
    Ok((!is_unusual).then_some(seen))
}

/// The arrays of what is asked, in the order of the statement. An id that is no text is the id of nothing.
fn arguments(asked: &Asked<'_>) -> Result<PgArguments, StoreError> {
    let Asked { touches, keys, .. } = asked;
    let mut arguments = PgArguments::default();
    let members = || touches.members.iter().filter(|(key, _)| is_text(&key.customer));
    add_array(&mut arguments, members().map(|(key, _)| key.program.as_str()).collect::<Vec<_>>())?;
    add_array(&mut arguments, members().map(|(key, _)| key.customer.as_str()).collect::<Vec<_>>())?;
    add_array(&mut arguments, members().map(|(_, depth)| *depth == Depth::Whole).collect::<Vec<_>>())?;
    add_pairs(&mut arguments, keys)?;
    add_pairs(&mut arguments, &touches.orders)?;
    add_array(&mut arguments, front_limit())?;
    Ok(arguments)
}

/// An array of programmes, and one of ids in them.
fn add_pairs(arguments: &mut PgArguments, pairs: &[(String, String)]) -> Result<(), StoreError> {
    let pairs = || pairs.iter().filter(|(_, id)| is_text(id));
    add_array(arguments, pairs().map(|(program, _)| program.as_str()).collect::<Vec<_>>())?;
    add_array(arguments, pairs().map(|(_, id)| id.as_str()).collect::<Vec<_>>())
}

impl Touches {
    /// Whether the commands themselves name all that they touch.
    pub(super) fn is_direct(&self) -> bool {
        self.partings.is_empty()
            && self.members_of_orders.is_empty()
            && self.returns.is_empty()
            && self.holds.is_empty()
            && self.redemptions.is_empty()
    }
}

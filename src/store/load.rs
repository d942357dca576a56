//! Locks and loads what a batch touches: a number of statements that does not grow with the batch.

use std::{collections::BTreeSet, sync::Arc};

use entities::{idempotency_key, member, merge, program_version, purchase, purchase_return, redemption};
use hashbrown::HashMap;
use sea_orm::{
    Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::LockType,
};
use uuid::Uuid;

use super::{
    StoreError, counters,
    find::{by_any, by_pairs},
    owners::owners_in_tx,
    place::Places,
    rows::{self, from_json},
    tx::Tx,
    wallets::{self, Wanted, hold_ids},
    work::{KeyUse, Known, Loaded},
};
use crate::{
    clock::Instant,
    commands::{MemberKey, Merged, Order, Redemption, Touches, World, touches::Depth},
    ids::MemberId,
    program::Programs,
};

/// What a batch asks for: what its commands touch, their keys, and the time by which what is due is loaded.
pub(super) struct Asked<'a> {
    pub touches: &'a Touches,
    pub keys: &'a [(String, String)],
    pub now: Instant,
}

pub(super) async fn world_in_tx(
    tx: &Tx,
    asked: &Asked<'_>,
    programs: Arc<Programs>,
) -> Result<Loaded, StoreError> {
    let touches = asked.touches;
    let owners = owners_in_tx(tx, touches).await?;
    let members = lock_members_in_tx(tx, touches, &owners.members).await?;
    // From here on every statement sees what the last holder of those locks committed.
    let keys = keys_in_tx(tx, asked.keys).await?;
    let orders = lock_orders_in_tx(tx, &touches.orders).await?;
    let returns = returns_in_tx(tx, &touches.returns).await?;
    if owner_missed(&members, &orders, &touches.members_of_orders) {
        return Err(StoreError::Raced);
    }
    let redemptions = redemptions_in_tx(tx, touches).await?;
    if spender_missed(&members, &redemptions) {
        return Err(StoreError::Raced);
    }
    let merges = merges_in_tx(tx, &members).await?;
    let kin = kin_in_tx(tx, touches, &members).await?;
    let updated_at = members.iter().map(|row| row.updated_at).max();
    let now = asked.now.max(updated_at.unwrap_or(asked.now));
    let mut found =
        wallets::find(tx, wanted(touches, &owners.members, &members, &orders, &redemptions, now)).await?;

    let mut world = World::new(versions_in_tx(tx, programs, &orders).await?);
    let mut members_before = HashMap::new();
    for row in members {
        let ((wallets, holds), updated_at) = (found.take(MemberId(row.id)), row.updated_at);
        let member = rows::member::from_row(row, wallets, holds)?;
        let known = Known { member: member.clone(), updated_at, places: Places::default() };
        members_before.insert(member.id, known);
        world.add_member(member);
    }
    if found.has_more() {
        // A hold has gone to somebody else since its owner was looked up: its merge was undone.
        return Err(StoreError::Raced);
    }
    for (id, key) in names_in_tx(tx, &world, &orders).await? {
        world.add_name(id, key);
    }
    world.orders =
        orders.into_iter().map(|order| ((order.program.clone(), order.id.clone()), order)).collect();
    for row in returns {
        let record = rows::order::return_from_row(row)?;
        world.returns.insert((record.program.clone(), record.id.clone()), record);
    }
    world.redemptions = redemptions.into_iter().map(|redemption| (redemption.id, redemption)).collect();
    world.merges = merges;
    world.kin = kin;
    world.counters = counters::lock_in_tx(tx, touches, owners.counters, now).await?;
    let counters_before = world.counters.clone();
    Ok(Loaded { world, keys, updated_at, members_before, counters_before, recalled: Vec::new() })
}

/// What is needed of the wallets: the whole of whoever may lose points, and the lots that orders, spending and holds name.
fn wanted(
    touches: &Touches,
    owners: &[MemberKey],
    members: &[member::Model],
    orders: &[Order],
    redemptions: &[Redemption],
    now: Instant,
) -> Wanted {
    let owners: BTreeSet<&MemberKey> = owners.iter().collect();
    let mut wanted = Wanted { holds: hold_ids(&touches.holds), now: Some(now), ..Wanted::default() };
    for row in members {
        let key = MemberKey::new(&row.program_id, &row.customer_id);
        let whole = touches.members.get(&key) == Some(&Depth::Whole)
            || owners.contains(&key)
            || !touches.members.contains_key(&key);
        if whole { &mut wanted.whole } else { &mut wanted.front }.insert(row.id);
    }
    // Whatever is asked of somebody who was merged is asked of whom they have become, whom another command may only give to.
    while let Some(into) = members
        .iter()
        .filter(|row| wanted.whole.contains(&row.id))
        .find_map(|row| row.merged_into.filter(|into| wanted.front.remove(into)))
    {
        wanted.whole.insert(into);
    }
    // Both sides of what is to be parted.
    for row in members {
        if touches.partings.contains(&MemberKey::new(&row.program_id, &row.customer_id)) {
            wanted.every.extend([row.id].into_iter().chain(row.merged_into));
        }
    }
    wanted.lots.extend(orders.iter().flat_map(Order::lots));
    wanted.lots.extend(redemptions.iter().flat_map(|spent| spent.parts.iter().map(|part| part.lot)));
    wanted
}

/// Who stands merged into those whose merge is to be undone, whoever by.
async fn kin_in_tx(
    tx: &Tx,
    touches: &Touches,
    members: &[member::Model],
) -> Result<HashMap<MemberId, BTreeSet<MemberId>>, StoreError> {
    let mut all = HashMap::new();
    for row in members {
        if !touches.partings.contains(&MemberKey::new(&row.program_id, &row.customer_id)) {
            continue;
        }
        let (mut kin, mut last) = (BTreeSet::new(), vec![row.id]);
        while !last.is_empty() {
            let noted = by_any(tx, merge::Column::IntoId, last.iter().copied());
            let noted: BTreeSet<Uuid> = merge::Entity::find()
                .select_only()
                .column(merge::Column::MemberId)
                .filter(noted)
                .into_tuple()
                .all(tx)
                .await?
                .into_iter()
                .collect();
            let standing = Condition::all().add(by_any(tx, member::Column::Id, noted)).add(by_any(
                tx,
                member::Column::MergedInto,
                last,
            ));
            last = member::Entity::find()
                .select_only()
                .column(member::Column::Id)
                .filter(standing)
                .into_tuple()
                .all(tx)
                .await?;
            last.retain(|id| kin.insert(MemberId(*id)));
        }
        all.insert(MemberId(row.id), kin);
    }
    Ok(all)
}

/// The names of those whose orders are told again, and who are not loaded: a customer who recorded an order as part of another
/// member may be a member again.
async fn names_in_tx(
    tx: &Tx,
    world: &World,
    orders: &[Order],
) -> Result<Vec<(MemberId, MemberKey)>, StoreError> {
    let owners = orders.iter().filter_map(|order| order.member);
    let unknown: BTreeSet<Uuid> =
        owners.filter(|owner| world.key_of(*owner).is_none()).map(|owner| owner.0).collect();
    if unknown.is_empty() {
        return Ok(Vec::new());
    }
    let rows = member::Entity::find().filter(by_any(tx, member::Column::Id, unknown)).all(tx).await?;
    let name = |row: member::Model| (MemberId(row.id), MemberKey::new(&row.program_id, &row.customer_id));
    Ok(rows.into_iter().map(name).collect())
}

/// The merges that stand of those members who were merged; one of an earlier release was not noted.
async fn merges_in_tx(tx: &Tx, members: &[member::Model]) -> Result<HashMap<MemberId, Merged>, StoreError> {
    let merged: Vec<Uuid> =
        members.iter().filter(|row| row.merged_into.is_some()).map(|row| row.id).collect();
    if merged.is_empty() {
        return Ok(HashMap::new());
    }
    let of_members = by_any(tx, merge::Column::MemberId, merged);
    // The last one of each member's is left.
    let rows = merge::Entity::find().filter(of_members).order_by_asc(merge::Column::Version).all(tx).await?;
    let standing = rows.iter().map(rows::member::merged_from_row);
    standing.map(|merged| merged.map(|merged| (merged.member, merged))).collect()
}

async fn redemptions_in_tx(tx: &Tx, touches: &Touches) -> Result<Vec<Redemption>, StoreError> {
    use redemption::Column;
    let mut condition = Condition::any();
    if !touches.members_of_orders.is_empty() {
        let orders = &touches.members_of_orders;
        condition = condition.add(by_pairs(tx, (Column::ProgramId, Column::OrderId), orders));
    }
    if !touches.redemptions.is_empty() {
        condition = condition.add(by_any(tx, Column::Id, touches.redemptions.iter().map(|id| id.0)));
    }
    if condition.is_empty() {
        return Ok(Vec::new());
    }
    let rows = redemption::Entity::find().filter(condition).all(tx).await?;
    rows.into_iter().map(rows::hold::redemption_from_row).collect()
}

/// Whether an order was recorded after its owner had been looked up: the owner is not locked then.
fn owner_missed(members: &[member::Model], orders: &[Order], owned: &[(String, String)]) -> bool {
    let locked: BTreeSet<Uuid> = members.iter().map(|row| row.id).collect();
    let looked_up: BTreeSet<(&str, &str)> = owned.iter().map(|(program, id)| (&**program, &**id)).collect();
    let mut orders = orders.iter().filter(|order| looked_up.contains(&(&*order.program, &*order.id)));
    orders.any(|order| order.member.is_some_and(|owner| !locked.contains(&owner.0)))
}

/// The same of who spent points on an order.
fn spender_missed(members: &[member::Model], redemptions: &[Redemption]) -> bool {
    let locked: BTreeSet<Uuid> = members.iter().map(|row| row.id).collect();
    redemptions.iter().any(|redemption| !locked.contains(&redemption.member.0))
}

/// The programmes, with the versions that orders were valued by where another process served one that this one has never
/// seen.
async fn versions_in_tx(
    tx: &Tx,
    programs: Arc<Programs>,
    orders: &[Order],
) -> Result<Arc<Programs>, StoreError> {
    let unseen = |order: &&Order| programs.version(&order.program, order.program_version).is_none();
    let unseen: BTreeSet<(&str, u32)> =
        orders.iter().filter(unseen).map(|order| (order.program.as_str(), order.program_version)).collect();
    if unseen.is_empty() {
        return Ok(programs);
    }
    let mut more = Programs::clone(&programs);
    for (program, version) in unseen {
        let row =
            program_version::Entity::find_by_id((program.to_owned(), version.cast_signed())).one(tx).await?;
        if let Some(row) = row {
            more.remember(super::programs::from_row(&row)?);
        }
    }
    Ok(Arc::new(more))
}

/// Locks members in the order of their ids. Those that were merged into others bring these along: they are rare, and what
/// their late lock may run into is one deadlock that the database resolves and the clerk repeats.
async fn lock_members_in_tx(
    tx: &Tx,
    touches: &Touches,
    owners: &[MemberKey],
) -> Result<Vec<member::Model>, StoreError> {
    let pair = |key: &MemberKey| (key.program.clone(), key.customer.clone());
    let mut keys: Vec<_> = touches.members.keys().chain(owners).map(pair).collect();
    let (mut members, mut known): (Vec<member::Model>, BTreeSet<Uuid>) = (Vec::new(), BTreeSet::new());
    while !keys.is_empty() {
        let rows = member::Entity::find()
            .filter(by_pairs(tx, (member::Column::ProgramId, member::Column::CustomerId), &keys))
            .order_by_asc(member::Column::Id)
            .lock(LockType::Update)
            .all(tx)
            .await?;
        // Who is the end of a chain may have been named as well.
        members.extend(rows.into_iter().filter(|row| known.insert(row.id)));
        let missing = members.iter().filter_map(|row| row.merged_into).filter(|into| !known.contains(into));
        keys = super::owners::keys_in_tx(tx, missing.collect()).await?.iter().map(pair).collect();
    }
    Ok(members)
}

async fn keys_in_tx(
    tx: &Tx,
    keys: &[(String, String)],
) -> Result<HashMap<(String, String), KeyUse>, StoreError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = idempotency_key::Entity::find()
        .filter(by_pairs(tx, (idempotency_key::Column::ProgramId, idempotency_key::Column::Key), keys))
        .all(tx)
        .await?;
    rows.into_iter().map(key_from_row).collect()
}

/// A key that was used, and what for.
pub(super) fn key_from_row(row: idempotency_key::Model) -> Result<((String, String), KeyUse), StoreError> {
    let outcome = from_json("idempotency_keys", &row.outcome)?;
    Ok(((row.program_id, row.key), KeyUse { content_hash: row.content_hash, outcome }))
}

async fn lock_orders_in_tx(tx: &Tx, orders: &[(String, String)]) -> Result<Vec<Order>, StoreError> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let rows = purchase::Entity::find()
        .filter(by_pairs(tx, (purchase::Column::ProgramId, purchase::Column::OrderId), orders))
        .order_by_asc(purchase::Column::ProgramId)
        .order_by_asc(purchase::Column::OrderId)
        .lock(LockType::Update)
        .all(tx)
        .await?;
    rows.into_iter().map(rows::order::from_row).collect()
}

async fn returns_in_tx(
    tx: &Tx,
    returns: &[(String, String)],
) -> Result<Vec<purchase_return::Model>, StoreError> {
    if returns.is_empty() {
        return Ok(Vec::new());
    }
    let by_id =
        by_pairs(tx, (purchase_return::Column::ProgramId, purchase_return::Column::ReturnId), returns);
    Ok(purchase_return::Entity::find().filter(by_id).all(tx).await?)
}

//! Locks and loads what a batch touches: at most seven statements.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use entities::{idempotency_key, member, program_version, purchase, purchase_return};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, sea_query::LockType,
};
use uuid::Uuid;

use super::{
    StoreError,
    find::by_pairs,
    rows::{self, from_json},
    wallets::wallets_in_tx,
    work::{KeyUse, Loaded},
};
use crate::{
    commands::{MemberKey, Order, Touches, World},
    ids::MemberId,
    program::Programs,
};

pub(super) async fn world_in_tx(
    tx: &DatabaseTransaction,
    touches: &Touches,
    keys: &[(String, String)],
    programs: Arc<Programs>,
) -> Result<Loaded, StoreError> {
    // Who owns an order is looked up before the lock and never changes once somebody does.
    let owners = owners_in_tx(tx, &touches.members_of_orders).await?;
    let members = lock_members_in_tx(tx, touches.members.iter().chain(&owners)).await?;
    // From here on every statement sees what the last holder of those locks committed.
    let keys = keys_in_tx(tx, keys).await?;
    let orders = lock_orders_in_tx(tx, &touches.orders).await?;
    let returns = returns_in_tx(tx, &touches.returns).await?;
    if owner_missed(&members, &orders, &touches.members_of_orders) {
        return Err(StoreError::Raced);
    }
    let ids: Vec<MemberId> = members.iter().map(|row| MemberId(row.id)).collect();
    let mut wallets = wallets_in_tx(tx, &ids, &orders).await?;

    let mut world = World::new(versions_in_tx(tx, programs, &orders).await?);
    let updated_at = members.iter().map(|row| row.updated_at).max();
    let mut members_before = HashMap::new();
    for row in members {
        let of_member = wallets.remove(&MemberId(row.id)).unwrap_or_default();
        members_before.insert(MemberId(row.id), of_member.clone());
        world.add_member(rows::member::from_row(row, of_member)?);
    }
    world.orders =
        orders.into_iter().map(|order| ((order.program.clone(), order.id.clone()), order)).collect();
    for row in returns {
        let record = rows::order::return_from_row(row)?;
        world.returns.insert((record.program.clone(), record.id.clone()), record);
    }
    Ok(Loaded { world, keys, updated_at, members_before })
}

/// Whether an order was recorded after its owner had been looked up: the owner is not locked then.
fn owner_missed(members: &[member::Model], orders: &[Order], owned: &[(String, String)]) -> bool {
    let locked: BTreeSet<Uuid> = members.iter().map(|row| row.id).collect();
    let looked_up: BTreeSet<(&str, &str)> = owned.iter().map(|(program, id)| (&**program, &**id)).collect();
    let mut orders = orders.iter().filter(|order| looked_up.contains(&(&*order.program, &*order.id)));
    orders.any(|order| order.member.is_some_and(|owner| !locked.contains(&owner.0)))
}

/// The programmes, with the versions that orders were valued by where another process served one that this one has never
/// seen.
async fn versions_in_tx(
    tx: &DatabaseTransaction,
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

async fn owners_in_tx(
    tx: &DatabaseTransaction,
    orders: &[(String, String)],
) -> Result<Vec<MemberKey>, StoreError> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let of_orders = purchase::Entity::find()
        .select_only()
        .column(purchase::Column::MemberId)
        .filter(by_pairs(tx, (purchase::Column::ProgramId, purchase::Column::OrderId), orders));
    let owners: Vec<(String, String)> = member::Entity::find()
        .select_only()
        .columns([member::Column::ProgramId, member::Column::CustomerId])
        .filter(member::Column::Id.in_subquery(of_orders.into_query()))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(owners.into_iter().map(|(program, customer)| MemberKey { program, customer }).collect())
}

async fn lock_members_in_tx(
    tx: &DatabaseTransaction,
    keys: impl Iterator<Item = &MemberKey>,
) -> Result<Vec<member::Model>, StoreError> {
    let keys: Vec<_> = keys.map(|key| (key.program.clone(), key.customer.clone())).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let members = member::Entity::find()
        .filter(by_pairs(tx, (member::Column::ProgramId, member::Column::CustomerId), &keys))
        .order_by_asc(member::Column::Id)
        .lock(LockType::Update)
        .all(tx)
        .await?;
    Ok(members)
}

async fn keys_in_tx(
    tx: &DatabaseTransaction,
    keys: &[(String, String)],
) -> Result<HashMap<(String, String), KeyUse>, StoreError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = idempotency_key::Entity::find()
        .filter(by_pairs(tx, (idempotency_key::Column::ProgramId, idempotency_key::Column::Key), keys))
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|row| {
            let outcome = from_json("idempotency_keys", &row.outcome)?;
            Ok(((row.program_id, row.key), KeyUse { content_hash: row.content_hash, outcome }))
        })
        .collect()
}

async fn lock_orders_in_tx(
    tx: &DatabaseTransaction,
    orders: &[(String, String)],
) -> Result<Vec<Order>, StoreError> {
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
    tx: &DatabaseTransaction,
    returns: &[(String, String)],
) -> Result<Vec<purchase_return::Model>, StoreError> {
    if returns.is_empty() {
        return Ok(Vec::new());
    }
    let by_id =
        by_pairs(tx, (purchase_return::Column::ProgramId, purchase_return::Column::ReturnId), returns);
    Ok(purchase_return::Entity::find().filter(by_id).all(tx).await?)
}

//! Locks and loads what a batch touches: at most seven statements.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use entities::{idempotency_key, lot, member, program_version, purchase, purchase_return, wallet};
use sea_orm::{
    ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{ExprTrait as _, LockType},
};
use uuid::Uuid;

use super::{
    StoreError,
    rows::{self, from_json},
    work::{KeyUse, Loaded},
};
use crate::{
    commands::{MemberKey, Order, Touches, World},
    ids::MemberId,
    program::Programs,
};

/// (program, id) pairs as a condition that both databases can answer from an index: ids by programme. Ids are the outside's:
/// one with a NUL, which PostgreSQL has no text for, is the id of nothing and would fail everybody's statement.
pub(super) fn any_of<C: sea_orm::ColumnTrait>(program: C, id: C, pairs: &[(String, String)]) -> Condition {
    let mut by_program: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (program, id) in pairs {
        let ids = by_program.entry(program).or_default();
        ids.extend((!id.contains('\0')).then_some(id.as_str()));
    }
    by_program
        .into_iter()
        .fold(Condition::any(), |any, (in_program, ids)| any.add(program.eq(in_program).and(id.is_in(ids))))
}

pub(super) async fn world_in_tx(
    tx: &DatabaseTransaction,
    touches: &Touches,
    keys: &[(String, String)],
    programs: Arc<Programs>,
) -> Result<Loaded, StoreError> {
    // Who owns an order is looked up before the lock and never changes once somebody does.
    let owners = owners_in_tx(tx, &touches.members_of_orders).await?;
    let members = lock_members_in_tx(tx, &touches.members, &owners).await?;
    // From here on every statement sees what the last holder of those locks committed.
    let keys = keys_in_tx(tx, keys).await?;
    let orders = lock_orders_in_tx(tx, &touches.orders).await?;
    let returns = returns_in_tx(tx, &touches.returns).await?;
    if owner_missed(&members, &orders, &touches.members_of_orders) {
        return Err(StoreError::Raced);
    }
    let mut wallets = wallets_in_tx(tx, &members, &orders).await?;

    let mut world = World::new(versions_in_tx(tx, programs, &orders).await?);
    let mut wallets_before = HashMap::new();
    for row in members {
        let of_member = wallets.remove(&MemberId(row.id)).unwrap_or_default();
        for wallet in &of_member {
            wallets_before.insert((MemberId(row.id), wallet.currency.clone()), wallet.clone());
        }
        world.add_member(rows::member::from_row(row, of_member)?);
    }
    world.orders =
        orders.into_iter().map(|order| ((order.program.clone(), order.id.clone()), order)).collect();
    for row in returns {
        let record = rows::order::return_from_row(row)?;
        world.returns.insert((record.program.clone(), record.id.clone()), record);
    }
    Ok(Loaded { world, keys, wallets_before })
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
) -> Result<BTreeSet<Uuid>, StoreError> {
    if orders.is_empty() {
        return Ok(BTreeSet::new());
    }
    let owners: Vec<Option<Uuid>> = purchase::Entity::find()
        .select_only()
        .column(purchase::Column::MemberId)
        .filter(any_of(purchase::Column::ProgramId, purchase::Column::OrderId, orders))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(owners.into_iter().flatten().collect())
}

async fn lock_members_in_tx(
    tx: &DatabaseTransaction,
    keys: &[MemberKey],
    ids: &BTreeSet<Uuid>,
) -> Result<Vec<member::Model>, StoreError> {
    if keys.is_empty() && ids.is_empty() {
        return Ok(Vec::new());
    }
    let pairs: Vec<_> = keys.iter().map(|key| (key.program.clone(), key.customer.clone())).collect();
    let mut condition = any_of(member::Column::ProgramId, member::Column::CustomerId, &pairs);
    if !ids.is_empty() {
        condition = condition.add(member::Column::Id.is_in(ids.iter().copied()));
    }
    let members = member::Entity::find()
        .filter(condition)
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
        .filter(any_of(idempotency_key::Column::ProgramId, idempotency_key::Column::Key, keys))
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
        .filter(any_of(purchase::Column::ProgramId, purchase::Column::OrderId, orders))
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
    let by_id = any_of(purchase_return::Column::ProgramId, purchase_return::Column::ReturnId, returns);
    Ok(purchase_return::Entity::find().filter(by_id).all(tx).await?)
}

/// Wallets of the members, with every lot that has something remaining and every lot of the orders.
async fn wallets_in_tx(
    tx: &DatabaseTransaction,
    members: &[member::Model],
    orders: &[Order],
) -> Result<HashMap<MemberId, Vec<crate::ledger::Wallet>>, StoreError> {
    if members.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = members.iter().map(|member| member.id).collect();
    let of_orders: BTreeSet<i64> =
        orders.iter().flat_map(|order| order.awards.iter().map(|award| award.lot)).collect();
    let wallets =
        wallet::Entity::find().filter(wallet::Column::MemberId.is_in(ids.iter().copied())).all(tx).await?;
    let mut wanted = Condition::any().add(lot::Column::Remaining.gt(0));
    if !of_orders.is_empty() {
        // A number is a member's own: this may bring a few lots too many, and never one too few.
        wanted = wanted.add(lot::Column::Seq.is_in(of_orders));
    }
    let lots = lot::Entity::find().filter(lot::Column::MemberId.is_in(ids)).filter(wanted).all(tx).await?;
    Ok(rows::ledger::wallets(wallets, lots))
}

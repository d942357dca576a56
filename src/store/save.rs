//! Saves what a batch changed: at most ten statements, a few more where a batch is so large that one would carry more
//! parameters than the databases take.

use std::collections::HashMap;

use entities::{allocation, entry, idempotency_key, lot, member, outbox, purchase, purchase_return, wallet};
use sea_orm::{
    ActiveValue::Set, DatabaseTransaction, EntityTrait, IdenStatic as _, Iterable as _, sea_query::OnConflict,
};

use super::{
    StoreError, rows,
    rows::to_json,
    work::{Additions, Loaded, changed_lots},
};
use crate::commands::Member;

/// Parameters of one statement: SQLite takes 32,766, PostgreSQL 65,535.
const PARAMETERS_MAX: usize = 32_000;

/// Writes tables in one order and rows in the order of their keys, so that two processes that insert the same keys wait
/// for one another and never in a circle.
pub(super) async fn changes_in_tx(
    tx: &DatabaseTransaction,
    loaded: &Loaded,
    additions: &Additions<'_>,
) -> Result<(), StoreError> {
    let world = &loaded.world;
    let mut members: Vec<&Member> = world.changed_members().collect();
    members.sort_by_key(|member| (&member.key, member.id));

    let rows = members.iter().map(|member| rows::member::to_row(member, additions.now)).collect();
    // A member whom another process enrolled first is caught by the unique customer id.
    upsert::<member::Entity>(tx, rows, &[member::Column::Id]).await?;
    save_wallets_in_tx(tx, loaded, &members).await?;

    let rows = world.entries.iter().map(rows::ledger::entry_to_row).collect();
    insert::<entry::Entity>(tx, rows).await?;
    let rows = world.entries.iter().flat_map(rows::ledger::allocations_to_rows).collect();
    insert::<allocation::Entity>(tx, rows).await?;

    let mut orders: Vec<_> = world.orders.values().filter(|order| order.changed).collect();
    orders.sort_by_key(|order| (&order.program, &order.id));
    // Nobody can lock an order that is not there: that two processes record the same one shows in its key, so a new order is
    // never written over one that came first.
    let (new, known): (Vec<_>, Vec<_>) = orders.into_iter().partition(|order| order.new);
    insert::<purchase::Entity>(tx, new.into_iter().map(rows::order::to_row).collect()).await?;
    let rows = known.into_iter().map(rows::order::to_row).collect();
    upsert::<purchase::Entity>(tx, rows, &[purchase::Column::ProgramId, purchase::Column::OrderId]).await?;
    let mut returns: Vec<_> = world.returns.values().filter(|record| record.new).collect();
    returns.sort_by_key(|record| (&record.program, &record.id));
    let rows = returns.into_iter().map(rows::order::return_to_row).collect();
    insert::<purchase_return::Entity>(tx, rows).await?;

    insert::<idempotency_key::Entity>(tx, key_rows(additions)).await?;
    insert::<outbox::Entity>(tx, outbox_rows(&members, additions)).await
}

async fn save_wallets_in_tx(
    tx: &DatabaseTransaction,
    loaded: &Loaded,
    members: &[&Member],
) -> Result<(), StoreError> {
    let mut wallets = Vec::new();
    let mut lots = Vec::new();
    for member in members {
        for wallet in &member.wallets {
            let before = loaded.before(member.id, &wallet.currency);
            if before != Some(wallet) {
                wallets.push(rows::ledger::wallet_to_row(member.id, wallet));
                let changed = changed_lots(wallet, before);
                lots.extend(changed.map(|lot| rows::ledger::lot_to_row(member.id, &wallet.currency, lot)));
            }
        }
    }
    upsert::<wallet::Entity>(tx, wallets, &[wallet::Column::MemberId, wallet::Column::Currency]).await?;
    upsert::<lot::Entity>(tx, lots, &[lot::Column::MemberId, lot::Column::Seq]).await
}

fn key_rows(additions: &Additions<'_>) -> Vec<idempotency_key::ActiveModel> {
    let mut keys: Vec<_> = additions.keys.iter().collect();
    keys.sort_by_key(|(key, _)| *key);
    let row = |((program, key), used): (&(String, String), &super::KeyUse)| idempotency_key::ActiveModel {
        program_id: Set(program.clone()),
        key: Set(key.clone()),
        content_hash: Set(used.content_hash.clone()),
        outcome: Set(to_json(&used.outcome)),
        recorded_at: Set(additions.now),
    };
    keys.into_iter().map(row).collect()
}

fn outbox_rows(members: &[&Member], additions: &Additions<'_>) -> Vec<outbox::ActiveModel> {
    let ids: &HashMap<_, _> = additions.outbox_ids;
    let row = |member: &&Member| {
        ids.get(&member.id).map(|id| outbox::ActiveModel {
            id: Set(*id),
            program_id: Set(member.key.program.clone()),
            customer_id: Set(member.key.customer.clone()),
            member_version: Set(member.version),
            created_at: Set(additions.now),
        })
    };
    members.iter().filter_map(row).collect()
}

async fn insert<E: EntityTrait>(tx: &DatabaseTransaction, rows: Vec<E::ActiveModel>) -> Result<(), StoreError>
where
    E::ActiveModel: Send,
{
    write::<E>(tx, rows, None).await
}

/// Inserts rows, or replaces those whose key is there.
async fn upsert<E>(
    tx: &DatabaseTransaction,
    rows: Vec<E::ActiveModel>,
    key: &[E::Column],
) -> Result<(), StoreError>
where
    E: EntityTrait,
    E::ActiveModel: Send,
{
    let others: Vec<E::Column> =
        E::Column::iter().filter(|column| !key.iter().any(|part| part.as_str() == column.as_str())).collect();
    let conflict = OnConflict::columns(key.iter().copied()).update_columns(others).to_owned();
    write::<E>(tx, rows, Some(conflict)).await
}

async fn write<E: EntityTrait>(
    tx: &DatabaseTransaction,
    mut rows: Vec<E::ActiveModel>,
    conflict: Option<OnConflict>,
) -> Result<(), StoreError>
where
    E::ActiveModel: Send,
{
    let rows_max = PARAMETERS_MAX / E::Column::iter().count();
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(rows_max));
        let mut insert = E::insert_many(std::mem::replace(&mut rows, rest));
        if let Some(conflict) = &conflict {
            insert = insert.on_conflict(conflict.clone());
        }
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

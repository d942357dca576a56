//! Saves what a batch changed.

use entities::{
    allocation, entry, idempotency_key, lot, member, outbox_batch, purchase, purchase_return, wallet,
};
use sea_orm::{ActiveValue::Set, DatabaseTransaction};

use super::{
    KeyUse, StoreError, outbox, rows,
    rows::to_json,
    wallets::changed_lots,
    work::{Additions, Loaded},
    write::Writes,
};
use crate::commands::{Member, Order};

/// Writes tables in one order and rows in the order of their keys, so that two processes that insert the same keys wait
/// for one another and never in a circle. What is new is inserted and never written over what came first: that another
/// process made the same member, order or key shows in a conflict.
pub(super) async fn changes_in_tx(
    tx: &DatabaseTransaction,
    loaded: &Loaded,
    additions: &Additions<'_>,
) -> Result<(), StoreError> {
    let world = &loaded.world;
    let mut writes = Writes::new(tx);
    let mut members: Vec<&Member> = world.changed_members().collect();
    members.sort_by_key(|member| (&member.key, member.id));
    let (known, new): (Vec<&Member>, Vec<_>) = members.iter().partition(|member| loaded.knew(member.id));
    let row = |member| rows::member::to_row(member, additions.now);
    writes.insert::<member::Entity>(new.into_iter().map(row).collect()).await?;
    writes.update::<member::Entity>(known.into_iter().map(row).collect()).await?;
    save_wallets(&mut writes, loaded, &members).await?;

    let entries = world.entries.iter();
    writes.insert::<entry::Entity>(entries.clone().map(rows::ledger::entry_to_row).collect()).await?;
    writes
        .insert::<allocation::Entity>(entries.flat_map(rows::ledger::allocations_to_rows).collect())
        .await?;

    let mut orders: Vec<&Order> = world.orders.values().filter(|order| order.changed).collect();
    orders.sort_by_key(|order| (&order.program, &order.id));
    let (new, known): (Vec<&Order>, Vec<_>) = orders.into_iter().partition(|order| order.new);
    writes.insert::<purchase::Entity>(new.into_iter().map(rows::order::to_row).collect()).await?;
    writes.update::<purchase::Entity>(known.into_iter().map(rows::order::to_row).collect()).await?;
    let mut returns: Vec<_> = world.returns.values().filter(|record| record.new).collect();
    returns.sort_by_key(|record| (&record.program, &record.id));
    let returns = returns.into_iter().map(rows::order::return_to_row);
    writes.insert::<purchase_return::Entity>(returns.collect()).await?;

    writes.insert::<idempotency_key::Entity>(key_rows(additions)).await?;
    let told = additions.outbox_id.map(|id| outbox::to_row(id, &members, additions.now));
    writes.insert::<outbox_batch::Entity>(told.into_iter().collect()).await?;
    writes.finish().await
}

/// Wallets and lots that changed.
async fn save_wallets(
    writes: &mut Writes<'_>,
    loaded: &Loaded,
    members: &[&Member],
) -> Result<(), StoreError> {
    let (mut new, mut known) = (Vec::new(), Vec::new());
    let (mut new_lots, mut known_lots) = (Vec::new(), Vec::new());
    for member in members {
        for wallet in &member.wallets {
            let before = loaded.before(member.id, &wallet.currency);
            if before == Some(wallet) {
                continue;
            }
            let wallets = if before.is_some() { &mut known } else { &mut new };
            wallets.push(rows::ledger::wallet_to_row(member.id, wallet));
            let (inserted, updated) = changed_lots(wallet, before);
            let row = |lot| rows::ledger::lot_to_row(member.id, &wallet.currency, lot);
            new_lots.extend(inserted.into_iter().map(row));
            known_lots.extend(updated.into_iter().map(row));
        }
    }
    writes.insert::<wallet::Entity>(new).await?;
    writes.update::<wallet::Entity>(known).await?;
    writes.insert::<lot::Entity>(new_lots).await?;
    writes.update::<lot::Entity>(known_lots).await
}

fn key_rows(additions: &Additions<'_>) -> Vec<idempotency_key::ActiveModel> {
    let mut keys: Vec<_> = additions.keys.iter().collect();
    keys.sort_by_key(|(key, _)| *key);
    let row = |((program, key), used): (&(String, String), &KeyUse)| idempotency_key::ActiveModel {
        program_id: Set(program.clone()),
        key: Set(key.clone()),
        content_hash: Set(used.content_hash.clone()),
        outcome: Set(to_json(&used.outcome)),
        recorded_at: Set(additions.now),
    };
    keys.into_iter().map(row).collect()
}

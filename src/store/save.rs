//! Saves what a batch changed.

use std::collections::HashMap;

use entities::{
    allocation, audit_pending, entry, hold, idempotency_key, lot, member, outbox_batch, purchase,
    purchase_return, redemption, standing, wallet,
};
use sea_orm::ActiveValue::Set;

use super::{
    KeyUse, StoreError, counters, outbox, rows,
    rows::to_json,
    tx::Tx,
    wallets::changed_lots,
    work::{Additions, Known, Loaded},
    write::Writes,
};
use crate::{
    clock::Instant,
    commands::{Member, Order, Redemption, World},
    ids::{HoldId, MemberId},
    ledger::Hold,
};

/// Writes tables in one order and rows in the order of their keys, so that two processes that insert the same keys wait
/// for one another and never in a circle. What is new is inserted and never written over what came first: that another
/// process made the same member, order or key shows in a conflict.
pub(super) async fn changes_in_tx(
    tx: &Tx,
    loaded: &Loaded,
    additions: &Additions<'_>,
) -> Result<(), StoreError> {
    let world = &loaded.world;
    let mut writes = Writes::new(tx);
    let mut members: Vec<&Member> = world.changed_members().collect();
    members.sort_by_key(|member| (&member.key, member.id));
    let (mut known, new): (Vec<&Member>, Vec<_>) = members.iter().partition(|member| loaded.knew(member.id));
    // In the order in which they are locked elsewhere.
    known.sort_by_key(|member| member.id);
    let row = |member: &Member| {
        let program = world.programs.latest(&member.key.program);
        rows::member::to_row(member, program.map(AsRef::as_ref), additions.now)
    };
    writes.insert::<member::Entity>(new.into_iter().map(row).collect()).await?;
    let known = known.into_iter().filter_map(|member| {
        let Known { member: before, updated_at } = loaded.members_before.get(&member.id)?;
        Some((row(member), (before.version, *updated_at)))
    });
    writes.update_seen_at::<member::Entity>(known.collect()).await?;
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
    save_spending(&mut writes, world).await?;
    save_holds(&mut writes, loaded, &members).await?;
    save_standings(&mut writes, loaded, &members, additions.now).await?;
    counters::save(&mut writes, &loaded.counters_before, &world.counters).await?;

    writes.insert::<idempotency_key::Entity>(key_rows(additions)).await?;
    let told = additions.outbox_id.map(|id| outbox::to_row(id, &members, additions.now));
    writes.insert::<outbox_batch::Entity>(told.into_iter().collect()).await?;
    let records = additions.records.iter().cloned().map(rows::audit::to_row);
    writes.insert::<audit_pending::Entity>(records.collect()).await?;
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

/// Redemptions that are new or changed.
async fn save_spending(writes: &mut Writes<'_>, world: &World) -> Result<(), StoreError> {
    let mut changed: Vec<_> = world.redemptions.values().filter(|redemption| redemption.changed).collect();
    changed.sort_by_key(|redemption| redemption.id);
    let (new, known): (Vec<&Redemption>, Vec<_>) = changed.into_iter().partition(|redemption| redemption.new);
    let row = rows::hold::redemption_to_row;
    writes.insert::<redemption::Entity>(new.into_iter().map(row).collect()).await?;
    writes.update::<redemption::Entity>(known.into_iter().map(row).collect()).await
}

/// Holds that are new or have ended, and those that moved to another member.
async fn save_holds(writes: &mut Writes<'_>, loaded: &Loaded, members: &[&Member]) -> Result<(), StoreError> {
    let known: HashMap<HoldId, (MemberId, &Hold)> = loaded
        .members_before
        .values()
        .flat_map(|Known { member, .. }| {
            let holds = member.holds.iter().filter_map(|record| member.hold(record.id));
            holds.map(move |(record, hold)| (record.id, (member.id, hold)))
        })
        .collect();
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for member in members {
        for (record, hold) in member.holds.iter().filter_map(|record| member.hold(record.id)) {
            let row = || rows::hold::to_row(member, record, hold);
            match known.get(&record.id) {
                None => new.push((record.id, row())),
                Some(before) if *before != (member.id, hold) => changed.push((record.id, row())),
                Some(_) => {}
            }
        }
    }
    for rows in [&mut new, &mut changed] {
        rows.sort_by_key(|(id, _)| *id);
    }
    writes.insert::<hold::Entity>(new.into_iter().map(|(_, row)| row).collect()).await?;
    writes.update::<hold::Entity>(changed.into_iter().map(|(_, row)| row).collect()).await
}

/// Where members stand on the ladder, where that has changed.
async fn save_standings(
    writes: &mut Writes<'_>,
    loaded: &Loaded,
    members: &[&Member],
    now: Instant,
) -> Result<(), StoreError> {
    let changed = members.iter().filter(|member| {
        let before = loaded.members_before.get(&member.id);
        member.standing.tier.is_some()
            && before.is_none_or(|before| before.member.standing != member.standing)
    });
    let row = |member: &&Member| standing::ActiveModel {
        member_id: Set(member.id.0),
        version: Set(member.version),
        recorded_at: Set(now),
        standing: Set(to_json(&member.standing)),
    };
    writes.insert::<standing::Entity>(changed.map(row).collect()).await
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

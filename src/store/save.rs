//! Saves what a batch changed.

use entities::{idempotency_key, member, standing};
use hashbrown::HashMap;

use super::{
    KeyUse, StoreError, counters, outbox,
    place::{MemberPlaces, Place, Places},
    rows,
    rows::to_json,
    tx::Tx,
    wallets::changed_lots,
    work::{Additions, Known, Loaded},
    write::{Row, Writes},
};
use crate::{
    clock::Instant,
    commands::{Member, Merged, Order, Redemption, World},
    ids::{HoldId, MemberId},
    ledger::Hold,
};

/// What a batch changed, ready to be written.
pub(super) struct Changes<'a> {
    writes: Writes<'a>,
    /// The members and wallets that were known before, in the order in which they are written.
    members: Vec<MemberId>,
    wallets: Vec<(MemberId, usize)>,
}

/// Writes tables in one order and rows in the order of their keys, so that two processes that insert the same keys wait
/// for one another and never in a circle. What is new is inserted and never written over what came first: that another
/// process made the same member, order or key shows in a conflict.
pub(super) fn changes<'a>(
    tx: &'a Tx,
    loaded: &'a Loaded,
    additions: &Additions<'_>,
) -> Result<Changes<'a>, StoreError> {
    let world = &loaded.world;
    let mut writes = Writes::new(tx, world.entries.len());
    let by_places = tx.goes_by_places();
    let mut members: Vec<&Member> = world.changed_members().collect();
    members.sort_by_key(|member| (&member.key, member.id));
    let (mut known, new): (Vec<&Member>, Vec<_>) = members.iter().partition(|member| loaded.knew(member.id));
    // In the order in which they are locked elsewhere.
    known.sort_by_key(|member| member.id);
    let now = additions.now;
    let row = |member: &&'a Member| member_row(world, member, now);
    writes.insert(new.iter().map(row))?;
    let before = || known.iter().filter_map(|member| loaded.members_before.get(&member.id));
    let seen: Vec<_> = before().map(|before| (before.member.version, before.updated_at)).collect();
    let places = before().map(|before| before.places.member).collect();
    writes.update_seen_at(known.iter().map(row), &seen, all_known(places, by_places))?;
    let changed = known.into_iter().map(|member| member.id).collect();
    let wallets = save_wallets(&mut writes, loaded, &members, by_places)?;

    let entries = world.entries.iter();
    writes.insert(entries.clone().map(rows::ledger::entry_to_row))?;
    writes.insert(entries.flat_map(rows::ledger::allocations_to_rows))?;

    let mut orders: Vec<&Order> = world.orders.values().filter(|order| order.changed).collect();
    orders.sort_by_key(|order| (&order.program, &order.id));
    let (new, known): (Vec<&Order>, Vec<_>) = orders.into_iter().partition(|order| order.new);
    writes.insert(new.into_iter().map(rows::order::to_row))?;
    writes.update(known.into_iter().map(rows::order::to_row))?;
    let mut returns: Vec<_> = world.returns.values().filter(|record| record.new).collect();
    returns.sort_by_key(|record| (&record.program, &record.id));
    let returns = returns.into_iter().map(rows::order::return_to_row);
    writes.insert(returns)?;
    save_spending(&mut writes, world)?;
    save_holds(&mut writes, loaded, &members)?;
    save_standings(&mut writes, loaded, &members, additions.now)?;
    save_merges(&mut writes, world)?;
    counters::save(&mut writes, &loaded.counters_before, &world.counters)?;

    writes.insert(key_rows(additions))?;
    let told = additions.outbox_id.map(|id| outbox::to_row(id, &members, additions.now));
    writes.insert(told)?;
    let records = additions.records.iter().map(rows::audit::to_row);
    writes.insert(records)?;
    Ok(Changes { writes, members: changed, wallets })
}

impl Changes<'_> {
    /// Writes them. Answers where the members are then that were known before.
    pub(super) async fn finish(self, loaded: &Loaded) -> Result<MemberPlaces, StoreError> {
        let Self { writes, members, wallets } = self;
        let mut told = writes.finish().await?.into_iter();
        let mut of_members = if members.is_empty() { None } else { told.next() }.into_iter().flatten();
        let mut of_wallets = if wallets.is_empty() { None } else { told.next() }.into_iter().flatten();
        let mut all = HashMap::with_capacity(members.len());
        for (id, member) in members.into_iter().zip(&mut of_members) {
            let wallets = loaded.members_before.get(&id).map(|before| before.places.wallets.clone());
            all.insert(id, Places { member, wallets: wallets.unwrap_or_default() });
        }
        for ((id, number), place) in wallets.into_iter().zip(&mut of_wallets) {
            let Some(Places { wallets, .. }) = all.get_mut(&id) else { continue };
            if wallets.len() <= number {
                wallets.resize(number + 1, Place::default());
            }
            wallets[number] = place;
        }
        Ok(MemberPlaces(all))
    }
}

/// The places of rows, if those of all are known and they are to be found by them.
fn all_known(places: Vec<Place>, by_places: bool) -> Option<Vec<Place>> {
    (by_places && places.iter().all(|place| place.is_known())).then_some(places)
}

fn member_row<'a>(world: &World, member: &'a Member, now: Instant) -> Row<'a, member::Entity, 15> {
    let program = world.programs.latest(&member.key.program);
    rows::member::to_row(member, program.map(AsRef::as_ref), now)
}

/// Wallets and lots that changed. Answers which wallets were known before, in the order in which they are written.
fn save_wallets(
    writes: &mut Writes<'_>,
    loaded: &Loaded,
    members: &[&Member],
    by_places: bool,
) -> Result<Vec<(MemberId, usize)>, StoreError> {
    let (mut new, mut known, mut places, mut numbers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut new_lots, mut known_lots) = (Vec::new(), Vec::new());
    for member in members {
        let places_before = loaded.members_before.get(&member.id).map(|before| &before.places);
        for (number, wallet) in member.wallets.iter().enumerate() {
            let before = loaded.before(member.id, &wallet.currency);
            if before == Some(wallet) {
                continue;
            }
            if before.is_some() {
                known.push((member.id, wallet));
                places.push(places_before.map(|places| places.wallet(number)).unwrap_or_default());
                numbers.push((member.id, number));
            } else {
                new.push((member.id, wallet));
            }
            let (inserted, updated) = changed_lots(wallet, before);
            new_lots.extend(inserted.into_iter().map(|lot| (member.id, &wallet.currency, lot)));
            known_lots.extend(updated.into_iter().map(|lot| (member.id, &wallet.currency, lot)));
        }
    }
    let row = |(member, wallet)| rows::ledger::wallet_to_row(member, wallet);
    let lot_row = |(member, currency, lot)| rows::ledger::lot_to_row(member, currency, lot);
    writes.insert(new.into_iter().map(row))?;
    writes.update_placed(known.into_iter().map(row), all_known(places, by_places))?;
    writes.insert(new_lots.into_iter().map(lot_row))?;
    writes.update(known_lots.into_iter().map(lot_row))?;
    Ok(numbers)
}

/// Redemptions that are new or changed.
fn save_spending(writes: &mut Writes<'_>, world: &World) -> Result<(), StoreError> {
    let mut changed: Vec<_> = world.redemptions.values().filter(|redemption| redemption.changed).collect();
    changed.sort_by_key(|redemption| redemption.id);
    let (new, known): (Vec<&Redemption>, Vec<_>) = changed.into_iter().partition(|redemption| redemption.new);
    let row = rows::hold::redemption_to_row;
    writes.insert(new.into_iter().map(row))?;
    writes.update(known.into_iter().map(row))
}

/// Holds that are new or have ended, and those that moved to another member.
fn save_holds(writes: &mut Writes<'_>, loaded: &Loaded, members: &[&Member]) -> Result<(), StoreError> {
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
    writes.insert(new.into_iter().map(|(_, row)| row))?;
    writes.update(changed.into_iter().map(|(_, row)| row))
}

/// Merges that are new, or of which less would come back.
fn save_merges(writes: &mut Writes<'_>, world: &World) -> Result<(), StoreError> {
    let mut changed: Vec<&Merged> = world.merges.values().filter(|merged| merged.changed).collect();
    changed.sort_by_key(|merged| merged.member);
    let (new, known): (Vec<&Merged>, Vec<_>) = changed.into_iter().partition(|merged| merged.new);
    writes.insert(new.into_iter().map(rows::member::merged_to_row))?;
    writes.update(known.into_iter().map(rows::member::merged_to_row))
}

/// Where members stand on the ladder, where that has changed.
fn save_standings(
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
    let row = |member: &&Member| -> Row<'_, standing::Entity, 4> {
        Row([
            (standing::Column::MemberId, member.id.0.into()),
            (standing::Column::Version, member.version.into()),
            (standing::Column::RecordedAt, now.into()),
            (standing::Column::Standing, to_json(&member.standing).into()),
        ])
    };
    writes.insert(changed.map(row))
}

fn key_rows<'a>(additions: &Additions<'a>) -> Vec<Row<'a, idempotency_key::Entity, 5>> {
    let mut keys: Vec<_> = additions.keys.iter().collect();
    keys.sort_by_key(|(key, _)| *key);
    let row = |((program, key), used): (&'a (String, String), &'a KeyUse)| {
        Row([
            (idempotency_key::Column::ProgramId, program.into()),
            (idempotency_key::Column::Key, key.into()),
            (idempotency_key::Column::ContentHash, (&used.content_hash).into()),
            (idempotency_key::Column::Outcome, to_json(&used.outcome).into()),
            (idempotency_key::Column::RecordedAt, additions.now.into()),
        ])
    };
    keys.into_iter().map(row).collect()
}

//! Counters that many share: locked after the members, in the order of their names.

use entities::{counter, counter_lease};
use hashbrown::HashMap;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, IdenStatic as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, LockType, Order},
};

use super::{
    StoreError,
    find::{by_any, by_pairs},
    rows,
    tx::Tx,
    wallets::hold_ids,
    write::Writes,
};
use crate::{clock::Instant, commands::Touches, ledger::Counter};

/// Counters that are touched, with their leases whose time is over and those of the holds that are named.
pub(super) async fn lock_in_tx(
    tx: &Tx,
    touches: &Touches,
    of_owners: Vec<(String, String)>,
    now: Instant,
) -> Result<HashMap<(String, String), Counter>, StoreError> {
    let mut places = touches.counters.clone();
    places.extend(of_owners);
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    places.sort_unstable();
    places.dedup();
    let counters = counter::Entity::find()
        .filter(by_pairs(tx, (counter::Column::ProgramId, counter::Column::Name), &places))
        .order_by(in_one_order(tx, counter::Column::ProgramId), Order::Asc)
        .order_by(in_one_order(tx, counter::Column::Name), Order::Asc)
        .lock(LockType::Update)
        .all(tx)
        .await?;
    let of_counters = by_pairs(tx, (counter_lease::Column::ProgramId, counter_lease::Column::Name), &places);
    let over = counter_lease::Column::Open.eq(true).and(counter_lease::Column::ExpiresAt.lte(now));
    let mut needed = Condition::any().add(over);
    if !touches.holds.is_empty() {
        // Open or not: one that a later time has ended tells that the hold is over.
        needed = needed.add(by_any(tx, counter_lease::Column::Id, hold_ids(&touches.holds)));
    }
    let leases = counter_lease::Entity::find().filter(of_counters).filter(needed).all(tx).await?;
    Ok(rows::hold::counters(counters, leases))
}

/// A column whose order is that of its bytes, in which counters are written, whatever the database's language.
fn in_one_order(tx: &Tx, column: counter::Column) -> Expr {
    let name = column.as_str();
    match tx {
        Tx::Postgres(_) => Expr::cust(format!("\"counters\".\"{name}\" COLLATE \"C\"")),
        Tx::Sqlite(_) => Expr::col(column.as_column_ref()),
    }
}

/// Writes the counters that changed, with their leases.
pub(super) fn save(
    writes: &mut Writes<'_>,
    before: &HashMap<(String, String), Counter>,
    after: &HashMap<(String, String), Counter>,
) -> Result<(), StoreError> {
    let mut changed: Vec<_> =
        after.iter().filter(|(place, counter)| before.get(*place) != Some(counter)).collect();
    changed.sort_by_key(|(place, _)| *place);
    let (known, new): (Vec<_>, Vec<_>) = changed.iter().partition(|(place, _)| before.contains_key(*place));
    let row = rows::hold::counter_to_row;
    writes.insert(new.into_iter().map(|(place, counter)| row(place, counter)))?;
    // A version alone could be another's: a standby that lost a change gives its number again.
    let seen = known.iter().filter_map(|(place, _)| before.get(*place));
    let seen: Vec<_> = seen.map(|seen| [seen.version, seen.taken, seen.held]).collect();
    writes.update_seen_counts(known.into_iter().map(|(place, counter)| row(place, counter)), &seen)?;
    let (mut opened, mut closed) = (Vec::new(), Vec::new());
    for (place, counter) in changed {
        let leases_before = before.get(place).map(|counter| &*counter.leases).unwrap_or_default();
        for lease in counter.leases.iter().filter(|lease| !leases_before.contains(lease)) {
            let known = leases_before.iter().any(|known| known.id == lease.id);
            if known { &mut closed } else { &mut opened }.push(rows::hold::lease_to_row(place, lease));
        }
    }
    writes.insert(opened)?;
    writes.update(closed)
}

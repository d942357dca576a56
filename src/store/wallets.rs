//! The wallets of a batch's members, with the lots that its commands may need.

use std::collections::{BTreeSet, HashMap};

use entities::{lot, wallet};
use sea_orm::{ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, QueryFilter as _};

use super::{StoreError, find::by_any, rows};
use crate::{
    commands::Order,
    ids::MemberId,
    ledger::{Lot, Wallet},
};

/// Wallets of locked members, with every lot that has something remaining and every lot of the orders.
pub(super) async fn wallets_in_tx(
    tx: &DatabaseTransaction,
    members: &[MemberId],
    orders: &[Order],
) -> Result<HashMap<MemberId, Vec<Wallet>>, StoreError> {
    if members.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = || members.iter().map(|member| member.0);
    let of_orders: BTreeSet<i64> =
        orders.iter().flat_map(|order| order.awards.iter().map(|award| award.lot)).collect();
    let wallets = wallet::Entity::find().filter(by_any(tx, wallet::Column::MemberId, ids())).all(tx).await?;
    let mut wanted = Condition::any().add(lot::Column::Remaining.gt(0));
    if !of_orders.is_empty() {
        // A number is a member's own: this may bring a few lots too many, and never one too few.
        wanted = wanted.add(by_any(tx, lot::Column::Seq, of_orders));
    }
    let of_members = by_any(tx, lot::Column::MemberId, ids());
    let lots = lot::Entity::find().filter(of_members).filter(wanted).all(tx).await?;
    Ok(rows::ledger::wallets(wallets, lots))
}

/// Lots of a wallet that are new, and those that are other than before.
pub(super) fn changed_lots<'a>(
    wallet: &'a Wallet,
    before: Option<&'a Wallet>,
) -> (Vec<&'a Lot>, Vec<&'a Lot>) {
    let lots = before.map(Wallet::lots).unwrap_or_default().iter();
    let before: HashMap<i64, &Lot> = lots.map(|lot| (lot.seq, lot)).collect();
    let changed = wallet.lots().iter().filter(|lot| before.get(&lot.seq) != Some(lot));
    changed.partition(|lot| !before.contains_key(&lot.seq))
}

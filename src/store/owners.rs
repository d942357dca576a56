//! Whose an order, a hold or a redemption is: looked up before the members are locked.

use std::collections::BTreeSet;

use entities::{hold, member, purchase, redemption};
use sea_orm::{EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::{
    StoreError,
    find::{by_any, by_pairs},
    tx::Tx,
    wallets::hold_ids,
};
use crate::commands::{MemberKey, Touches, spending::stock_counter};

/// Members behind what commands name, and the counters that go with it. Whoever owns something now owns it for ever, unless
/// merged into somebody; a hold goes back where a merge is undone.
#[derive(Default)]
pub(super) struct Owners {
    pub members: Vec<MemberKey>,
    pub counters: Vec<(String, String)>,
}

pub(super) async fn owners_in_tx(tx: &Tx, touches: &Touches) -> Result<Owners, StoreError> {
    let mut ids: BTreeSet<Uuid> = BTreeSet::new();
    let mut counters = Vec::new();
    let orders = &touches.members_of_orders;
    if !orders.is_empty() {
        let earners: Vec<Option<Uuid>> = purchase::Entity::find()
            .select_only()
            .column(purchase::Column::MemberId)
            .filter(by_pairs(tx, (purchase::Column::ProgramId, purchase::Column::OrderId), orders))
            .into_tuple()
            .all(tx)
            .await?;
        ids.extend(earners.into_iter().flatten());
        let spenders: Vec<Uuid> = redemption::Entity::find()
            .select_only()
            .column(redemption::Column::MemberId)
            .filter(by_pairs(tx, (redemption::Column::ProgramId, redemption::Column::OrderId), orders))
            .into_tuple()
            .all(tx)
            .await?;
        ids.extend(spenders);
    }
    let mut add = |(member, program, reward): (Uuid, String, Option<String>)| {
        ids.insert(member);
        counters.extend(reward.map(|reward| (program, stock_counter(&reward))));
    };
    if !touches.holds.is_empty() {
        let rows: Vec<_> = hold::Entity::find()
            .select_only()
            .columns([hold::Column::MemberId, hold::Column::ProgramId, hold::Column::Reward])
            .filter(by_any(tx, hold::Column::Id, hold_ids(&touches.holds)))
            .into_tuple()
            .all(tx)
            .await?;
        rows.into_iter().for_each(&mut add);
    }
    if !touches.redemptions.is_empty() {
        use redemption::Column;
        let rows: Vec<_> = redemption::Entity::find()
            .select_only()
            .columns([Column::MemberId, Column::ProgramId, Column::Reward])
            .filter(by_any(tx, Column::Id, touches.redemptions.iter().map(|id| id.0)))
            .into_tuple()
            .all(tx)
            .await?;
        rows.into_iter().for_each(&mut add);
    }
    Ok(Owners { members: keys_in_tx(tx, ids).await?, counters })
}

/// The outside names of members, with those of the members that they were merged into.
pub(super) async fn keys_in_tx(tx: &Tx, mut ids: BTreeSet<Uuid>) -> Result<Vec<MemberKey>, StoreError> {
    let (mut keys, mut seen) = (Vec::new(), BTreeSet::new());
    while !ids.is_empty() {
        let rows: Vec<(Uuid, String, String, Option<Uuid>)> = member::Entity::find()
            .select_only()
            .columns([
                member::Column::Id,
                member::Column::ProgramId,
                member::Column::CustomerId,
                member::Column::MergedInto,
            ])
            .filter(by_any(tx, member::Column::Id, ids.iter().copied()))
            .into_tuple()
            .all(tx)
            .await?;
        seen.append(&mut ids);
        for (_, program, customer, merged_into) in rows {
            keys.push(MemberKey { program, customer });
            ids.extend(merged_into.filter(|into| !seen.contains(into)));
        }
    }
    Ok(keys)
}

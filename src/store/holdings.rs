//! Reads of holds, redemptions and counters outside a batch.

use std::collections::BTreeSet;

use entities::{counter, counter_lease, hold, redemption};
use hashbrown::HashMap;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::{
    Pages, StoreError,
    again::again,
    find::{by_any, by_pairs},
    rows,
};
use crate::{
    clock::Instant,
    commands::{OwnedHold, Redemption},
    ids::{HoldId, MemberId, RedemptionId},
    ledger::Counter,
};

impl Pages {
    /// Holds by their ids, whatever has become of them.
    pub async fn holds(&self, ids: &[HoldId]) -> Result<HashMap<HoldId, OwnedHold>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let by_id = by_any(&self.read, hold::Column::Id, ids.iter().map(|id| id.0));
        let rows = self.all(hold::Entity::find().filter(by_id)).await?;
        let holds = rows.iter().map(|row| {
            let hold = OwnedHold {
                program: row.program_id.clone(),
                member: MemberId(row.member_id),
                record: rows::hold::record_from_row(row),
                hold: rows::hold::from_row(row)?,
            };
            Ok((hold.record.id, hold))
        });
        holds.collect()
    }

    /// Redemptions by their ids.
    pub async fn redemptions(
        &self,
        ids: &[RedemptionId],
    ) -> Result<HashMap<RedemptionId, Redemption>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let by_id = by_any(&self.read, redemption::Column::Id, ids.iter().map(|id| id.0));
        let rows = self.all(redemption::Entity::find().filter(by_id)).await?;
        let redemptions = rows.into_iter().map(rows::hold::redemption_from_row);
        redemptions.map(|found| found.map(|found| (found.id, found))).collect()
    }

    /// What was spent on orders, by (programme, order id), oldest first.
    pub async fn redemptions_of_orders(
        &self,
        orders: &[(String, String)],
    ) -> Result<HashMap<(String, String), Vec<Redemption>>, StoreError> {
        if orders.is_empty() {
            return Ok(HashMap::new());
        }
        let columns = (redemption::Column::ProgramId, redemption::Column::OrderId);
        let find = redemption::Entity::find()
            .filter(by_pairs(&self.read, columns, orders))
            .order_by_asc(redemption::Column::RedeemedAt)
            .order_by_asc(redemption::Column::Id);
        let rows = self.all(find).await?;
        let mut spent: HashMap<(String, String), Vec<Redemption>> = HashMap::new();
        for row in rows {
            let redemption = rows::hold::redemption_from_row(row)?;
            let order = redemption.order.clone().unwrap_or_default();
            spent.entry((redemption.program.clone(), order)).or_default().push(redemption);
        }
        Ok(spent)
    }

    /// Counters by (programme, name) as of a moment. One that is not there has never been touched.
    pub async fn counters_at(
        &self,
        places: &[(String, String)],
        now: Instant,
    ) -> Result<HashMap<(String, String), Counter>, StoreError> {
        if places.is_empty() {
            return Ok(HashMap::new());
        }
        let distinct: BTreeSet<(String, String)> = places.iter().cloned().collect();
        let places: Vec<(String, String)> = distinct.into_iter().collect();
        let mut counters = again(|| self.counters_at_once(&places, now)).await?;
        for counter in counters.values_mut() {
            counter.settle(now);
        }
        Ok(counters)
    }

    async fn counters_at_once(
        &self,
        places: &[(String, String)],
        now: Instant,
    ) -> Result<HashMap<(String, String), Counter>, StoreError> {
        let tx = self.snapshot().await?;
        let columns = (counter::Column::ProgramId, counter::Column::Name);
        let counters = counter::Entity::find().filter(by_pairs(&tx, columns, places)).all(&tx).await?;
        let columns = (counter_lease::Column::ProgramId, counter_lease::Column::Name);
        let overdue = counter_lease::Entity::find()
            .filter(by_pairs(&tx, columns, places))
            .filter(counter_lease::Column::Open.eq(true))
            .filter(counter_lease::Column::ExpiresAt.lte(now))
            .all(&tx)
            .await?;
        tx.commit().await?;
        Ok(rows::hold::counters(counters, overdue))
    }
}

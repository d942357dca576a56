//! A member's whole ledger, for those who check it.

use entities::{
    allocation, counter, counter_lease, entry, hold, lot, member, merge, purchase, redemption, wallet,
};
use hashbrown::HashMap;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::{
    Pages, StoreError,
    rows::{self, ledger::WalletParts},
};
use crate::{
    commands::{Entry, Member, Order, Redemption, spending::STOCK_PREFIX},
    ids::MemberId,
    ledger::Points,
};

/// Everything that is stored of a member, as of one moment.
#[derive(Clone, Debug)]
pub struct MemberLedger {
    /// With every lot, spent ones too, and every hold.
    pub member: Member,
    /// In the order of their numbers.
    pub entries: Vec<Entry>,
    pub orders: Vec<Order>,
    pub redemptions: Vec<Redemption>,
    /// Whether the member has ever been merged into another, as far as that was noted.
    pub was_merged: bool,
    /// By currency: available, pending and held as stored with the wallet.
    pub stored_balances: HashMap<String, [Points; 3]>,
}

impl Pages {
    /// Ledgers of members in the order of their ids, from after an id on.
    pub async fn ledgers(
        &self,
        after: Option<MemberId>,
        limit: u64,
    ) -> Result<Vec<MemberLedger>, StoreError> {
        let tx = self.snapshot().await?;
        let mut find = member::Entity::find();
        if let Some(after) = after {
            find = find.filter(member::Column::Id.gt(after.0));
        }
        let members = find.order_by_asc(member::Column::Id).limit(limit).all(&tx).await?;
        let ids: Vec<Uuid> = members.iter().map(|row| row.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let wallets = wallet::Entity::find()
            .filter(wallet::Column::MemberId.is_in(ids.iter().copied()))
            .all(&tx)
            .await?;
        let lots =
            lot::Entity::find().filter(lot::Column::MemberId.is_in(ids.iter().copied())).all(&tx).await?;
        let entries = entry::Entity::find()
            .filter(entry::Column::MemberId.is_in(ids.iter().copied()))
            .order_by_asc(entry::Column::Seq)
            .all(&tx)
            .await?;
        let allocations = allocation::Entity::find()
            .filter(allocation::Column::MemberId.is_in(ids.iter().copied()))
            .all(&tx)
            .await?;
        let of_members = purchase::Column::MemberId.is_in(ids.iter().copied());
        let orders = purchase::Entity::find().filter(of_members).all(&tx).await?;
        let holds =
            hold::Entity::find().filter(hold::Column::MemberId.is_in(ids.iter().copied())).all(&tx).await?;
        let of_members = merge::Column::MemberId.is_in(ids.iter().copied());
        let merges = merge::Entity::find().filter(of_members).all(&tx).await?;
        let spent =
            redemption::Entity::find().filter(redemption::Column::MemberId.is_in(ids)).all(&tx).await?;
        tx.commit().await?;

        let mut balances: HashMap<Uuid, HashMap<String, [Points; 3]>> = HashMap::new();
        for row in &wallets {
            let stored = [Points(row.available), Points(row.pending), Points(row.held)];
            balances.entry(row.member_id).or_default().insert(row.currency.clone(), stored);
        }
        let mut records = grouped(holds.iter().collect(), |row: &&hold::Model| row.member_id);
        let parts = WalletParts { wallets, lots, holds: holds.clone(), ..WalletParts::default() };
        let mut wallets = rows::ledger::wallets(parts)?;
        let mut entries = grouped(rows::ledger::entries(entries, allocations)?, |entry| entry.member.0);
        let orders = orders.into_iter().map(rows::order::from_row).collect::<Result<Vec<_>, _>>()?;
        let mut orders = grouped(orders, |order| order.member.map_or(Uuid::nil(), |member| member.0));
        let spent = spent.into_iter().map(rows::hold::redemption_from_row).collect::<Result<Vec<_>, _>>()?;
        let mut spent = grouped(spent, |redemption| redemption.member.0);
        let ledger = |row: member::Model| {
            let id = row.id;
            Ok(MemberLedger {
                member: rows::member::from_row(
                    row,
                    wallets.remove(&MemberId(id)).unwrap_or_default(),
                    records
                        .remove(&id)
                        .unwrap_or_default()
                        .into_iter()
                        .map(rows::hold::record_from_row)
                        .collect(),
                )?,
                redemptions: spent.remove(&id).unwrap_or_default(),
                was_merged: merges.iter().any(|merge| merge.member_id == id),
                entries: entries.remove(&id).unwrap_or_default(),
                orders: orders.remove(&id).unwrap_or_default(),
                stored_balances: balances.remove(&id).unwrap_or_default(),
            })
        };
        members.into_iter().map(ledger).collect()
    }
}

/// A shared number, and what it should be by what was taken and set aside of it.
#[derive(Clone, Debug)]
pub struct CounterAudit {
    pub program: String,
    pub name: String,
    /// Taken and held, as the counter says.
    pub stored: [i64; 2],
    /// Taken by redemptions that stand, and held by leases that are open.
    pub summed: [i64; 2],
}

impl Pages {
    /// Every counter, as of one moment.
    pub async fn counter_audits(&self) -> Result<Vec<CounterAudit>, StoreError> {
        let tx = self.snapshot().await?;
        let counters = counter::Entity::find().all(&tx).await?;
        let leases =
            counter_lease::Entity::find().filter(counter_lease::Column::Open.eq(true)).all(&tx).await?;
        let mut audits = Vec::new();
        for counter in counters {
            let held = leases
                .iter()
                .filter(|lease| (&lease.program_id, &lease.name) == (&counter.program_id, &counter.name));
            let held = held.map(|lease| lease.units).sum();
            let reward = counter.name.strip_prefix(STOCK_PREFIX).unwrap_or_default();
            let taken = redemption::Entity::find()
                .filter(redemption::Column::ProgramId.eq(&counter.program_id))
                .filter(redemption::Column::Reward.eq(reward))
                .filter(redemption::Column::Counted.eq(true))
                .filter(redemption::Column::Reversed.eq(false))
                .count(&tx)
                .await?;
            audits.push(CounterAudit {
                stored: [counter.taken, counter.held],
                summed: [i64::try_from(taken).unwrap_or(i64::MAX), held],
                program: counter.program_id,
                name: counter.name,
            });
        }
        tx.commit().await?;
        Ok(audits)
    }
}

fn grouped<T>(items: Vec<T>, member: impl Fn(&T) -> Uuid) -> HashMap<Uuid, Vec<T>> {
    let mut groups: HashMap<Uuid, Vec<T>> = HashMap::new();
    for item in items {
        groups.entry(member(&item)).or_default().push(item);
    }
    groups
}

//! Wallets of members, with the lots and holds that are needed of them.

use std::collections::BTreeSet;

use entities::{hold, lot, wallet};
use hashbrown::{HashMap, HashSet};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DatabaseBackend, EntityTrait as _, QueryFilter as _,
    Statement,
};
use uuid::Uuid;

use super::{
    StoreError,
    find::by_any,
    rows::{self, ledger::WalletParts, to_word},
};
use crate::{
    clock::Instant,
    commands::HoldRecord,
    ids::{HoldId, MemberId},
    ledger::{HoldState, Lot, Wallet},
};

/// Lots that are loaded of a member whose points are not to be taken: those that time changes next.
const FRONT_LOTS: usize = 32;

/// The front of each member's lots, soonest due first. Finds them by the index `ix_lots_due_at`, which knows the expression.
const FRONT: &str = "SELECT l.* FROM unnest($1) AS m(id) CROSS JOIN LATERAL (\
    SELECT * FROM lots WHERE member_id = m.id AND remaining > 0 \
    AND (CASE WHEN active THEN expires_at ELSE activates_at END) IS NOT NULL \
    ORDER BY (CASE WHEN active THEN expires_at ELSE activates_at END) LIMIT $2) l";

/// What is needed of members' wallets.
#[derive(Default)]
pub(super) struct Wanted {
    /// Every lot of these that holds something.
    pub whole: BTreeSet<Uuid>,
    /// Every lot of these, whatever it holds. They are among the `whole`.
    pub every: BTreeSet<Uuid>,
    /// Of these, what time changes next.
    pub front: BTreeSet<Uuid>,
    /// Numbers of lots that are needed whatever they hold, here or where they have moved. A number is a member's own: this
    /// may bring a few lots too many, and never one too few.
    pub lots: BTreeSet<i64>,
    /// Holds that are needed whether or not they are open.
    pub holds: BTreeSet<Uuid>,
    /// What is due by then is loaded.
    pub now: Option<Instant>,
}

/// The wallets of members, and what is known of their holds.
#[derive(Default)]
pub(super) struct Found {
    pub wallets: HashMap<MemberId, Vec<Wallet>>,
    pub holds: HashMap<MemberId, Vec<HoldRecord>>,
}

impl Found {
    /// What was found of a member.
    pub(super) fn take(&mut self, member: MemberId) -> (Vec<Wallet>, Vec<HoldRecord>) {
        (self.wallets.remove(&member).unwrap_or_default(), self.holds.remove(&member).unwrap_or_default())
    }

    /// Whether holds were found of members who were not asked for.
    pub(super) fn has_more(&self) -> bool {
        !self.holds.is_empty()
    }
}

pub(super) async fn find(connection: &impl ConnectionTrait, mut wanted: Wanted) -> Result<Found, StoreError> {
    if connection.get_database_backend() != DatabaseBackend::Postgres {
        // SQLite knows no lateral join; its programmes are small.
        wanted.whole.append(&mut wanted.front);
    }
    let ids: Vec<Uuid> = wanted.whole.iter().chain(&wanted.front).copied().collect();
    if ids.is_empty() {
        return Ok(Found::default());
    }
    let of_members = by_any(connection, wallet::Column::MemberId, ids.iter().copied());
    let wallets = wallet::Entity::find().filter(of_members).all(connection).await?;
    // Most members hold nothing, and cost no question.
    let holders = wallets.iter().filter(|wallet| wallet.held > 0).map(|wallet| wallet.member_id).collect();
    let holds = find_holds(connection, &holders, &wanted.holds).await?;
    let mut found = Found::default();
    for row in &holds {
        for part in rows::hold::from_row(row)?.parts {
            wanted.lots.insert(part.lot);
        }
        found.holds.entry(MemberId(row.member_id)).or_default().push(rows::hold::record_from_row(row));
    }
    let Lots { lots, rest_due_at } = find_lots(connection, &ids, &mut wanted).await?;
    found.wallets = rows::ledger::wallets(WalletParts { wallets, lots, holds, rest_due_at })?;
    Ok(found)
}

async fn find_holds(
    connection: &impl ConnectionTrait,
    holders: &BTreeSet<Uuid>,
    named: &BTreeSet<Uuid>,
) -> Result<Vec<hold::Model>, StoreError> {
    let mut condition = Condition::any();
    if !holders.is_empty() {
        let open = Condition::all()
            .add(by_any(connection, hold::Column::MemberId, holders.iter().copied()))
            .add(hold::Column::State.eq(to_word(&HoldState::Open)));
        condition = condition.add(open);
    }
    if !named.is_empty() {
        condition = condition.add(by_any(connection, hold::Column::Id, named.iter().copied()));
    }
    if condition.is_empty() {
        return Ok(Vec::new());
    }
    Ok(hold::Entity::find().filter(condition).all(connection).await?)
}

/// The fronts of members, told apart from what lies behind them.
#[derive(Default)]
pub(super) struct Fronts {
    pub lots: Vec<lot::Model>,
    /// Of members who have more lots: when time changes the first of the others.
    pub rest_due_at: HashMap<Uuid, Instant>,
}

impl Fronts {
    /// Takes the lots of one member that were found. No where all of the member's are needed instead: more is due than the
    /// front.
    pub(super) fn take(
        &mut self,
        member: Uuid,
        mut front: Vec<lot::Model>,
        now: impl Into<Option<Instant>>,
    ) -> bool {
        front.sort_by_key(due_at);
        let rest = front.get(FRONT_LOTS).and_then(due_at);
        if rest.is_some() && rest <= now.into() {
            return false;
        }
        self.rest_due_at.extend(rest.map(|rest| (member, rest)));
        self.lots.extend(front.into_iter().filter(|lot| rest.is_none() || due_at(lot) < rest));
        true
    }
}

/// How many lots are looked for of a front: one more than is used tells whether there are others.
pub(super) fn front_limit() -> i64 {
    i64::try_from(FRONT_LOTS + 1).expect("a small number")
}

struct Lots {
    lots: Vec<lot::Model>,
    /// Of members whose lots are not all there.
    rest_due_at: HashMap<Uuid, Instant>,
}

async fn find_lots(
    connection: &impl ConnectionTrait,
    ids: &[Uuid],
    wanted: &mut Wanted,
) -> Result<Lots, StoreError> {
    let mut fronts = Fronts::default();
    if !wanted.front.is_empty() {
        for (member, front) in find_fronts(connection, &wanted.front).await? {
            if !fronts.take(member, front, wanted.now) {
                wanted.whole.insert(member);
            }
        }
    }
    let Fronts { mut lots, rest_due_at } = fronts;
    let is_some = |member: &Uuid| !wanted.every.contains(member);
    let whole: Vec<Uuid> = wanted.whole.iter().copied().filter(is_some).collect();
    if !whole.is_empty() {
        let whole = by_any(connection, lot::Column::MemberId, whole);
        lots.extend(
            lot::Entity::find().filter(whole).filter(lot::Column::Remaining.gt(0)).all(connection).await?,
        );
    }
    if !wanted.every.is_empty() {
        let every = by_any(connection, lot::Column::MemberId, wanted.every.iter().copied());
        lots.extend(lot::Entity::find().filter(every).all(connection).await?);
    }
    if !wanted.lots.is_empty() {
        let known: HashSet<(Uuid, i64)> = lots.iter().map(|lot| (lot.member_id, lot.seq)).collect();
        let numbers = || wanted.lots.iter().copied();
        let named = Condition::any().add(by_any(connection, lot::Column::Seq, numbers())).add(by_any(
            connection,
            lot::Column::OriginSeq,
            numbers(),
        ));
        let of_members = by_any(connection, lot::Column::MemberId, ids.iter().copied());
        let named = lot::Entity::find().filter(of_members).filter(named).all(connection).await?;
        lots.extend(named.into_iter().filter(|lot| !known.contains(&(lot.member_id, lot.seq))));
    }
    Ok(Lots { lots, rest_due_at })
}

async fn find_fronts(
    connection: &impl ConnectionTrait,
    members: &BTreeSet<Uuid>,
) -> Result<HashMap<Uuid, Vec<lot::Model>>, StoreError> {
    let ids: Vec<Uuid> = members.iter().copied().collect();
    let statement =
        Statement::from_sql_and_values(DatabaseBackend::Postgres, FRONT, [ids.into(), front_limit().into()]);
    let mut fronts: HashMap<Uuid, Vec<lot::Model>> = HashMap::new();
    for row in lot::Entity::find().from_raw_sql(statement).all(connection).await? {
        fronts.entry(row.member_id).or_default().push(row);
    }
    Ok(fronts)
}

fn due_at(lot: &lot::Model) -> Option<Instant> {
    if lot.active { lot.expires_at } else { Some(lot.activates_at) }
}

/// Names of holds as they are stored.
pub(super) fn hold_ids(ids: &[HoldId]) -> BTreeSet<Uuid> {
    ids.iter().map(|id| id.0).collect()
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

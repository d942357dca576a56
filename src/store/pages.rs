//! All reads outside a batch.

use std::collections::BTreeSet;

use entities::{allocation, entry, member, purchase};
use hashbrown::HashMap;
use sea_orm::{
    AccessMode, ColumnTrait as _, Condition, DatabaseBackend, DatabaseConnection, DatabaseTransaction,
    EntityTrait as _, IsolationLevel, Order as Direction, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select, TransactionOptions, TransactionTrait as _, sea_query::ExprTrait as _,
};
use uuid::Uuid;

use super::{
    StoreError,
    again::again,
    find::{by_any, by_pairs},
    rows,
    wallets::{self, Wanted},
};
use crate::{
    clock::Instant,
    commands::{Entry, Member, MemberKey, MemberSnapshot, Order, touches::Depth},
    ids::MemberId,
    ledger::Kind,
};

/// Reads. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pages {
    pub(super) read: DatabaseConnection,
}

/// Which stretch of a list is asked for. Lists are newest first; `after` and `before` are positions in that order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice<P> {
    pub limit: usize,
    /// The last ones of the stretch, not the first.
    pub backward: bool,
    pub after: Option<P>,
    pub before: Option<P>,
}

/// A stretch of a list, newest first.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub has_previous: bool,
    pub has_next: bool,
}

impl<P> Slice<P> {
    /// One more than asked for tells whether there is more.
    pub(super) fn rows_max(&self) -> u64 {
        self.limit as u64 + 1
    }

    pub(super) fn direction(&self) -> Direction {
        if self.backward { Direction::Asc } else { Direction::Desc }
    }

    pub(super) fn page<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        if self.backward {
            rows.reverse();
            Page { items: rows, has_previous: more, has_next: self.before.is_some() }
        } else {
            Page { items: rows, has_previous: self.after.is_some(), has_next: more }
        }
    }
}

impl Pages {
    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.read.ping().await?)
    }

    /// Members by their outside names, as they were last written down: see [`MemberSnapshot::reaches`]. The number of
    /// statements does not grow with theirs.
    pub async fn members(
        &self,
        keys: &[MemberKey],
    ) -> Result<HashMap<MemberKey, MemberSnapshot>, StoreError> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let members = self.members_where(self.by_key(keys), Depth::Front).await?;
        Ok(members.iter().map(|member| (member.key.clone(), MemberSnapshot::of(member))).collect())
    }

    /// Members by their outside names, right at a moment.
    pub async fn members_at(
        &self,
        keys: &[MemberKey],
        now: Instant,
    ) -> Result<HashMap<MemberKey, MemberSnapshot>, StoreError> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let members = self.right_at(self.by_key(keys), now).await?;
        Ok(members.into_iter().map(|member| (member.key.clone(), member)).collect())
    }

    /// Members by their ids, right at a moment.
    pub async fn members_by_id_at(
        &self,
        ids: &[MemberId],
        now: Instant,
    ) -> Result<HashMap<MemberId, MemberSnapshot>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let members = self.right_at(self.by_id(ids), now).await?;
        Ok(members.into_iter().map(|member| (member.id, member)).collect())
    }

    /// The versions of those of `keys` that are members. One statement.
    pub async fn versions(&self, keys: &[MemberKey]) -> Result<HashMap<MemberKey, i64>, StoreError> {
        let rows: Vec<(String, String, i64)> = member::Entity::find()
            .select_only()
            .columns([member::Column::ProgramId, member::Column::CustomerId, member::Column::Version])
            .filter(self.by_key(keys))
            .into_tuple()
            .all(&self.read)
            .await?;
        let key = |(program, customer, version)| (MemberKey { program, customer }, version);
        Ok(rows.into_iter().map(key).collect())
    }

    /// A member with all that it has.
    pub(crate) async fn whole_member(&self, id: MemberId) -> Result<Option<Member>, StoreError> {
        Ok(self.members_where(self.by_id(&[id]), Depth::Whole).await?.pop())
    }

    /// Few members have more falling due than is read at first: those are read again, whole.
    async fn right_at(&self, condition: Condition, now: Instant) -> Result<Vec<MemberSnapshot>, StoreError> {
        let members = self.members_where(condition, Depth::Front).await?;
        let (right, short): (Vec<_>, Vec<_>) =
            members.iter().map(MemberSnapshot::of).partition(|member| member.reaches(now));
        if short.is_empty() {
            return Ok(right);
        }
        let ids: Vec<MemberId> = short.iter().map(|member| member.id).collect();
        let whole = self.members_where(self.by_id(&ids), Depth::Whole).await?;
        Ok(right
            .into_iter()
            .chain(whole.into_iter().map(|member| MemberSnapshot::settled(member, now)))
            .collect())
    }

    fn by_id(&self, ids: &[MemberId]) -> Condition {
        Condition::all().add(by_any(&self.read, member::Column::Id, ids.iter().map(|id| id.0)))
    }

    fn by_key(&self, keys: &[MemberKey]) -> Condition {
        let pairs: Vec<_> = keys.iter().map(|key| (key.program.clone(), key.customer.clone())).collect();
        by_pairs(&self.read, (member::Column::ProgramId, member::Column::CustomerId), &pairs)
    }

    /// A programme's members in the order of their ids, from after an id on.
    pub(crate) async fn members_of(
        &self,
        program: &str,
        after: Option<MemberId>,
        limit: u64,
    ) -> Result<Vec<Member>, StoreError> {
        let mut find = member::Entity::find().filter(member::Column::ProgramId.eq(program));
        if let Some(after) = after {
            find = find.filter(member::Column::Id.gt(after.0));
        }
        self.found(find.order_by_asc(member::Column::Id).limit(limit), Depth::Whole).await
    }

    async fn members_where(&self, condition: Condition, depth: Depth) -> Result<Vec<Member>, StoreError> {
        self.found(member::Entity::find().filter(condition), depth).await
    }

    /// Members with their wallets, holds and lots, all as of one moment.
    async fn found(&self, find: Select<member::Entity>, depth: Depth) -> Result<Vec<Member>, StoreError> {
        again(|| self.found_at_once(find.clone(), depth)).await
    }

    async fn found_at_once(
        &self,
        find: Select<member::Entity>,
        depth: Depth,
    ) -> Result<Vec<Member>, StoreError> {
        let tx = self.snapshot().await?;
        let rows = find.all(&tx).await?;
        let ids: BTreeSet<Uuid> = rows.iter().map(|row| row.id).collect();
        let wanted = match depth {
            Depth::Front => Wanted { front: ids, ..Wanted::default() },
            Depth::Whole => Wanted { whole: ids, ..Wanted::default() },
        };
        let mut found = wallets::find(&tx, wanted).await?;
        tx.commit().await?;
        let whole = |row: member::Model| {
            let (wallets, holds) = found.take(MemberId(row.id));
            rows::member::from_row(row, wallets, holds)
        };
        rows.into_iter().map(whole).collect()
    }

    /// A transaction in which every statement sees the same moment.
    pub(super) async fn snapshot(&self) -> Result<DatabaseTransaction, StoreError> {
        let options = match self.read.get_database_backend() {
            // A reader of SQLite's write-ahead log sees one moment as it is.
            DatabaseBackend::Sqlite => TransactionOptions::default(),
            _ => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                sqlite_transaction_mode: None,
            },
        };
        Ok(self.read.begin_with_options(options).await?)
    }

    /// A member's entries, newest first; of certain kinds, or of all where none is named, and where a partner is named those
    /// that it made. A position is an entry's number.
    pub async fn entries(
        &self,
        member: MemberId,
        (kinds, partner): (&[Kind], Option<&str>),
        slice: Slice<i64>,
    ) -> Result<Page<Entry>, StoreError> {
        let mut find = entry::Entity::find().filter(entry::Column::MemberId.eq(member.0));
        if !kinds.is_empty() {
            find = find.filter(entry::Column::Kind.is_in(kinds.iter().map(rows::to_word)));
        }
        if let Some(partner) = partner {
            find = find.filter(entry::Column::PartnerId.eq(partner));
        }
        if let Some(after) = slice.after {
            find = find.filter(entry::Column::Seq.lt(after));
        }
        if let Some(before) = slice.before {
            find = find.filter(entry::Column::Seq.gt(before));
        }
        let find = find.order_by(entry::Column::Seq, slice.direction()).limit(slice.rows_max());
        Ok(slice.page(self.with_allocations(find).await?))
    }

    /// Certain entries of a member, in the order of their numbers.
    pub async fn entries_by_number(
        &self,
        member: MemberId,
        numbers: &[i64],
    ) -> Result<Vec<Entry>, StoreError> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let find = entry::Entity::find()
            .filter(entry::Column::MemberId.eq(member.0))
            .filter(entry::Column::Seq.is_in(numbers.iter().copied()));
        self.with_allocations(find.order_by_asc(entry::Column::Seq)).await
    }

    /// What an order did to its member, oldest first.
    pub async fn entries_of_order(&self, member: MemberId, order_id: &str) -> Result<Vec<Entry>, StoreError> {
        let find = entry::Entity::find()
            .filter(entry::Column::MemberId.eq(member.0))
            .filter(entry::Column::OrderId.eq(order_id));
        self.with_allocations(find.order_by_asc(entry::Column::Seq)).await
    }

    async fn with_allocations(&self, find: Select<entry::Entity>) -> Result<Vec<Entry>, StoreError> {
        let rows = self.all(find).await?;
        let Some(member) = rows.first().map(|row| row.member_id) else { return Ok(Vec::new()) };
        let allocations = allocation::Entity::find()
            .filter(allocation::Column::MemberId.eq(member))
            .filter(allocation::Column::Seq.is_in(rows.iter().map(|row| row.seq)))
            .order_by_asc(allocation::Column::LotSeq);
        rows::ledger::entries(rows, self.all(allocations).await?)
    }

    /// Orders by (program, order id).
    pub async fn orders(
        &self,
        keys: &[(String, String)],
    ) -> Result<HashMap<(String, String), Order>, StoreError> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let by_id = by_pairs(&self.read, (purchase::Column::ProgramId, purchase::Column::OrderId), keys);
        let rows = self.all(purchase::Entity::find().filter(by_id)).await?;
        let orders = rows.into_iter().map(rows::order::from_row);
        orders.map(|order| order.map(|order| ((order.program.clone(), order.id.clone()), order))).collect()
    }

    /// A member's orders, newest first by when they were placed, then by id. That pair is the position.
    pub async fn orders_of(
        &self,
        member: MemberId,
        slice: Slice<(Instant, String)>,
    ) -> Result<Page<Order>, StoreError> {
        let mut find = purchase::Entity::find().filter(purchase::Column::MemberId.eq(member.0));
        if let Some((at, id)) = &slice.after {
            let older = purchase::Column::PlacedAt.lt(*at);
            let same = purchase::Column::PlacedAt.eq(*at).and(purchase::Column::OrderId.lt(id));
            find = find.filter(Condition::any().add(older).add(same));
        }
        if let Some((at, id)) = &slice.before {
            let newer = purchase::Column::PlacedAt.gt(*at);
            let same = purchase::Column::PlacedAt.eq(*at).and(purchase::Column::OrderId.gt(id));
            find = find.filter(Condition::any().add(newer).add(same));
        }
        let find = find
            .order_by(purchase::Column::PlacedAt, slice.direction())
            .order_by(purchase::Column::OrderId, slice.direction())
            .limit(slice.rows_max());
        let rows = self.all(find).await?;
        let orders: Result<Vec<Order>, StoreError> = rows.into_iter().map(rows::order::from_row).collect();
        Ok(slice.page(orders?))
    }
}

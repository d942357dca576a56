//! The audit log: records wait, are sealed into one chain, and are forgotten from its beginning.
//!
//! Who writes does not wait for the chain: a record is written beside what it tells of, in the same statement or
//! transaction, and whoever seals puts what waits behind the chain's head, one at a time ([`Trail::seal`]).

use entities::{audit_mark, audit_pending, audit_record};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait as _, DatabaseBackend, DatabaseConnection, DatabaseTransaction,
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, Func, Query},
};
use uuid::Uuid;

use super::{
    Page, Pages, Slice, Store, StoreError, find::by_any, rows, tx::begin_writing, write::insert_into,
};
use crate::{
    audit::{Actor, Head, Record, Sealed},
    clock::Instant,
};

/// Records that are sealed in one transaction: one may tell of a thousand things.
const SEALED_AT_ONCE: u64 = 128;
/// Rows of one statement, the largest first: each number of rows is another text, and connections keep those that they had.
const ROWS_OF_A_STATEMENT: [usize; 3] = [64, 8, 1];
/// Records that are forgotten in one transaction: meanwhile nobody seals.
const FORGOTTEN_AT_ONCE: i64 = 5_000;
/// PostgreSQL: whoever seals holds this lock of the database, so that the chain has one end.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7305790197)";

/// Where records are written, sealed and forgotten. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Trail {
    write: DatabaseConnection,
}

/// Which records are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub program: String,
    /// By whom: a token's subject.
    pub actor: Option<String>,
    /// About whom.
    pub customer: Option<String>,
    pub since: Option<Instant>,
    /// Before then.
    pub until: Option<Instant>,
}

impl Store {
    pub fn trail(&self) -> Trail {
        Trail { write: self.write.clone() }
    }
}

impl Trail {
    /// Writes records of what changed nothing else.
    pub async fn note(&self, records: Vec<Record>) -> Result<(), StoreError> {
        if !records.is_empty() {
            insert_into(&self.write, records.iter().map(rows::audit::to_row)).await?;
        }
        Ok(())
    }

    /// Seals what waits; answers how many records, and the chain's head after them.
    pub async fn seal(&self) -> Result<(u64, Head), StoreError> {
        let mut all = 0;
        loop {
            let (sealed, head) = self.seal_some().await?;
            all += sealed;
            if sealed < SEALED_AT_ONCE {
                return Ok((all, head));
            }
        }
    }

    async fn seal_some(&self) -> Result<(u64, Head), StoreError> {
        let tx = self.begin().await?;
        let mut head = head(&tx).await?;
        let waiting = audit_pending::Entity::find().order_by_asc(audit_pending::Column::Id);
        let waiting = waiting.limit(SEALED_AT_ONCE).all(&tx).await?;
        let count = waiting.len() as u64;
        if count == 0 {
            tx.rollback().await?;
            return Ok((0, head));
        }
        let ids: Vec<Uuid> = waiting.iter().map(|row| row.id).collect();
        let mut sealed = Vec::with_capacity(waiting.len());
        for row in waiting {
            sealed.push(rows::audit::sealed_to_row(head.seal(rows::audit::from_row(row)?)));
        }
        for rows in ROWS_OF_A_STATEMENT {
            while sealed.len() >= rows {
                let rest = sealed.split_off(rows);
                let some = std::mem::replace(&mut sealed, rest);
                audit_record::Entity::insert_many(some).exec_without_returning(&tx).await?;
            }
        }
        let sealed = by_any(&tx, audit_pending::Column::Id, ids);
        audit_pending::Entity::delete_many().filter(sealed).exec(&tx).await?;
        tx.commit().await?;
        Ok((count, head))
    }

    /// Forgets a stretch from the beginning of the chain, at most up to the first record that is not older than an instant; the
    /// last one stays. What is left then says so: a mark, and a record, which is made of the place up to which was forgotten.
    /// Answers that place, or None where there was nothing left to forget.
    pub async fn forget(
        &self,
        before: Instant,
        record: impl FnOnce(&Head) -> Record + Send,
    ) -> Result<Option<Head>, StoreError> {
        let tx = self.begin().await?;
        let by_place = || audit_record::Entity::find().order_by_asc(audit_record::Column::Seq);
        let kept = by_place().filter(audit_record::Column::RecordedAt.gte(before)).one(&tx).await?;
        let last = audit_record::Entity::find().order_by_desc(audit_record::Column::Seq).one(&tx).await?;
        let kept = kept.or(last).map_or(0, |row| row.seq);
        let first = by_place().one(&tx).await?.map_or(0, |row| row.seq);
        let gone = Ord::min(kept - 1, first + FORGOTTEN_AT_ONCE - 1);
        let Some(gone) = audit_record::Entity::find_by_id(gone).one(&tx).await? else {
            tx.rollback().await?;
            return Ok(None);
        };
        let gone = Head { seq: gone.seq, hash: gone.hash };
        let mark = audit_mark::ActiveModel {
            seq: Set(gone.seq),
            hash: Set(gone.hash.clone()),
            recorded_at: Set(before),
        };
        audit_mark::Entity::insert(mark).exec_without_returning(&tx).await?;
        let older = audit_record::Column::Seq.lte(gone.seq);
        audit_record::Entity::delete_many().filter(older).exec(&tx).await?;
        let marks = audit_mark::Column::Seq.lt(gone.seq);
        audit_mark::Entity::delete_many().filter(marks).exec(&tx).await?;
        insert_into(&tx, [rows::audit::to_row(&record(&gone))]).await?;
        tx.commit().await?;
        Ok(Some(gone))
    }

    /// A transaction of whoever seals or forgets: one at a time, over all processes.
    async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        let tx = begin_writing(&self.write).await?;
        if tx.get_database_backend() == DatabaseBackend::Postgres {
            tx.execute_unprepared(LOCK).await?;
        }
        Ok(tx)
    }
}

/// The chain's last place.
async fn head(tx: &DatabaseTransaction) -> Result<Head, StoreError> {
    let last = audit_record::Entity::find().order_by_desc(audit_record::Column::Seq).one(tx).await?;
    if let Some(last) = last {
        return Ok(Head { seq: last.seq, hash: last.hash });
    }
    let mark = audit_mark::Entity::find().order_by_desc(audit_mark::Column::Seq).one(tx).await?;
    Ok(mark.map_or_else(Head::start, |mark| Head { seq: mark.seq, hash: mark.hash }))
}

impl Pages {
    /// Sealed records, newest first. A position is a record's place in the chain.
    pub async fn audit_records(
        &self,
        filter: &AuditFilter,
        slice: Slice<i64>,
    ) -> Result<Page<Sealed>, StoreError> {
        use audit_record::Column;
        let mut find = audit_record::Entity::find().filter(Column::ProgramId.eq(&filter.program));
        if let Some(actor) = &filter.actor {
            find = find.filter(Column::Actor.eq(actor));
        }
        if let Some(customer) = &filter.customer {
            // As it stands in the JSON of an action.
            let told = format!("\"customer\":{}", rows::to_json(customer));
            let is_sqlite = self.read.get_database_backend() == DatabaseBackend::Sqlite;
            let place = Func::cust(if is_sqlite { "instr" } else { "strpos" });
            find = find.filter(Expr::expr(place.arg(Expr::col(Column::Actions)).arg(told)).gt(0));
        }
        if let Some(since) = filter.since {
            // The chain is in the order of time but for moments: what lies before all that is not older need not be read.
            let first = Query::select()
                .expr(Expr::col(Column::Seq).min())
                .from(audit_record::Entity)
                .and_where(Column::RecordedAt.gte(since))
                .to_owned();
            find = find.filter(Column::RecordedAt.gte(since));
            find = find.filter(Expr::col(Column::Seq).gte(Expr::SubQuery(None, Box::new(first.into()))));
        }
        if let Some(until) = filter.until {
            find = find.filter(Column::RecordedAt.lt(until));
        }
        if let Some(after) = slice.after {
            find = find.filter(Column::Seq.lt(after));
        }
        if let Some(before) = slice.before {
            find = find.filter(Column::Seq.gt(before));
        }
        let find = find.order_by(Column::Seq, slice.direction()).limit(slice.rows_max());
        let rows = self.all(find).await?.into_iter();
        Ok(slice.page(rows.map(rows::audit::sealed_from_row).collect::<Result<_, _>>()?))
    }

    /// The chain from after a place on, in its order.
    pub async fn audit_chain(&self, after: i64, limit: u64) -> Result<Vec<Sealed>, StoreError> {
        let find = audit_record::Entity::find().filter(audit_record::Column::Seq.gt(after));
        let rows = self.all(find.order_by_asc(audit_record::Column::Seq).limit(limit)).await?;
        rows.into_iter().map(rows::audit::sealed_from_row).collect()
    }

    /// Up to where the chain was forgotten.
    pub async fn audit_mark(&self) -> Result<Option<Head>, StoreError> {
        let find = audit_mark::Entity::find().order_by_desc(audit_mark::Column::Seq).limit(1);
        let mark = self.all(find).await?.into_iter().next();
        Ok(mark.map(|mark| Head { seq: mark.seq, hash: mark.hash }))
    }

    /// Records of somebody that wait to be sealed.
    pub async fn audit_pending_by(&self, actor: &Actor) -> Result<Vec<Record>, StoreError> {
        let find = audit_pending::Entity::find()
            .filter(audit_pending::Column::ActorKind.eq(actor.kind.name()))
            .filter(audit_pending::Column::Actor.eq(&actor.name));
        self.all(find).await?.into_iter().map(rows::audit::from_row).collect()
    }
}

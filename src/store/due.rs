//! Members whom time has changed, and nobody has touched since.

use entities::member;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseBackend, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{LockBehavior, LockType},
};

use super::{StoreError, UnitOfWork};
use crate::{clock::Instant, commands::MemberKey};

impl UnitOfWork {
    /// Takes members of some programmes of whom something is due, longest overdue first. Those that another process has
    /// taken are left to it: nobody waits, and nobody does anything twice.
    pub async fn take_due(
        &self,
        programs: &[&str],
        now: Instant,
        limit: u64,
    ) -> Result<Vec<MemberKey>, StoreError> {
        let mut find = member::Entity::find()
            .select_only()
            .columns([member::Column::ProgramId, member::Column::CustomerId])
            .filter(member::Column::DueAt.lte(now))
            .filter(member::Column::ProgramId.is_in(programs.iter().copied()))
            .order_by_asc(member::Column::DueAt)
            .limit(limit);
        if self.tx.get_database_backend() == DatabaseBackend::Postgres {
            find = find.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        let rows: Vec<(String, String)> = find.into_tuple().all(&self.tx).await?;
        Ok(rows.into_iter().map(|(program, customer)| MemberKey { program, customer }).collect())
    }
}

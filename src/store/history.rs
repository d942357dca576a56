//! What was known of a member at an instant of the past.

use entities::{allocation, entry, hold, standing};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::{
    Pages, StoreError,
    again::again,
    rows::{self, from_json},
};
use crate::{clock::Instant, commands::History, ids::MemberId, program::Standing};

impl Pages {
    /// Everything that had been recorded of a member by an instant.
    pub async fn history(&self, member: MemberId, at: Instant) -> Result<History, StoreError> {
        again(|| self.history_at_once(member, at)).await
    }

    async fn history_at_once(&self, member: MemberId, at: Instant) -> Result<History, StoreError> {
        let tx = self.snapshot().await?;
        let mut written = entry::Entity::find()
            .filter(entry::Column::MemberId.eq(member.0))
            .filter(entry::Column::RecordedAt.lte(at))
            .order_by_asc(entry::Column::Seq)
            .all(&tx)
            .await?;
        // Why points were given is not asked here, and is most of what an entry holds.
        for row in &mut written {
            row.explanation = None;
        }
        let last = written.last().map_or(0, |row| row.seq);
        let allocations = allocation::Entity::find()
            .filter(allocation::Column::MemberId.eq(member.0))
            .filter(allocation::Column::Seq.lte(last))
            .all(&tx)
            .await?;
        let ends: Vec<(i64, Instant)> = hold::Entity::find()
            .select_only()
            .columns([hold::Column::Seq, hold::Column::ExpiresAt])
            .filter(hold::Column::MemberId.eq(member.0))
            .filter(hold::Column::CreatedAt.lte(at))
            .into_tuple()
            .all(&tx)
            .await?;
        let standings = standing::Entity::find()
            .filter(standing::Column::MemberId.eq(member.0))
            .order_by_desc(standing::Column::Version);
        let latest = standings.clone().filter(standing::Column::RecordedAt.lte(at)).one(&tx).await?;
        let is_noted = latest.is_some() || standings.one(&tx).await?.is_some();
        tx.commit().await?;
        let standing: Option<Standing> =
            latest.map(|row| from_json("standings", &row.standing)).transpose()?;
        Ok(History {
            entries: rows::ledger::entries(written, allocations)?,
            hold_ends: ends.into_iter().collect(),
            standing,
            is_standing_noted: is_noted,
        })
    }
}

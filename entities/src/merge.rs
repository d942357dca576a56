//! What a merge moved beside lots, so that it can be undone.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "merges")]
pub struct Model {
    /// Who was merged.
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    /// The member's version that the merge made: the highest is the merge that stands, if one does.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    /// Whom the member was merged into; the member itself once that was undone.
    pub into_id: Uuid,
    pub merged_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub moved: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

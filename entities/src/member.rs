//! A customer in a programme.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "members")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub program_id: String,
    pub customer_id: String,
    pub status: String,
    pub enrolled_at: DateTimeUtc,
    pub channel: Option<String>,
    pub store_id: Option<String>,
    pub version: i64,
    pub tier: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub standing: String,
    pub next_seq: i64,
    pub due_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
    pub merged_into: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub partners: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

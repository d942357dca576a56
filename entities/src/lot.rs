//! The points of one credit; its number is that of the entry that gave it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lots")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub currency: String,
    pub issued: i64,
    pub remaining: i64,
    pub expired: i64,
    pub issued_at: DateTimeUtc,
    pub activates_at: DateTimeUtc,
    pub active: bool,
    pub expires_at: Option<DateTimeUtc>,
    pub awaits_event: bool,
    pub origin_id: Option<Uuid>,
    pub origin_seq: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

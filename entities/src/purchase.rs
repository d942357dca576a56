//! An order as recorded (`order` is a reserved word of SQL).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "purchases")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub program_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: String,
    pub customer_id: Option<String>,
    pub member_id: Option<Uuid>,
    pub placed_at: DateTimeUtc,
    pub recorded_at: DateTimeUtc,
    pub currency: String,
    pub channel: Option<String>,
    pub store_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub lines: String,
    pub program_version: i32,
    #[sea_orm(column_type = "Text")]
    pub held_tier: String,
    #[sea_orm(column_type = "Text")]
    pub awards: String,
    pub state: String,
    pub content_hash: String,
    pub revision: i32,
    #[sea_orm(column_type = "Text")]
    pub history: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

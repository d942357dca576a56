//! One immutable line of a member's ledger.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub currency: String,
    pub kind: String,
    pub debit: String,
    pub credit: String,
    pub amount: i64,
    pub balance_after: i64,
    pub deficit: i64,
    pub occurred_at: DateTimeUtc,
    pub recorded_at: DateTimeUtc,
    pub activates_at: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
    pub order_id: Option<String>,
    pub reason: Option<String>,
    pub program_version: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub explanation: Option<String>,
    pub awaits_event: bool,
    pub hold_seq: Option<i64>,
    pub lot_seq: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub partner_id: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

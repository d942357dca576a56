//! A record of the audit log that is not in its chain yet; deleted when it is.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_pending")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub recorded_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub program_id: String,
    #[sea_orm(column_type = "Text")]
    pub actor_kind: String,
    #[sea_orm(column_type = "Text")]
    pub actor: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub partner: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub token_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub actions: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! One currency of one member, with what has moved through it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wallets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: String,
    pub version: i64,
    pub available: i64,
    pub pending: i64,
    pub deficit: i64,
    pub earned: i64,
    pub adjusted: i64,
    pub clawed_back: i64,
    pub expired: i64,
    pub held: i64,
    pub redeemed: i64,
    pub transferred: i64,
    pub cancelled: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

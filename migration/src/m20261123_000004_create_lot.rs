//! The points of one credit; its number is that of the entry that gave it.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Lots::Table)
            .col(uuid(Lots::MemberId))
            .col(big_integer(Lots::Seq))
            .col(string(Lots::Currency))
            .col(big_integer(Lots::Issued))
            .col(big_integer(Lots::Remaining))
            .col(big_integer(Lots::Expired))
            .col(timestamp_with_time_zone(Lots::IssuedAt))
            .col(timestamp_with_time_zone(Lots::ActivatesAt))
            .col(boolean(Lots::Active))
            .col(timestamp_with_time_zone_null(Lots::ExpiresAt))
            .primary_key(Index::create().col(Lots::MemberId).col(Lots::Seq))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Lots::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Lots {
    Table,
    MemberId,
    Seq,
    Currency,
    Issued,
    Remaining,
    Expired,
    IssuedAt,
    ActivatesAt,
    Active,
    ExpiresAt,
}

//! Points that one lot gave towards one entry.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, timestamp_with_time_zone_null, uuid},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Allocations::Table)
            .col(uuid(Allocations::MemberId))
            .col(big_integer(Allocations::Seq))
            .col(big_integer(Allocations::LotSeq))
            .col(big_integer(Allocations::Points))
            .col(timestamp_with_time_zone_null(Allocations::ExpiresAt))
            .primary_key(
                Index::create().col(Allocations::MemberId).col(Allocations::Seq).col(Allocations::LotSeq),
            )
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Allocations::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Allocations {
    Table,
    MemberId,
    Seq,
    LotSeq,
    Points,
    ExpiresAt,
}

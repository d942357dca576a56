//! Where a member stood on the ladder, change by change: what was true at any instant of the past.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text, timestamp_with_time_zone, uuid},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Standings::Table)
            .col(uuid(Standings::MemberId))
            .col(big_integer(Standings::Version))
            .col(timestamp_with_time_zone(Standings::RecordedAt))
            .col(text(Standings::Standing))
            .primary_key(Index::create().col(Standings::MemberId).col(Standings::Version))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Standings::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Standings {
    Table,
    MemberId,
    Version,
    RecordedAt,
    Standing,
}

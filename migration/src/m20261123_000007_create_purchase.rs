//! An order as recorded (`order` is a reserved word of SQL).

use sea_orm_migration::{
    prelude::*,
    schema::{integer, string, string_null, text, timestamp_with_time_zone, uuid_null},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Purchases::Table)
            .col(string(Purchases::ProgramId))
            .col(string(Purchases::OrderId))
            .col(string_null(Purchases::CustomerId))
            .col(uuid_null(Purchases::MemberId))
            .col(timestamp_with_time_zone(Purchases::PlacedAt))
            .col(timestamp_with_time_zone(Purchases::RecordedAt))
            .col(string(Purchases::Currency))
            .col(string_null(Purchases::Channel))
            .col(string_null(Purchases::StoreId))
            .col(text(Purchases::Lines))
            .col(integer(Purchases::ProgramVersion))
            .col(text(Purchases::HeldTier))
            .col(text(Purchases::Awards))
            .col(string(Purchases::State))
            .col(string(Purchases::ContentHash))
            .primary_key(Index::create().col(Purchases::ProgramId).col(Purchases::OrderId))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("ix_purchases_member_id_placed_at_order_id")
            .table(Purchases::Table)
            .col(Purchases::MemberId)
            .col(Purchases::PlacedAt)
            .col(Purchases::OrderId)
            .to_owned();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Purchases::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Purchases {
    Table,
    ProgramId,
    OrderId,
    CustomerId,
    MemberId,
    PlacedAt,
    RecordedAt,
    Currency,
    Channel,
    StoreId,
    Lines,
    ProgramVersion,
    HeldTier,
    Awards,
    State,
    ContentHash,
}

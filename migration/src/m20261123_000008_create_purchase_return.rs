//! A return as recorded.

use sea_orm_migration::{
    prelude::*,
    schema::{string, text, timestamp_with_time_zone},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(PurchaseReturns::Table)
            .col(string(PurchaseReturns::ProgramId))
            .col(string(PurchaseReturns::ReturnId))
            .col(string(PurchaseReturns::OrderId))
            .col(timestamp_with_time_zone(PurchaseReturns::ReturnedAt))
            .col(timestamp_with_time_zone(PurchaseReturns::RecordedAt))
            .col(string(PurchaseReturns::ContentHash))
            .col(text(PurchaseReturns::Outcome))
            .primary_key(Index::create().col(PurchaseReturns::ProgramId).col(PurchaseReturns::ReturnId))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("ix_purchase_returns_program_id_order_id")
            .table(PurchaseReturns::Table)
            .col(PurchaseReturns::ProgramId)
            .col(PurchaseReturns::OrderId)
            .to_owned();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(PurchaseReturns::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum PurchaseReturns {
    Table,
    ProgramId,
    ReturnId,
    OrderId,
    ReturnedAt,
    RecordedAt,
    ContentHash,
    Outcome,
}

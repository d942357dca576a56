//! The members that one batch changed, of which the world has still to be told; deleted when it has been. Before, each
//! member was a row of the outbox, which stays until no server of the first release writes it any more.

use sea_orm_migration::{
    prelude::*,
    schema::{text, timestamp_with_time_zone, uuid},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(OutboxBatches::Table)
            .col(uuid(OutboxBatches::Id))
            .col(text(OutboxBatches::Members))
            .col(timestamp_with_time_zone(OutboxBatches::CreatedAt))
            .primary_key(Index::create().col(OutboxBatches::Id))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("ix_outbox_batches_created_at")
            .table(OutboxBatches::Table)
            .col(OutboxBatches::CreatedAt)
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(OutboxBatches::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum OutboxBatches {
    Table,
    Id,
    Members,
    CreatedAt,
}

//! A key that was used, with what it was used for and what came of it.

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
            .table(IdempotencyKeys::Table)
            .col(string(IdempotencyKeys::ProgramId))
            .col(string(IdempotencyKeys::Key))
            .col(string(IdempotencyKeys::ContentHash))
            .col(text(IdempotencyKeys::Outcome))
            .col(timestamp_with_time_zone(IdempotencyKeys::RecordedAt))
            .primary_key(Index::create().col(IdempotencyKeys::ProgramId).col(IdempotencyKeys::Key))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(IdempotencyKeys::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum IdempotencyKeys {
    Table,
    ProgramId,
    Key,
    ContentHash,
    Outcome,
    RecordedAt,
}

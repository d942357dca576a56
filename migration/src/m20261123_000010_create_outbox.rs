//! A change of a member that the world has still to be told of; deleted when it has been.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, string, timestamp_with_time_zone, uuid},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Outbox::Table)
            .col(uuid(Outbox::Id))
            .col(string(Outbox::ProgramId))
            .col(string(Outbox::CustomerId))
            .col(big_integer(Outbox::MemberVersion))
            .col(timestamp_with_time_zone(Outbox::CreatedAt))
            .primary_key(Index::create().col(Outbox::Id))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("ix_outbox_created_at")
            .table(Outbox::Table)
            .col(Outbox::CreatedAt)
            .to_owned();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Outbox::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Outbox {
    Table,
    Id,
    ProgramId,
    CustomerId,
    MemberVersion,
    CreatedAt,
}

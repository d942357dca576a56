//! Units of a shared number that are set aside for a while.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, text, timestamp_with_time_zone, uuid},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(CounterLeases::Table)
            .col(uuid(CounterLeases::Id))
            .col(text(CounterLeases::ProgramId))
            .col(text(CounterLeases::Name))
            .col(big_integer(CounterLeases::Units))
            .col(timestamp_with_time_zone(CounterLeases::ExpiresAt))
            .col(boolean(CounterLeases::Open))
            .primary_key(Index::create().col(CounterLeases::Id))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("ix_counter_leases_due")
            .table(CounterLeases::Table)
            .col(CounterLeases::ProgramId)
            .col(CounterLeases::Name)
            .col(CounterLeases::Open)
            .col(CounterLeases::ExpiresAt)
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(CounterLeases::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum CounterLeases {
    Table,
    Id,
    ProgramId,
    Name,
    Units,
    ExpiresAt,
    Open,
}

//! What is gone of a shared number, and what is set aside of it.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Counters::Table)
            .col(text(Counters::ProgramId))
            .col(text(Counters::Name))
            .col(big_integer(Counters::Version))
            .col(big_integer(Counters::Taken))
            .col(big_integer(Counters::Held))
            .primary_key(Index::create().col(Counters::ProgramId).col(Counters::Name))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Counters::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Counters {
    Table,
    ProgramId,
    Name,
    Version,
    Taken,
    Held,
}

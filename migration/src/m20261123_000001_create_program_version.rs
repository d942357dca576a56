//! Every version of every programme that has ever been served; a version never changes.

use sea_orm_migration::{
    prelude::*,
    schema::{integer, string, text, timestamp_with_time_zone},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(ProgramVersions::Table)
            .col(string(ProgramVersions::ProgramId))
            .col(integer(ProgramVersions::Version))
            .col(text(ProgramVersions::Document))
            .col(string(ProgramVersions::ContentHash))
            .col(timestamp_with_time_zone(ProgramVersions::CreatedAt))
            .primary_key(Index::create().col(ProgramVersions::ProgramId).col(ProgramVersions::Version))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ProgramVersions::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum ProgramVersions {
    Table,
    ProgramId,
    Version,
    Document,
    ContentHash,
    CreatedAt,
}

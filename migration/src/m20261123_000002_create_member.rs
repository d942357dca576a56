//! A customer in a programme.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, string, string_null, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    },
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Members::Table)
            .col(uuid(Members::Id))
            .col(string(Members::ProgramId))
            .col(string(Members::CustomerId))
            .col(string(Members::Status))
            .col(timestamp_with_time_zone(Members::EnrolledAt))
            .col(string_null(Members::Channel))
            .col(string_null(Members::StoreId))
            .col(big_integer(Members::Version))
            .col(string_null(Members::Tier))
            .col(text(Members::Standing))
            .col(big_integer(Members::NextSeq))
            .col(timestamp_with_time_zone_null(Members::DueAt))
            .col(timestamp_with_time_zone(Members::UpdatedAt))
            .primary_key(Index::create().col(Members::Id))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("unique_members_program_id_customer_id")
            .table(Members::Table)
            .col(Members::ProgramId)
            .col(Members::CustomerId)
            .unique()
            .to_owned();
        manager.create_index(index).await?;
        let index =
            Index::create().name("ix_members_due_at").table(Members::Table).col(Members::DueAt).to_owned();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Members::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Members {
    Table,
    Id,
    ProgramId,
    CustomerId,
    Status,
    EnrolledAt,
    Channel,
    StoreId,
    Version,
    Tier,
    Standing,
    NextSeq,
    DueAt,
    UpdatedAt,
}

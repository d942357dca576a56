//! Points set aside.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text, text_null, timestamp_with_time_zone, uuid},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Holds::Table)
            .col(uuid(Holds::Id))
            .col(text(Holds::ProgramId))
            .col(uuid(Holds::MemberId))
            .col(text(Holds::Currency))
            .col(big_integer(Holds::Seq))
            .col(big_integer(Holds::Points))
            .col(big_integer(Holds::Captured))
            .col(text(Holds::Parts))
            .col(big_integer(Holds::Deficit))
            .col(text(Holds::State))
            .col(text_null(Holds::OrderId))
            .col(text_null(Holds::Reward))
            .col(timestamp_with_time_zone(Holds::CreatedAt))
            .col(timestamp_with_time_zone(Holds::ExpiresAt))
            .primary_key(Index::create().col(Holds::Id))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("ix_holds_member_id")
            .table(Holds::Table)
            .col(Holds::MemberId)
            .col(Holds::State)
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Holds::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Holds {
    Table,
    Id,
    ProgramId,
    MemberId,
    Currency,
    Seq,
    Points,
    Captured,
    Parts,
    Deficit,
    State,
    OrderId,
    Reward,
    CreatedAt,
    ExpiresAt,
}

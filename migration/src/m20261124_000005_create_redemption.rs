//! Points that were spent, and what of them came back.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, text, text_null, timestamp_with_time_zone, uuid},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Redemptions::Table)
            .col(uuid(Redemptions::Id))
            .col(text(Redemptions::ProgramId))
            .col(uuid(Redemptions::MemberId))
            .col(text(Redemptions::Currency))
            .col(big_integer(Redemptions::Seq))
            .col(big_integer(Redemptions::Points))
            .col(text(Redemptions::Parts))
            .col(big_integer(Redemptions::Deficit))
            .col(big_integer(Redemptions::Recredited))
            .col(text_null(Redemptions::OrderId))
            .col(text_null(Redemptions::Reward))
            .col(boolean(Redemptions::Counted))
            .col(timestamp_with_time_zone(Redemptions::RedeemedAt))
            .col(boolean(Redemptions::Reversed))
            .primary_key(Index::create().col(Redemptions::Id))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("ix_redemptions_order_id")
            .table(Redemptions::Table)
            .col(Redemptions::ProgramId)
            .col(Redemptions::OrderId)
            .to_owned();
        manager.create_index(index).await?;
        let index = Index::create()
            .name("ix_redemptions_member_id")
            .table(Redemptions::Table)
            .col(Redemptions::MemberId)
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Redemptions::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Redemptions {
    Table,
    Id,
    ProgramId,
    MemberId,
    Currency,
    Seq,
    Points,
    Parts,
    Deficit,
    Recredited,
    OrderId,
    Reward,
    Counted,
    RedeemedAt,
    Reversed,
}

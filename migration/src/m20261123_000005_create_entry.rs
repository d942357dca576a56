//! One immutable line of a member's ledger.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, integer, string, string_null, text_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid,
    },
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Entries::Table)
            .col(uuid(Entries::MemberId))
            .col(big_integer(Entries::Seq))
            .col(string(Entries::Currency))
            .col(string(Entries::Kind))
            .col(string(Entries::Debit))
            .col(string(Entries::Credit))
            .col(big_integer(Entries::Amount))
            .col(big_integer(Entries::BalanceAfter))
            .col(big_integer(Entries::Deficit))
            .col(timestamp_with_time_zone(Entries::OccurredAt))
            .col(timestamp_with_time_zone(Entries::RecordedAt))
            .col(timestamp_with_time_zone_null(Entries::ActivatesAt))
            .col(timestamp_with_time_zone_null(Entries::ExpiresAt))
            .col(string_null(Entries::OrderId))
            .col(string_null(Entries::Reason))
            .col(integer(Entries::ProgramVersion))
            .col(text_null(Entries::Explanation))
            .primary_key(Index::create().col(Entries::MemberId).col(Entries::Seq))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Entries::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Entries {
    Table,
    MemberId,
    Seq,
    Currency,
    Kind,
    Debit,
    Credit,
    Amount,
    BalanceAfter,
    Deficit,
    OccurredAt,
    RecordedAt,
    ActivatesAt,
    ExpiresAt,
    OrderId,
    Reason,
    ProgramVersion,
    Explanation,
}

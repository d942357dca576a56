//! One currency of one member, with what has moved through it.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, string, uuid},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Wallets::Table)
            .col(uuid(Wallets::MemberId))
            .col(string(Wallets::Currency))
            .col(big_integer(Wallets::Version))
            .col(big_integer(Wallets::Available))
            .col(big_integer(Wallets::Pending))
            .col(big_integer(Wallets::Deficit))
            .col(big_integer(Wallets::Earned))
            .col(big_integer(Wallets::Adjusted))
            .col(big_integer(Wallets::ClawedBack))
            .col(big_integer(Wallets::Expired))
            .primary_key(Index::create().col(Wallets::MemberId).col(Wallets::Currency))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Wallets::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Wallets {
    Table,
    MemberId,
    Currency,
    Version,
    Available,
    Pending,
    Deficit,
    Earned,
    Adjusted,
    ClawedBack,
    Expired,
}

//! What holds, spending, transfers, merges and corrections need of the tables that there are. Every column has a default,
//! so that a server of the first release can go on writing beside a new one.
//!
//! With PostgreSQL each statement stands alone: one that holds a table while it waits for the next would stop the servers
//! that write, or be stopped by them. What was cut short is gone on with, because what is there already is left as it is.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, boolean, integer, text, uuid_null},
    sea_orm::DatabaseBackend,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Finds the lots of a member that time changes next, soonest first.
const LOTS_DUE: &str = "IF NOT EXISTS ix_lots_due ON lots \
    (member_id, (CASE WHEN active THEN expires_at ELSE activates_at END)) WHERE remaining > 0";

fn columns() -> Vec<(&'static str, ColumnDef)> {
    let points = |name: &'static str| big_integer(Alias::new(name)).default(0).to_owned();
    let flag = |name: &'static str| boolean(Alias::new(name)).default(false).to_owned();
    vec![
        ("wallets", points("held")),
        ("wallets", points("redeemed")),
        ("wallets", points("transferred")),
        ("wallets", points("cancelled")),
        ("lots", flag("awaits_event")),
        ("lots", uuid_null(Alias::new("origin_id"))),
        ("lots", big_integer_null(Alias::new("origin_seq"))),
        ("entries", flag("awaits_event")),
        ("entries", big_integer_null(Alias::new("hold_seq"))),
        ("entries", big_integer_null(Alias::new("lot_seq"))),
        ("members", uuid_null(Alias::new("merged_into"))),
        ("purchases", integer(Alias::new("revision")).default(1).to_owned()),
        ("purchases", text(Alias::new("history")).default("{}").to_owned()),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            if !manager.has_column(table, column.get_column_name()).await? {
                let alter = Table::alter().table(Alias::new(table)).add_column(column).to_owned();
                manager.alter_table(alter).await?;
            }
        }
        let how = match manager.get_database_backend() {
            DatabaseBackend::Postgres => "CREATE INDEX CONCURRENTLY",
            _ => "CREATE INDEX",
        };
        manager.get_connection().execute_unprepared(&format!("{how} {LOTS_DUE}")).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("ix_lots_due").table(Alias::new("lots")).to_owned()).await?;
        for (table, column) in columns() {
            let name = Alias::new(column.get_column_name());
            manager.alter_table(Table::alter().table(Alias::new(table)).drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}

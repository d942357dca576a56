//! Partners: whom a member has linked, and what was made by whose apps. With PostgreSQL each statement stands alone, as in
//! `add_movements`; a server of an earlier release leaves the columns as they are.

use sea_orm_migration::{prelude::*, schema::text_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// A JSON list of links; and ids of partners.
const COLUMNS: [(&str, &str); 4] = [
    ("members", "partners"),
    ("entries", "partner_id"),
    ("holds", "partner_id"),
    ("redemptions", "partner_id"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in COLUMNS {
            if !manager.has_column(table, column).await? {
                let column = text_null(Alias::new(column));
                let alter = Table::alter().table(Alias::new(table)).add_column(column).to_owned();
                manager.alter_table(alter).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in COLUMNS {
            let column = Alias::new(column);
            manager
                .alter_table(Table::alter().table(Alias::new(table)).drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}

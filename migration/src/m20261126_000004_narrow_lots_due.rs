//! The index of what time changes next leaves out the lots that time never changes: points that do not expire cost one entry
//! of an index less, when they are given and whenever some of them are taken.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DatabaseBackend, Statement},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const DUE: &str = "(CASE WHEN active THEN expires_at ELSE activates_at END)";

/// The one that there was, and the one that takes its place; both find the same.
fn definitions() -> [(&'static str, String); 2] {
    [
        ("ix_lots_due", format!("lots (member_id, {DUE}) WHERE remaining > 0")),
        ("ix_lots_due_at", format!("lots (member_id, {DUE}) WHERE remaining > 0 AND {DUE} IS NOT NULL")),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let [old, new] = definitions();
        replace(manager, &old, &new).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let [old, new] = definitions();
        replace(manager, &new, &old).await
    }
}

/// Nobody who writes waits for it, and at no time is there none of the two.
async fn replace(
    manager: &SchemaManager<'_>,
    (old, _): &(&str, String),
    (new, definition): &(&str, String),
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let beside = match manager.get_database_backend() {
        DatabaseBackend::Postgres => {
            // One that was cut short is there and of no use.
            let broken =
                format!("SELECT FROM pg_index WHERE indexrelid = to_regclass('{new}') AND NOT indisvalid");
            let statement = Statement::from_string(DatabaseBackend::Postgres, broken);
            if connection.query_one_raw(statement).await?.is_some() {
                connection.execute_unprepared(&format!("DROP INDEX CONCURRENTLY {new}")).await?;
            }
            " CONCURRENTLY"
        }
        _ => "",
    };
    connection
        .execute_unprepared(&format!("CREATE INDEX{beside} IF NOT EXISTS {new} ON {definition}"))
        .await?;
    connection.execute_unprepared(&format!("DROP INDEX{beside} IF EXISTS {old}")).await?;
    Ok(())
}

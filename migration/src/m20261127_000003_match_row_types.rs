//! PostgreSQL: types for the rows of the tables that batches write, column by column of the same types as the tables. Those
//! that there were have `text` where the tables have `varchar`: what is the same for every reader is another type for who
//! inserts, and each row was taken apart and put together once more on its way. Twenty-four entries take a fifth less so.
//!
//! The types that there were are left to servers that still write them. Whoever goes back (`down`) stops the servers first that
//! write these.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Tables that batches write, each with its columns in the order in which they are written.
const TABLES: [(&str, &str); 16] = [
    ("allocations", "member_id seq lot_seq points expires_at"),
    ("audit_pending", "id recorded_at program_id actor_kind actor partner token_id actions"),
    ("counter_leases", "id program_id name units expires_at open"),
    ("counters", "program_id name version taken held"),
    (
        "entries",
        "member_id seq currency kind debit credit amount balance_after deficit occurred_at \
         recorded_at activates_at expires_at order_id reason program_version explanation \
         awaits_event hold_seq lot_seq partner_id",
    ),
    (
        "holds",
        "id program_id member_id currency seq points captured parts deficit state order_id reward \
         created_at expires_at partner_id",
    ),
    ("idempotency_keys", "program_id key content_hash outcome recorded_at"),
    (
        "lots",
        "member_id seq currency issued remaining expired issued_at activates_at active expires_at \
         awaits_event origin_id origin_seq",
    ),
    (
        "members",
        "id program_id customer_id status enrolled_at channel store_id version tier standing \
         next_seq due_at updated_at merged_into partners",
    ),
    ("merges", "member_id version into_id merged_at moved"),
    ("outbox_batches", "id members created_at"),
    ("purchase_returns", "program_id return_id order_id returned_at recorded_at content_hash outcome"),
    (
        "purchases",
        "program_id order_id customer_id member_id placed_at recorded_at currency channel \
         store_id lines program_version held_tier awards state content_hash revision history",
    ),
    (
        "redemptions",
        "id program_id member_id currency seq points parts deficit recredited order_id reward \
         counted redeemed_at reversed partner_id",
    ),
    ("standings", "member_id version recorded_at standing"),
    (
        "wallets",
        "member_id currency version available pending deficit earned adjusted clawed_back expired \
         held redeemed transferred cancelled",
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in TABLES {
            // The table may have more columns, and in another order.
            let create = format!(
                "DO $$ BEGIN EXECUTE 'CREATE TYPE {table}_row_2 AS (' || ( \
                    SELECT string_agg(format('%I %s', name, coalesce(atttypid::regtype::text, 'missing_in_{table}')), \
                        ', ' ORDER BY nth) \
                    FROM unnest(string_to_array('{columns}', ' ')) WITH ORDINALITY AS written(name, nth) \
                    LEFT JOIN pg_attribute \
                        ON attrelid = to_regclass('{table}') AND attname = name AND NOT attisdropped \
                ) || ')'; END $$"
            );
            run(manager, &create).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, _) in TABLES {
            run(manager, &format!("DROP TYPE IF EXISTS {table}_row_2")).await?;
        }
        Ok(())
    }
}

async fn run(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

//! PostgreSQL: a type for the rows of each table that batches write. A batch hands over all rows of a table as one array of it,
//! where it was an array for each column: a statement of a hundred arrays costs more than the rows of a small batch.
//!
//! A type is not changed: servers of two releases may be at work. Who adds a column makes the next type, and leaves this one to
//! those that still write it.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Types with all columns of a table, in the order of its entity.
const TYPES: [(&str, &str); 15] = [
    ("allocations_row_1", "member_id uuid, seq int8, lot_seq int8, points int8, expires_at timestamptz"),
    (
        "audit_pending_row_1",
        "id uuid, recorded_at timestamptz, program_id text, actor_kind text, actor text, partner text, \
         token_id text, actions text",
    ),
    ("counters_row_1", "program_id text, name text, version int8, taken int8, held int8"),
    (
        "counter_leases_row_1",
        "id uuid, program_id text, name text, units int8, expires_at timestamptz, open bool",
    ),
    (
        "entries_row_1",
        "member_id uuid, seq int8, currency text, kind text, debit text, credit text, amount int8, \
         balance_after int8, deficit int8, occurred_at timestamptz, recorded_at timestamptz, \
         activates_at timestamptz, expires_at timestamptz, order_id text, reason text, \
         program_version int4, explanation text, awaits_event bool, hold_seq int8, lot_seq int8, \
         partner_id text",
    ),
    (
        "holds_row_1",
        "id uuid, program_id text, member_id uuid, currency text, seq int8, points int8, \
         captured int8, parts text, deficit int8, state text, order_id text, reward text, \
         created_at timestamptz, expires_at timestamptz, partner_id text",
    ),
    (
        "idempotency_keys_row_1",
        "program_id text, key text, content_hash text, outcome text, recorded_at timestamptz",
    ),
    (
        "lots_row_1",
        "member_id uuid, seq int8, currency text, issued int8, remaining int8, expired int8, \
         issued_at timestamptz, activates_at timestamptz, active bool, expires_at timestamptz, \
         awaits_event bool, origin_id uuid, origin_seq int8",
    ),
    (
        "members_row_1",
        "id uuid, program_id text, customer_id text, status text, enrolled_at timestamptz, \
         channel text, store_id text, version int8, tier text, standing text, next_seq int8, \
         due_at timestamptz, updated_at timestamptz, merged_into uuid, partners text",
    ),
    ("outbox_batches_row_1", "id uuid, members text, created_at timestamptz"),
    (
        "purchases_row_1",
        "program_id text, order_id text, customer_id text, member_id uuid, placed_at timestamptz, \
         recorded_at timestamptz, currency text, channel text, store_id text, lines text, \
         program_version int4, held_tier text, awards text, state text, content_hash text, \
         revision int4, history text",
    ),
    (
        "purchase_returns_row_1",
        "program_id text, return_id text, order_id text, returned_at timestamptz, \
         recorded_at timestamptz, content_hash text, outcome text",
    ),
    (
        "redemptions_row_1",
        "id uuid, program_id text, member_id uuid, currency text, seq int8, points int8, parts text, \
         deficit int8, recredited int8, order_id text, reward text, counted bool, \
         redeemed_at timestamptz, reversed bool, partner_id text",
    ),
    ("standings_row_1", "member_id uuid, version int8, recorded_at timestamptz, standing text"),
    (
        "wallets_row_1",
        "member_id uuid, currency text, version int8, available int8, pending int8, deficit int8, \
         earned int8, adjusted int8, clawed_back int8, expired int8, held int8, redeemed int8, \
         transferred int8, cancelled int8",
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, columns) in TYPES {
            run(manager, format!("CREATE TYPE {name} AS ({columns})")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in TYPES {
            run(manager, format!("DROP TYPE IF EXISTS {name}")).await?;
        }
        Ok(())
    }
}

async fn run(manager: &SchemaManager<'_>, statement: String) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

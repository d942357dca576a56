//! Migrations for PostgreSQL and SQLite from one code. Expand first, contract in a later release.

pub use sea_orm_migration::prelude::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261123_000001_create_program_version;
mod m20261123_000002_create_member;
mod m20261123_000003_create_wallet;
mod m20261123_000004_create_lot;
mod m20261123_000005_create_entry;
mod m20261123_000006_create_allocation;
mod m20261123_000007_create_purchase;
mod m20261123_000008_create_purchase_return;
mod m20261123_000009_create_idempotency_key;
mod m20261123_000010_create_outbox;
mod m20261124_000001_leave_room_in_members;
mod m20261124_000002_create_outbox_batch;
mod m20261124_000003_add_movements;
mod m20261124_000004_create_hold;
mod m20261124_000005_create_redemption;
mod m20261124_000006_create_counter;
mod m20261124_000007_create_standing;
mod m20261124_000008_create_counter_lease;
mod m20261124_000009_plan_for_growth;
mod m20261126_000001_create_function_raced;
mod m20261126_000002_create_audit;
mod m20261126_000003_add_partners;
mod m20261126_000004_narrow_lots_due;
mod m20261126_000005_compress_faster;
mod m20261126_000006_create_row_types;
mod m20261127_000001_create_merge;
mod m20261127_000002_put_ids_first;
mod m20261127_000003_match_row_types;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_create_program_version::Migration),
            Box::new(m20261123_000002_create_member::Migration),
            Box::new(m20261123_000003_create_wallet::Migration),
            Box::new(m20261123_000004_create_lot::Migration),
            Box::new(m20261123_000005_create_entry::Migration),
            Box::new(m20261123_000006_create_allocation::Migration),
            Box::new(m20261123_000007_create_purchase::Migration),
            Box::new(m20261123_000008_create_purchase_return::Migration),
            Box::new(m20261123_000009_create_idempotency_key::Migration),
            Box::new(m20261123_000010_create_outbox::Migration),
            Box::new(m20261124_000001_leave_room_in_members::Migration),
            Box::new(m20261124_000002_create_outbox_batch::Migration),
            Box::new(m20261124_000003_add_movements::Migration),
            Box::new(m20261124_000004_create_hold::Migration),
            Box::new(m20261124_000005_create_redemption::Migration),
            Box::new(m20261124_000006_create_counter::Migration),
            Box::new(m20261124_000007_create_standing::Migration),
            Box::new(m20261124_000008_create_counter_lease::Migration),
            Box::new(m20261124_000009_plan_for_growth::Migration),
            Box::new(m20261126_000001_create_function_raced::Migration),
            Box::new(m20261126_000002_create_audit::Migration),
            Box::new(m20261126_000003_add_partners::Migration),
            Box::new(m20261126_000004_narrow_lots_due::Migration),
            Box::new(m20261126_000005_compress_faster::Migration),
            Box::new(m20261126_000006_create_row_types::Migration),
            Box::new(m20261127_000001_create_merge::Migration),
            Box::new(m20261127_000002_put_ids_first::Migration),
            Box::new(m20261127_000003_match_row_types::Migration),
        ]
    }
}

//! SeaORM models, one table a file, no logic.
//!
//! Instants are UTC to the microsecond, points are whole numbers, documents are JSON text whose types live where they are
//! read. There are no serials and no foreign keys between members.

pub mod allocation;
pub mod audit_mark;
pub mod audit_pending;
pub mod audit_record;
pub mod counter;
pub mod counter_lease;
pub mod entry;
pub mod hold;
pub mod idempotency_key;
pub mod lot;
pub mod member;
pub mod merge;
pub mod outbox;
pub mod outbox_batch;
pub mod program_version;
pub mod purchase;
pub mod purchase_return;
pub mod redemption;
pub mod standing;
pub mod wallet;

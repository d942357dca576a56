//! One batch's transaction, from begin to commit.

use std::{collections::HashMap, sync::Arc};

use sea_orm::{
    AccessMode, DatabaseTransaction, IsolationLevel, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};
use uuid::Uuid;

use super::{
    Store, StoreError,
    load::{self, Asked},
    save,
};
use crate::{
    clock::Instant,
    commands::{Member, Outcome, Touches, World},
    ids::MemberId,
    ledger::{Counter, Wallet},
    program::Programs,
};

/// A batch under way. Nothing that it did is there before [`UnitOfWork::commit`], which consumes it; dropped, it leaves
/// no trace.
pub struct UnitOfWork {
    pub(super) tx: DatabaseTransaction,
}

/// What was loaded for a batch.
pub struct Loaded {
    pub world: World,
    /// The keys of the batch that were used before.
    pub keys: HashMap<(String, String), KeyUse>,
    /// When the members that were found were last changed.
    pub updated_at: Option<Instant>,
    /// The members and counters that were found, so that only what changed is written.
    pub(super) members_before: HashMap<MemberId, Member>,
    pub(super) counters_before: HashMap<(String, String), Counter>,
}

/// What a key was used for.
#[derive(Clone, Debug)]
pub struct KeyUse {
    pub content_hash: String,
    pub outcome: Outcome,
}

/// What a batch adds beside the world's changes.
pub struct Additions<'a> {
    /// (program, key) and what it was used for.
    pub keys: &'a HashMap<(String, String), KeyUse>,
    /// The id of the outbox row that tells of the changed members; none where no member changed.
    pub outbox_id: Option<Uuid>,
    pub now: Instant,
}

impl Store {
    /// Begins a batch. With SQLite the write lock is taken at once, so that what is loaded stays true.
    pub async fn begin(&self) -> Result<UnitOfWork, StoreError> {
        let options = TransactionOptions {
            isolation_level: Some(IsolationLevel::ReadCommitted),
            access_mode: Some(AccessMode::ReadWrite),
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        let options = match sea_orm::ConnectionTrait::get_database_backend(&self.write) {
            sea_orm::DatabaseBackend::Sqlite => {
                TransactionOptions { isolation_level: None, access_mode: None, ..options }
            }
            // The default of PostgreSQL is what is asked for, and saying so would cost a round trip.
            _ => TransactionOptions::default(),
        };
        Ok(UnitOfWork { tx: self.write.begin_with_options(options).await? })
    }
}

impl UnitOfWork {
    /// Locks and loads what commands touch, with what is due of it by `now`, and the uses of their keys.
    pub async fn load(
        &self,
        touches: &Touches,
        keys: &[(String, String)],
        now: Instant,
        programs: Arc<Programs>,
    ) -> Result<Loaded, StoreError> {
        load::world_in_tx(&self.tx, &Asked { touches, keys, now }, programs).await
    }

    /// Saves what the batch changed.
    pub async fn save(&self, loaded: &Loaded, additions: &Additions<'_>) -> Result<(), StoreError> {
        save::changes_in_tx(&self.tx, loaded, additions).await
    }

    /// Makes it last.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }

    /// Gives it up.
    pub async fn abandon(self) -> Result<(), StoreError> {
        Ok(self.tx.rollback().await?)
    }
}

impl Loaded {
    /// Whether the member was there before the batch.
    pub(super) fn knew(&self, member: MemberId) -> bool {
        self.members_before.contains_key(&member)
    }

    /// The wallet as it was before the batch.
    pub(super) fn before(&self, member: MemberId, currency: &str) -> Option<&Wallet> {
        self.members_before.get(&member)?.wallet(currency)
    }
}

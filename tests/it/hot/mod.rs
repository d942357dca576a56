//! The counter over a real Redis: `tests/stack` gives one, in `TEST_REDIS_URL`. Those tests that stop a server, break its
//! connections or count its commands start one of their own.

mod outage;
mod server;
mod warm;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{FutureExt as _, future::BoxFuture};
use hashbrown::HashMap;
use loyalty::{
    auth::ReadMember,
    clock::Instant,
    commands::{MemberKey, MemberSnapshot, MemberStatus},
    hot::{Hot, HotConfig, Kind, LoadMembers},
    ids::MemberId,
    program::Standing,
    store::StoreError,
};

/// What the database would say. Clones share it.
#[derive(Clone, Default)]
struct Database {
    versions: Arc<Mutex<HashMap<String, i64>>>,
    asked: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Database {
    fn with(members: &[(&str, i64)]) -> Self {
        let database = Self::default();
        for (customer, version) in members {
            database.commit(customer, *version);
        }
        database
    }

    fn commit(&self, customer: &str, version: i64) {
        self.versions.lock().unwrap().insert(customer.to_owned(), version);
    }

    /// The customers of each load since this was last asked.
    fn asked(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl LoadMembers for Database {
    fn load<'a>(
        &'a self,
        keys: &'a [MemberKey],
        _: Instant,
    ) -> BoxFuture<'a, Result<HashMap<MemberKey, MemberSnapshot>, StoreError>> {
        self.asked.lock().unwrap().push(keys.iter().map(|key| key.customer.clone()).collect());
        let versions = self.versions.lock().unwrap();
        let row = |key: &MemberKey| Some((key.clone(), member(&key.customer, *versions.get(&key.customer)?)));
        let members = keys.iter().filter_map(row).collect();
        async { Ok(members) }.boxed()
    }
}

fn member(customer: &str, version: i64) -> MemberSnapshot {
    MemberSnapshot {
        id: MemberId("01920000-0000-7000-8000-00000000002a".parse().unwrap()),
        key: MemberKey::new("classic", customer),
        status: MemberStatus::Active,
        merged_into: None,
        enrolled_at: Instant::UNIX_EPOCH,
        version,
        standing: Standing { tier: None, since: Instant::UNIX_EPOCH, amounts: BTreeMap::new() },
        wallets: Vec::new(),
        partners: Vec::new(),
    }
}

/// The right to read a customer.
fn right(customer: &str) -> ReadMember {
    ReadMember::by_operator(MemberKey::new("classic", customer))
}

/// A process of its own, as far as Redis can tell.
async fn hot(url: &str, prefix: &str, database: &Database) -> Hot {
    let config = HotConfig {
        kind: Kind::Redis { url: url.to_owned() },
        prefix: prefix.to_owned(),
        ttl: Duration::from_hours(1),
        capacity: 0,
        // Long: a busy machine is no outage.
        timeout: Duration::from_secs(20),
    };
    Hot::connect(config, database.clone()).await.unwrap()
}

/// The versions of customers; none where there is no membership.
async fn versions(hot: &Hot, customers: &[&str]) -> Vec<Option<i64>> {
    let rights: Vec<ReadMember> = customers.iter().map(|customer| right(customer)).collect();
    let members = hot.members(&rights, Instant::UNIX_EPOCH).await.unwrap();
    members.into_iter().map(|member| member.map(|member| member.version)).collect()
}

/// The prefix of one test in the shared Redis: no other run has the same.
fn prefix(test: &str) -> String {
    use loyalty::ids::{IdSource as _, RandomIds};
    format!("{test}-{}", RandomIds::default().new_uuid(Instant::UNIX_EPOCH))
}

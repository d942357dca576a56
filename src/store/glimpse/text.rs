//! The text of the statement that looks. Rows of several tables come in one answer, so they share their columns: each says
//! in its first one what it is of, and leaves out what it does not have.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

/// What a row is of.
pub(super) mod kind {
    pub(crate) const MEMBER: i32 = 0;
    pub(crate) const WALLET: i32 = 1;
    pub(crate) const LOT: i32 = 2;
    pub(crate) const KEY: i32 = 3;
    pub(crate) const ORDER: i32 = 4;
    pub(crate) const COUNTER: i32 = 5;
    pub(crate) const LEASE: i32 = 6;
}

/// How many columns there are of each type, in this order: ids, texts, numbers, instants, flags, and one place.
pub(super) const IDS: usize = 2;
pub(super) const TEXTS: usize = 8;
pub(super) const NUMBERS: usize = 12;
pub(super) const INSTANTS: usize = 3;
pub(super) const FLAGS: usize = 2;

/// The columns of one kind of rows.
struct Columns<'a> {
    kind: i32,
    ids: &'a [&'a str],
    texts: &'a [&'a str],
    numbers: &'a [&'a str],
    instants: &'a [&'a str],
    flags: &'a [&'a str],
    /// Where the row is, if that is of use.
    place: Option<&'a str>,
}

const MEMBER: Columns<'_> = Columns {
    kind: kind::MEMBER,
    ids: &["m.id", "m.merged_into"],
    texts: &[
        "m.program_id",
        "m.customer_id",
        "m.status",
        "m.channel",
        "m.store_id",
        "m.tier",
        "m.standing",
        "m.partners",
    ],
    numbers: &["m.version", "m.next_seq"],
    instants: &["m.enrolled_at", "m.updated_at", "m.due_at"],
    flags: &[],
    place: Some("m.ctid"),
};
const WALLET: Columns<'_> = Columns {
    kind: kind::WALLET,
    ids: &["member_id"],
    texts: &["currency"],
    numbers: &[
        "version",
        "available",
        "pending",
        "deficit",
        "earned",
        "adjusted",
        "clawed_back",
        "expired",
        "held",
        "redeemed",
        "transferred",
        "cancelled",
    ],
    instants: &[],
    flags: &[],
    place: Some("ctid"),
};
const LOT: Columns<'_> = Columns {
    kind: kind::LOT,
    ids: &["member_id", "origin_id"],
    texts: &["currency"],
    numbers: &["seq", "issued", "remaining", "expired", "origin_seq"],
    instants: &["issued_at", "activates_at", "expires_at"],
    flags: &["active", "awaits_event"],
    place: None,
};
const KEY: Columns<'_> = Columns {
    kind: kind::KEY,
    ids: &[],
    texts: &["program_id", "key", "content_hash", "outcome"],
    numbers: &[],
    instants: &["recorded_at"],
    flags: &[],
    place: None,
};
const ORDER: Columns<'_> =
    Columns { kind: kind::ORDER, ids: &[], texts: &[], numbers: &[], instants: &[], flags: &[], place: None };
const COUNTER: Columns<'_> = Columns {
    kind: kind::COUNTER,
    ids: &[],
    texts: &["program_id", "name"],
    numbers: &["version", "taken", "held"],
    instants: &[],
    flags: &[],
    place: None,
};
const LEASE: Columns<'_> = Columns {
    kind: kind::LEASE,
    ids: &["id"],
    texts: &["program_id", "name"],
    numbers: &["units"],
    instants: &["expires_at"],
    flags: &["open"],
    place: None,
};

/// When time changes a lot next: the expression of the index `ix_lots_due_at`.
const DUE: &str = "(CASE WHEN active THEN expires_at ELSE activates_at END)";

/// A statement of one stretch of time.
struct Made(Mutex<Option<(u64, Arc<str>)>>);

/// The statement that looks at all but counters. $1 to $3 are programmes and customers of members, and whether all their lots
/// are wanted; $4 and $5 keys, $6 and $7 orders, each with its programme first; $8 how many lots there are of others.
pub(super) fn of_world(epoch: u64) -> Arc<str> {
    static MADE: Made = Made(Mutex::new(None));
    MADE.of(epoch, || {
        let (member, wallet, lot) = (MEMBER.list(), WALLET.list(), LOT.list());
        let (key, order) = (KEY.list(), ORDER.list());
        format!(
            "SELECT part.* FROM unnest($1, $2, $3) AS asked(program, customer, is_whole) \
             JOIN members AS m ON m.program_id = asked.program AND m.customer_id = asked.customer \
             CROSS JOIN LATERAL (SELECT {member} \
             UNION ALL SELECT {wallet} FROM wallets WHERE member_id = m.id \
             UNION ALL SELECT {lot} FROM lots WHERE asked.is_whole AND member_id = m.id AND remaining > 0 \
             UNION ALL (SELECT {lot} FROM lots WHERE NOT asked.is_whole AND m.due_at IS NOT NULL \
             AND member_id = m.id AND remaining > 0 AND {DUE} IS NOT NULL ORDER BY {DUE} LIMIT $8)) AS part \
             UNION ALL SELECT {key} FROM idempotency_keys \
             WHERE (program_id, key) IN (SELECT * FROM unnest($4, $5)) \
             UNION ALL SELECT {order} FROM purchases \
             WHERE (program_id, order_id) IN (SELECT * FROM unnest($6, $7))"
        )
    })
}

/// The statement that looks at counters, $1 their programmes and $2 their names, at what is over by $3, and at keys, $4 and $5.
pub(super) fn of_counters(epoch: u64) -> Arc<str> {
    static MADE: Made = Made(Mutex::new(None));
    MADE.of(epoch, || {
        let (counter, lease, key) = (COUNTER.list(), LEASE.list(), KEY.list());
        format!(
            "SELECT {counter} FROM counters WHERE (program_id, name) IN (SELECT * FROM unnest($1, $2)) \
             UNION ALL SELECT {lease} FROM counter_leases \
             WHERE (program_id, name) IN (SELECT * FROM unnest($1, $2)) AND open AND expires_at <= $3 \
             UNION ALL SELECT {key} FROM idempotency_keys \
             WHERE (program_id, key) IN (SELECT * FROM unnest($4, $5))"
        )
    })
}

impl Made {
    fn of(&self, epoch: u64, text: impl FnOnce() -> String) -> Arc<str> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*made {
            Some((of, text)) if *of == epoch => text.clone(),
            _ => {
                let text = format!("/* planned in {epoch} */ {}", text());
                made.insert((epoch, text.into())).1.clone()
            }
        }
    }
}

impl Columns<'_> {
    fn list(&self) -> String {
        let all = [
            (self.ids, IDS, "uuid"),
            (self.texts, TEXTS, "text"),
            (self.numbers, NUMBERS, "bigint"),
            (self.instants, INSTANTS, "timestamptz"),
            (self.flags, FLAGS, "boolean"),
            (self.place.as_slice(), 1, "tid"),
        ];
        let mut list = self.kind.to_string();
        for (names, count, of) in all {
            for place in 0..count {
                let name = names.get(place).copied().unwrap_or("NULL");
                write!(list, ", {name}::{of}").expect("writing to a string cannot fail");
            }
        }
        list
    }
}

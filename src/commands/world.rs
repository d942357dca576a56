//! The part of the state that a batch of commands works on, in memory: loaded before, saved after.

use std::{collections::HashMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Order, Refusal, ReturnRecord};
use crate::{
    clock::Instant,
    ids::{IdSource, MemberId},
    ledger::{Clawback, ClawedBack, Credit, Movement, Points, Wallet},
    program::{Explanation, Program, Programs, Standing},
};

/// Time and ids, as parameters.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The batch's time: the clock's in live use, the event's in a replay.
    pub now: Instant,
    pub ids: &'a dyn IdSource,
}

/// Names a member from outside: a customer in a programme.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MemberKey {
    pub program: String,
    pub customer: String,
}

impl MemberKey {
    pub fn new(program: &str, customer: &str) -> Self {
        Self { program: program.to_owned(), customer: customer.to_owned() }
    }
}

/// Where a membership stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MemberStatus {
    Active,
}

/// A customer in a programme, with everything that decides what comes next.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub id: MemberId,
    pub key: MemberKey,
    pub status: MemberStatus,
    pub enrolled_at: Instant,
    pub channel: Option<String>,
    pub store: Option<String>,
    /// Grows by one with every command that changed the member.
    pub version: i64,
    pub standing: Standing,
    /// Number of the next entry of the member's ledger.
    pub next_seq: i64,
    /// One a currency that has moved, in no certain order.
    pub wallets: Vec<Wallet>,
    pub(crate) changed: bool,
}

/// One line of a member's ledger, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub member: MemberId,
    pub currency: String,
    pub movement: Movement,
    pub recorded_at: Instant,
    pub order: Option<String>,
    pub reason: Option<String>,
    pub program_version: u32,
    pub explanation: Option<Explanation>,
}

/// What an entry says of its cause.
#[derive(Clone, Debug)]
pub(crate) struct EntryContext<'a> {
    pub order: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub program_version: u32,
    pub explanation: Option<Explanation>,
}

/// What a batch works on.
#[derive(Debug)]
pub struct World {
    pub programs: Arc<Programs>,
    pub members: HashMap<MemberKey, Member>,
    pub orders: HashMap<(String, String), Order>,
    pub returns: HashMap<(String, String), ReturnRecord>,
    /// Written by this batch, in order.
    pub entries: Vec<Entry>,
    keys_by_id: HashMap<MemberId, MemberKey>,
}

impl World {
    pub fn new(programs: Arc<Programs>) -> Self {
        Self {
            programs,
            members: HashMap::new(),
            orders: HashMap::new(),
            returns: HashMap::new(),
            entries: Vec::new(),
            keys_by_id: HashMap::new(),
        }
    }

    /// Puts a member in.
    pub fn add_member(&mut self, member: Member) {
        self.keys_by_id.insert(member.id, member.key.clone());
        self.members.insert(member.key.clone(), member);
    }

    /// The outside name of a member that is in.
    pub fn key_of(&self, id: MemberId) -> Option<&MemberKey> {
        self.keys_by_id.get(&id)
    }

    /// The newest version of a programme.
    pub(crate) fn program(&self, id: &str) -> Result<Arc<Program>, Refusal> {
        let program = self.programs.latest(id).cloned();
        program.ok_or_else(|| Refusal::bad_input("program", format!("there is no programme `{id}`")))
    }

    /// The version of a programme that an order was valued by.
    pub(crate) fn version(&self, id: &str, version: u32) -> Result<Arc<Program>, Refusal> {
        let program = self.programs.version(id, version).cloned();
        program.ok_or_else(|| {
            Refusal::bad_input("program", format!("version {version} of programme `{id}` is not loaded"))
        })
    }

    /// Members that this batch has changed or made.
    pub fn changed_members(&self) -> impl Iterator<Item = &Member> {
        self.members.values().filter(|member| member.changed)
    }
}

impl Member {
    /// A new member.
    pub(crate) fn enroll(
        key: MemberKey,
        program: &Program,
        at: Instant,
        (channel, store): (Option<String>, Option<String>),
        context: &Context<'_>,
    ) -> Self {
        Self {
            id: MemberId(context.ids.new_uuid(context.now)),
            key,
            status: MemberStatus::Active,
            enrolled_at: at,
            channel,
            store,
            version: 1,
            standing: Standing::new(program, at),
            next_seq: 1,
            wallets: Vec::new(),
            changed: true,
        }
    }

    /// The wallet in a currency, if it has ever moved.
    pub fn wallet(&self, currency: &str) -> Option<&Wallet> {
        self.wallets.iter().find(|wallet| wallet.currency == currency)
    }

    fn wallet_mut(&mut self, currency: &str) -> (&mut Wallet, &mut i64) {
        let place = self.wallets.iter().position(|wallet| wallet.currency == currency).unwrap_or_else(|| {
            self.wallets.push(Wallet::new(currency.to_owned()));
            self.wallets.len() - 1
        });
        (&mut self.wallets[place], &mut self.next_seq)
    }

    /// Writes down what time has done to the tier and the wallets.
    pub(crate) fn settle(&mut self, program: &Program, now: Instant) -> Vec<Entry> {
        self.standing.settle(program, now);
        let mut entries = Vec::new();
        for i in 0..self.wallets.len() {
            let movements = self.wallets[i].settle(now, &mut self.next_seq);
            let currency = self.wallets[i].currency.clone();
            let cause = EntryContext {
                order: None,
                reason: None,
                program_version: program.version(),
                explanation: None,
            };
            entries.extend(self.entries(&currency, movements, &cause, now));
        }
        entries
    }

    pub(crate) fn credit(&mut self, currency: &str, credit: &Credit, now: Instant) -> Vec<Movement> {
        let (wallet, next_seq) = self.wallet_mut(currency);
        wallet.credit(credit, now, next_seq)
    }

    pub(crate) fn debit(&mut self, currency: &str, points: Points, at: Instant) -> Movement {
        use crate::ledger::{Account, Kind};
        let (wallet, next_seq) = self.wallet_mut(currency);
        wallet.debit(Kind::Adjust, Account::Adjusted, points, at, next_seq)
    }

    pub(crate) fn claw_back(&mut self, currency: &str, claim: Clawback) -> ClawedBack {
        let (wallet, next_seq) = self.wallet_mut(currency);
        wallet.claw_back(claim, next_seq)
    }

    /// Makes entries of movements.
    pub(crate) fn entries(
        &self,
        currency: &str,
        movements: Vec<Movement>,
        cause: &EntryContext<'_>,
        now: Instant,
    ) -> Vec<Entry> {
        let entry = |movement: Movement| {
            // What time did on the way of a credit (points given for a day long past) has no cause but time.
            let timed = matches!(movement.kind, crate::ledger::Kind::Expire | crate::ledger::Kind::Activate);
            Entry {
                member: self.id,
                currency: currency.to_owned(),
                recorded_at: now,
                order: cause.order.filter(|_| !timed).map(str::to_owned),
                reason: cause.reason.filter(|_| !timed).map(str::to_owned),
                program_version: cause.program_version,
                explanation: cause.explanation.clone().filter(|_| !timed),
                movement,
            }
        };
        movements.into_iter().map(entry).collect()
    }
}

//! The part of the state that a batch of commands works on, in memory: loaded before, saved after.

use std::{collections::BTreeSet, sync::Arc};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::{HoldRecord, Merged, Order, OwnedHold, PartnerLink, Redemption, Refusal, ReturnRecord, Touches};
use crate::{
    clock::Instant,
    ids::{HoldId, IdSource, MemberId, RedemptionId},
    ledger::{Counter, Hold, Kind, Movement, Points, Wallet},
    program::{Explanation, Program, Programs, Standing},
};

/// Time and ids, as parameters.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The batch's time: the clock's in live use, the event's in a replay.
    pub now: Instant,
    pub ids: &'a dyn IdSource,
    /// Which partner's command it is, if one's: to it only members exist that have linked it, and of their holds and
    /// redemptions its own.
    pub partner: Option<&'a str>,
}

impl Context<'_> {
    /// Whether what was made by a partner, or by nobody of the kind, is there to whoever commands.
    fn sees(&self, made_by: Option<&str>) -> bool {
        self.partner.is_none() || self.partner == made_by
    }
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
    /// Earns, and may not spend.
    Blocked,
    /// Is another member now: whatever is asked of this one is asked of that.
    Merged,
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
    /// Grows with every command that changed the member.
    pub version: i64,
    pub standing: Standing,
    /// Number of the next entry of the member's ledger.
    pub next_seq: i64,
    /// One a currency that has moved, in no certain order.
    pub wallets: Vec<Wallet>,
    /// Whom the member was merged into.
    pub merged_into: Option<MemberId>,
    /// What is known of the wallets' holds beyond their points.
    pub holds: Vec<HoldRecord>,
    /// In the order in which they were linked.
    pub partners: Vec<PartnerLink>,
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
    /// The partner whose command wrote it.
    pub partner: Option<String>,
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
    pub redemptions: HashMap<RedemptionId, Redemption>,
    /// (program, name). One that is not there has never been touched.
    pub counters: HashMap<(String, String), Counter>,
    /// The last merges of the members that are in and merged, by who was merged: those that were noted.
    pub merges: HashMap<MemberId, Merged>,
    /// Who stands merged into a member, whoever by: of those whose merge is to be undone.
    pub kin: HashMap<MemberId, BTreeSet<MemberId>>,
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
            redemptions: HashMap::new(),
            counters: HashMap::new(),
            merges: HashMap::new(),
            kin: HashMap::new(),
            entries: Vec::new(),
            keys_by_id: HashMap::new(),
        }
    }

    /// Makes room for what commands touch, at once.
    pub fn make_room(&mut self, touches: &Touches) {
        let (members, orders) = (touches.members.len(), touches.orders.len());
        self.members.reserve(members);
        self.keys_by_id.reserve(members);
        self.orders.reserve(orders);
        self.entries.reserve(members);
    }

    /// Puts a member in.
    pub fn add_member(&mut self, member: Member) {
        self.keys_by_id.insert(member.id, member.key.clone());
        self.members.insert(member.key.clone(), member);
    }

    /// Knows a member by name who is not in.
    pub fn add_name(&mut self, id: MemberId, key: MemberKey) {
        self.keys_by_id.entry(id).or_insert(key);
    }

    /// The outside name of a member that is in, or known by name.
    pub fn key_of(&self, id: MemberId) -> Option<&MemberKey> {
        self.keys_by_id.get(&id)
    }

    /// The member that a customer is, or has become.
    pub(crate) fn resolve(&self, key: &MemberKey) -> Option<MemberKey> {
        let mut member = self.members.get(key)?;
        while let Some(into) = member.merged_into {
            member = self.members.get(self.keys_by_id.get(&into)?)?;
        }
        Some(member.key.clone())
    }

    /// The member that an id names, or whom it has become.
    pub(crate) fn resolve_id(&self, id: MemberId) -> Option<MemberKey> {
        self.key_of(id).and_then(|key| self.resolve(key))
    }

    /// The member that a customer is, or the refusal that says that there is none.
    pub(crate) fn member_of(
        &self,
        program: &str,
        customer: &str,
        context: &Context<'_>,
    ) -> Result<MemberKey, Refusal> {
        let key = self.resolve(&MemberKey::new(program, customer));
        let key = key.filter(|key| self.is_open_to(key, context));
        key.ok_or_else(|| Refusal::NotAMember { customer: customer.to_owned() })
    }

    /// Whether a member is there to whoever commands.
    pub(crate) fn is_open_to(&self, key: &MemberKey, context: &Context<'_>) -> bool {
        let Some(partner) = context.partner else { return true };
        self.members.get(key).is_some_and(|member| member.has_linked(partner))
    }

    /// The same, where points are to leave the member: a blocked one keeps them.
    pub(crate) fn spender_of(
        &self,
        program: &str,
        customer: &str,
        context: &Context<'_>,
    ) -> Result<MemberKey, Refusal> {
        let key = self.member_of(program, customer, context)?;
        match self.members.get(&key).map(|member| member.status) {
            Some(MemberStatus::Blocked) => Err(Refusal::MemberBlocked { customer: customer.to_owned() }),
            _ => Ok(key),
        }
    }

    /// Whose hold it is.
    pub(crate) fn owner_of_hold(&self, id: HoldId, context: &Context<'_>) -> Option<MemberKey> {
        let is_it = |hold: &HoldRecord| hold.id == id && context.sees(hold.partner.as_deref());
        let owner = self.members.values().find(|member| member.holds.iter().any(is_it))?;
        Some(owner.key.clone()).filter(|key| self.is_open_to(key, context))
    }

    /// A redemption and whose it is, whoever that has become.
    pub(crate) fn owned_redemption(
        &self,
        (program, id): (&str, RedemptionId),
        context: &Context<'_>,
    ) -> Option<(&Redemption, MemberKey)> {
        let redemption = self.redemptions.get(&id).filter(|found| found.program == program)?;
        let owner = self.resolve_id(redemption.member).filter(|owner| self.is_open_to(owner, context))?;
        context.sees(redemption.partner.as_deref()).then_some((redemption, owner))
    }

    /// A hold of a member.
    pub fn owned_hold(&self, owner: &MemberKey, id: HoldId) -> Option<OwnedHold> {
        let member = self.members.get(owner)?;
        let (record, hold) = member.hold(id)?;
        let program = member.key.program.clone();
        Some(OwnedHold { program, member: member.id, record: record.clone(), hold: hold.clone() })
    }

    /// A counter as of now. One that was never touched is at nothing.
    pub(crate) fn counter(&self, place: &(String, String), now: Instant) -> Counter {
        let mut counter = self.counters.get(place).cloned().unwrap_or_default();
        counter.settle(now);
        counter
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

    /// Has a member written again, whether or not anything of it has changed.
    pub(crate) fn rewrite(&mut self, key: &MemberKey) {
        if let Some(member) = self.members.get_mut(key) {
            member.changed = true;
        }
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
            standing: Standing::new(program, at.min(context.now)),
            next_seq: 1,
            wallets: Vec::new(),
            merged_into: None,
            holds: Vec::new(),
            partners: Vec::new(),
            changed: true,
        }
    }

    /// The wallet in a currency, if it has ever moved.
    pub fn wallet(&self, currency: &str) -> Option<&Wallet> {
        self.wallets.iter().find(|wallet| wallet.currency == currency)
    }

    /// Available and pending points as of now, with nothing written down.
    pub(crate) fn balance_at(&self, currency: &str, now: Instant) -> (Points, Points) {
        let mut settled = self.wallet(currency).cloned();
        settled.as_mut().map_or((Points::ZERO, Points::ZERO), |wallet| {
            wallet.settle(now, &mut 0);
            (wallet.available(), wallet.pending())
        })
    }

    /// A hold and what is known of it.
    pub fn hold(&self, id: HoldId) -> Option<(&HoldRecord, &Hold)> {
        let record = self.holds.iter().find(|hold| hold.id == id)?;
        let hold = self.wallet(&record.currency)?.holds().iter().find(|hold| hold.seq == record.seq)?;
        Some((record, hold))
    }

    pub(crate) fn wallet_mut(&mut self, currency: &str) -> (&mut Wallet, &mut i64) {
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

    /// The same where nothing else may come of a command: time alone has changed the member, or nothing has.
    pub(crate) fn let_time_pass(&mut self, program: &Program, now: Instant) -> Vec<Entry> {
        let before = self.standing.clone();
        let entries = self.settle(program, now);
        if !entries.is_empty() || self.standing != before {
            self.touched();
        }
        entries
    }

    /// Something of the member has changed.
    pub(crate) fn touched(&mut self) {
        self.changed = true;
        self.version += 1;
    }

    /// The next instant at which time changes something of the member, tier included.
    pub fn due_at(&self, program: Option<&Program>, now: Instant) -> Option<Instant> {
        let tier = program.and_then(|program| self.standing.reading(program, now)?.until);
        self.wallets.iter().filter_map(Wallet::due_at).chain(tier).min()
    }

    /// Makes entries of movements.
    pub(crate) fn entries(
        &self,
        currency: &str,
        movements: Vec<Movement>,
        cause: &EntryContext<'_>,
        now: Instant,
    ) -> Vec<Entry> {
        let entry = |(i, movement): (usize, Movement)| {
            // What time did on the way of a credit (points given for a day long past) has no cause but time.
            let timed = match movement.kind {
                Kind::Expire => true,
                Kind::Activate | Kind::Cancel => i > 0,
                _ => false,
            };
            Entry {
                member: self.id,
                currency: currency.to_owned(),
                recorded_at: now,
                order: cause.order.filter(|_| !timed).map(str::to_owned),
                reason: cause.reason.filter(|_| !timed).map(str::to_owned),
                program_version: cause.program_version,
                explanation: cause.explanation.clone().filter(|_| !timed),
                partner: None,
                movement,
            }
        };
        movements.into_iter().enumerate().map(entry).collect()
    }
}

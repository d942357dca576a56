//! Handing a command to the journal, and what it did: from its receipt, or read back where it had been done before.

use std::sync::Arc;

use super::{
    entry::LoyaltyEntry, federation::Preloaded, hold::LoyaltyHold, member::LoyaltyMember,
    order::LoyaltyOrder, problem::Problem, redemption::LoyaltyRedemption, visit::Visit,
};
use crate::{
    auth::{Allowed, Principal},
    commands::{
        self, Command, Entry, MemberSnapshot, Outcome, OwnedHold, Redemption, Refusal,
        order::{TEXT_MAX, is_name},
    },
    journal::{CommandError, Effect, Envelope, Receipt},
};

/// What a single command came to.
pub(super) enum Answer {
    Done(Box<Done>),
    Refused(Refusal),
}

/// What a command did, with everything that its result shows.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    pub(super) replayed: bool,
    pub(super) member: Option<Arc<MemberSnapshot>>,
    pub(super) order: Option<commands::Order>,
    hold: Option<OwnedHold>,
    redemption: Option<Redemption>,
    pub(super) entries: Vec<Entry>,
}

/// What the result of a command over an order shows.
pub(super) type OrderParts = (LoyaltyOrder, Option<LoyaltyMember>, Vec<LoyaltyEntry>);

/// What the result of a command over one member shows.
pub(super) struct MemberParts {
    pub(super) member: LoyaltyMember,
    pub(super) entries: Vec<LoyaltyEntry>,
    pub(super) replayed: bool,
}

/// A command was done and what it did cannot be found.
#[derive(Debug, thiserror::Error)]
#[error("the command was done, and what it changed cannot be found: {0:?}")]
struct Incomplete(Outcome);

impl Visit {
    /// Submits one command under its key.
    pub(super) async fn submit(&self, key: &str, command: Command) -> Result<Answer, Problem> {
        if !is_name(key) {
            let message = format!("must have 1 to {TEXT_MAX} printable characters");
            return Err(Problem::bad_input("input.idempotencyKey", message));
        }
        let command = self.caller.allow(command)?;
        let envelope = Envelope { key: Some(self.own_key(key)), command, want_effect: true };
        match self.services.journal.submit_one(envelope).await {
            Ok(receipt) => Ok(Answer::Done(Box::new(self.done(receipt).await?))),
            Err(CommandError::Refused(refusal)) if !matches!(refusal, Refusal::BadInput { .. }) => {
                Ok(Answer::Refused(refusal))
            }
            Err(CommandError::KeyConflict { .. }) => Err(Problem::KeyConflict { key: key.to_owned() }),
            Err(error) => Err(Problem::of_command(&self.trace, error)),
        }
    }

    /// Nobody's key can take another's: people and partners have a space of their own, the brand's services share one.
    fn own_key(&self, key: &str) -> String {
        match self.caller.principal() {
            Principal::Customer { customer } => format!("customer/{customer}/{key}"),
            Principal::Partner { partner, .. } => format!("partner/{partner}/{key}"),
            Principal::Staff { staff, .. } => format!("staff/{staff}/{key}"),
            Principal::Administrator { administrator } => format!("administrator/{administrator}/{key}"),
            Principal::Service { .. } | Principal::Anonymous => format!("service/{key}"),
        }
    }

    /// Submits commands that have no keys but their own ids; one answer each, in order.
    pub(super) async fn submit_all(&self, commands: Vec<Allowed>) -> Vec<Result<Receipt, CommandError>> {
        let envelope = |command| Envelope { key: None, command, want_effect: false };
        self.services.journal.submit(commands.into_iter().map(envelope).collect()).await
    }

    /// A refusal that a result has no place for.
    pub(super) fn unexpected(&self, refusal: Refusal) -> Problem {
        Problem::of_command(&self.trace, CommandError::Refused(refusal))
    }

    async fn done(&self, receipt: Receipt) -> Result<Done, Problem> {
        let Receipt { outcome, replayed, effect } = receipt;
        match effect {
            Some(Effect { member, order, hold, redemption, entries }) => {
                let member = member.map(Arc::new);
                Ok(Done { outcome, replayed, member, order, hold, redemption, entries })
            }
            // Rare, and large: whatever holds its future would be as large, and is moved for each request.
            None => Box::pin(self.read_back(outcome, replayed)).await,
        }
    }

    /// What an outcome names, as it is now.
    async fn read_back(&self, outcome: Outcome, replayed: bool) -> Result<Done, Problem> {
        let pages = &self.services.pages;
        let fault = |error| self.fault(&error);
        let member = match outcome.member() {
            Some(key) => {
                pages.members_at(std::slice::from_ref(key), self.now()).await.map_err(fault)?.remove(key)
            }
            None => None,
        };
        let order = match outcome.order() {
            Some(place) => pages.orders(std::slice::from_ref(&place)).await.map_err(fault)?.remove(&place),
            None => None,
        };
        let hold = match outcome.hold() {
            Some(id) => pages.holds(&[id]).await.map_err(fault)?.remove(&id),
            None => None,
        };
        let redemption = match outcome.redemption() {
            Some(id) => pages.redemptions(&[id]).await.map_err(fault)?.remove(&id),
            None => None,
        };
        let entries = match &member {
            Some(member) if !outcome.entries().is_empty() => {
                pages.entries_by_number(member.id, outcome.entries()).await.map_err(fault)?
            }
            _ => Vec::new(),
        };
        let member = self.followed(vec![member.map(Arc::new)]).await?.into_iter().next().flatten();
        Ok(Done { outcome, replayed, member, order, hold, redemption, entries })
    }
}

impl Done {
    /// The member that was changed, and the entries.
    pub(super) fn into_member(self, visit: &Visit) -> Result<MemberParts, Problem> {
        let member = self.member.clone().and_then(|member| visit.shown(member));
        let member = member.ok_or_else(|| self.incomplete(visit))?;
        let entries = self.entries.into_iter().map(LoyaltyEntry::from).collect();
        Ok(MemberParts { member, entries, replayed: self.replayed })
    }

    /// The hold that was made or has ended.
    pub(super) fn hold(&self, visit: &Visit) -> Result<LoyaltyHold, Problem> {
        let hold = self.hold.clone().ok_or_else(|| self.incomplete(visit))?;
        Ok(LoyaltyHold::of(hold, self.member.clone(), visit.now()))
    }

    /// What was spent, or has come back.
    pub(super) fn redemption(&self, visit: &Visit) -> Result<LoyaltyRedemption, Problem> {
        let redemption = self.redemption.clone().ok_or_else(|| self.incomplete(visit))?;
        Ok(LoyaltyRedemption::of(redemption, self.member.clone()))
    }

    /// The order that was changed, its member as far as the caller may see it, and the entries.
    pub(super) fn into_order(self, visit: &Visit) -> Result<OrderParts, Problem> {
        let Some(order) = self.order.clone() else { return Err(self.incomplete(visit)) };
        let known = self.member.as_ref().map_or_else(Preloaded::nothing, Preloaded::of_member);
        let Some(order) = LoyaltyOrder::new(visit, Arc::new(order), &known) else {
            return Err(self.incomplete(visit));
        };
        let visible = self.may_show_member(visit);
        let member = self.member.filter(|_| visible).and_then(|member| visit.shown(member));
        Ok((order, member, self.entries.into_iter().map(LoyaltyEntry::from).collect()))
    }

    /// Whether the caller may see the member of an order.
    pub(super) fn may_show_member(&self, visit: &Visit) -> bool {
        let member = self.member.as_ref();
        member.is_some_and(|member| visit.caller.read_member(member.key.clone()).is_ok())
    }

    /// Whether what was spent is at hand, with whose it was.
    pub(super) fn has_redemption(&self) -> bool {
        self.redemption.is_some() && self.member.is_some()
    }

    /// What could not be taken back.
    pub(super) fn uncollected(&self) -> crate::ledger::Points {
        match &self.outcome {
            Outcome::OrderRecorded(outcome)
            | Outcome::ReturnRecorded(outcome)
            | Outcome::OrderCancelled(outcome) => outcome.uncollected,
            _ => crate::ledger::Points::ZERO,
        }
    }

    fn incomplete(&self, visit: &Visit) -> Problem {
        visit.fault(&Incomplete(self.outcome.clone()))
    }
}

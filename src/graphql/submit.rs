//! Handing a command to the journal, and what it did: from its receipt, or read back where it had been done before.

use std::sync::Arc;

use super::{
    entry::LoyaltyEntry, federation::Preloaded, hold::LoyaltyHold, member::LoyaltyMember,
    order::LoyaltyOrder, problem::Problem, redemption::LoyaltyRedemption, visit::Visit,
};
use crate::{
    auth::{Allowed, Principal},
    commands::{
        self, Command, Entry, MemberKey, MemberSnapshot, Outcome, OwnedHold, Redemption, Refusal,
        order::{TEXT_MAX, is_name},
    },
    journal::{AnswerWith, CommandError, Effect, Envelope, Receipt},
};

/// What a single command came to.
pub(super) enum Answer {
    Done(Box<Done>),
    Refused(Refusal),
}

/// What a command did, with everything that its result shows, or with its member alone.
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
    /// Submits one command under its key, for a result that may show all that it did.
    pub(super) async fn submit(&self, key: &str, command: Command) -> Result<Answer, Problem> {
        self.submit_for(key, command, AnswerWith::Everything).await
    }

    /// Submits one command under its key.
    pub(super) async fn submit_for(
        &self,
        key: &str,
        command: Command,
        answer_with: AnswerWith,
    ) -> Result<Answer, Problem> {
        if !is_name(key) {
            let message = format!("must have 1 to {TEXT_MAX} printable characters");
            return Err(Problem::bad_input("input.idempotencyKey", message));
        }
        let attempt = self.attempt(&command);
        let command = self.caller.allow(command)?;
        if let Some(refusal) = self.unseen(command.command()).await? {
            return Ok(Answer::Refused(refusal));
        }
        let envelope = Envelope { key: Some(self.own_key(key)), command, answer_with };
        let answer = self.services.journal.submit_one(envelope).await;
        self.note_attempt(attempt, &answer);
        match answer {
            Ok(receipt) => Ok(Answer::Done(Box::new(self.done(receipt).await?))),
            Err(CommandError::Refused(refusal)) if !matches!(refusal, Refusal::BadInput { .. }) => {
                Ok(Answer::Refused(refusal))
            }
            Err(CommandError::KeyConflict { .. }) => Err(Problem::KeyConflict { key: key.to_owned() }),
            Err(error) => Err(Problem::of_command(&self.trace, error)),
        }
    }

    /// Why a partner's command is refused before it is decided: it names somebody who is nobody to it. The command's decision
    /// says the same; only, how long it takes would tell whether there is a member.
    async fn unseen(&self, command: &Command) -> Result<Option<Refusal>, Problem> {
        let Some(customer) = command.subject().customer.filter(|_| self.caller.is_partner()) else {
            return Ok(None);
        };
        let member = self.current(MemberKey::new(command.program(), customer)).await?;
        let customer = customer.to_owned();
        Ok(member.is_none().then_some(Refusal::NotAMember { customer }))
    }

    /// Nobody's key can take another's: people and partners have a space of their own, the brand's services share one.
    fn own_key(&self, key: &str) -> String {
        // A name with a slash is not to be read as another name and the beginning of a key.
        let own =
            |kind: &str, name: &str| format!("{kind}/{}/{key}", name.replace('%', "%25").replace('/', "%2F"));
        match self.caller.principal() {
            Principal::Customer { customer } => own("customer", customer),
            Principal::Partner { partner, .. } => own("partner", partner),
            Principal::Staff { staff, .. } => own("staff", staff),
            Principal::Administrator { administrator } => own("administrator", administrator),
            Principal::Service { .. } | Principal::Anonymous => format!("service/{key}"),
        }
    }

    /// Submits commands that have no keys but their own ids; one answer each, in order.
    pub(super) async fn submit_all(&self, commands: Vec<Allowed>) -> Vec<Result<Receipt, CommandError>> {
        let attempts: Vec<_> = commands.iter().map(|command| self.attempt(command.command())).collect();
        let envelope = |command| Envelope { key: None, command, answer_with: AnswerWith::Nothing };
        let answers = self.services.journal.submit(commands.into_iter().map(envelope).collect()).await;
        for (attempt, answer) in attempts.into_iter().zip(&answers) {
            self.note_attempt(attempt, answer);
        }
        answers
    }

    /// A refusal that a result has no place for.
    pub(super) fn unexpected(&self, refusal: Refusal) -> Problem {
        Problem::of_command(&self.trace, CommandError::Refused(refusal))
    }

    async fn done(&self, receipt: Receipt) -> Result<Done, Problem> {
        let Receipt { outcome, replayed, effect } = receipt;
        match effect {
            Some(Effect { member, order, hold, redemption, entries }) => {
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
        let member = member.ok_or_else(|| {
            if visit.caller.is_partner() {
                // It was done, and the member has unlinked the partner since.
                return Problem::Forbidden { needs: "a member who has linked the partner" };
            }
            self.incomplete(visit)
        })?;
        let entries = seen(visit, self.entries);
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
        Ok((order, member, seen(visit, self.entries)))
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

/// Those of a command's entries that the caller sees.
fn seen(visit: &Visit, entries: Vec<Entry>) -> Vec<LoyaltyEntry> {
    entries.into_iter().filter_map(|entry| LoyaltyEntry::seen_by(&visit.caller, entry)).collect()
}

//! What a caller may, as values that cannot be made anywhere else.
//!
//! The rules are those of the [table](super::scopes::RULES), and they are asked here and nowhere else. They name what is
//! allowed; the rest is denied. Capabilities have private fields, so holding one is the proof that a rule said yes. Giving
//! one out for a read is what the audit log calls a read.

use std::sync::Arc;

use super::{
    principal::{Caller, Denied, Principal, ProgramSet},
    reads::Read,
    scopes::{Access, Customers, Rule},
};
use crate::{
    audit::Actor,
    commands::{Command, MemberKey, MemberSnapshot},
    ledger::Points,
};

/// May read one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadMember(MemberKey);

/// May read a programme: its tiers, rates and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadProgram(String);

/// May read what loyalty did with orders of one customer, or of anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOrder {
    program: String,
    customer: Option<String>,
}

/// May ask what an order would earn, for one customer or for nobody in particular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    program: String,
    customer: Option<String>,
}

/// May read the audit log of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadAudit(String);

/// May be carried out, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    command: Command,
    actor: Arc<Actor>,
}

impl ReadMember {
    /// For the operator's own tools, which answer to nobody but the machine's owner.
    pub fn by_operator(key: MemberKey) -> Self {
        Self(key)
    }

    pub fn key(&self) -> &MemberKey {
        &self.0
    }
}

impl ReadProgram {
    pub fn program(&self) -> &str {
        &self.0
    }
}

impl ReadAudit {
    pub fn program(&self) -> &str {
        &self.0
    }
}

impl ReadOrder {
    pub fn program(&self) -> &str {
        &self.program
    }

    pub fn customer(&self) -> Option<&str> {
        self.customer.as_deref()
    }
}

impl Quote {
    pub fn program(&self) -> &str {
        &self.program
    }

    pub fn customer(&self) -> Option<&str> {
        self.customer.as_deref()
    }
}

impl Allowed {
    /// What the operator does on the machine itself (a replay) asks nobody.
    pub fn by_operator(command: Command, part: &str) -> Self {
        Self { command, actor: Arc::new(Actor::operator(part)) }
    }

    pub fn command(&self) -> &Command {
        &self.command
    }

    /// Whose doing it is.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

impl Caller {
    /// Whether the token is for a programme. To whom it is not, the programme does not exist.
    pub fn is_for(&self, program: &str) -> bool {
        match self.programs() {
            ProgramSet::All => true,
            ProgramSet::Named(named) => named.iter().any(|name| name == program),
        }
    }

    pub fn read_member(&self, key: MemberKey) -> Result<ReadMember, Denied> {
        self.check(Access::ReadMember, &key.program, Some(&key.customer))?;
        self.note("read_member", &key.program, (Some(&key.customer), None));
        Ok(ReadMember(key))
    }

    pub fn read_program(&self, program: &str) -> Result<ReadProgram, Denied> {
        self.check(Access::ReadProgram, program, None)?;
        self.note("read_program", program, (None, None));
        Ok(ReadProgram(program.to_owned()))
    }

    /// Whether a document is checked for the caller: of a programme, or one of which that cannot be read.
    pub fn may_check(&self, program: Option<&str>) -> Result<(), Denied> {
        match program {
            Some(program) => {
                self.check(Access::CheckProgram, program, None)?;
                self.note("check_program", program, (None, None));
                Ok(())
            }
            None => self.check_rule(Access::CheckProgram.rule(), None),
        }
    }

    pub fn read_audit(&self, program: &str) -> Result<ReadAudit, Denied> {
        self.check(Access::ReadAudit, program, None)?;
        self.note("read_audit", program, (None, None));
        Ok(ReadAudit(program.to_owned()))
    }

    /// An order of a customer, or of a guest, who is nobody's own.
    pub fn read_order(
        &self,
        (program, order): (&str, &str),
        customer: Option<&str>,
    ) -> Result<ReadOrder, Denied> {
        self.check(Access::ReadOrder, program, customer)?;
        self.note("read_order", program, (customer, Some(order)));
        Ok(ReadOrder { program: program.to_owned(), customer: customer.map(str::to_owned) })
    }

    pub fn quote(&self, program: &str, customer: Option<&str>) -> Result<Quote, Denied> {
        let access = if customer.is_some() { Access::QuoteMember } else { Access::QuoteAnybody };
        self.check(access, program, customer)?;
        self.note("read_quote", program, (customer, None));
        Ok(Quote { program: program.to_owned(), customer: customer.map(str::to_owned) })
    }

    pub fn allow(&self, command: Command) -> Result<Allowed, Denied> {
        let (access, customer) = needed(&command).ok_or_else(|| self.denied("the operator"))?;
        self.check(access, command.program(), customer)?;
        self.check_store(&command)?;
        self.check_partner(&command)?;
        Ok(Allowed { command, actor: Arc::clone(self.actor()) })
    }

    /// Keeps in mind that leave was given, where that is to be written down.
    fn note(&self, operation: &'static str, program: &str, (customer, order): (Option<&str>, Option<&str>)) {
        if let Some(reads) = self.reads() {
            let (customer, order) = (customer.map(str::to_owned), order.map(str::to_owned));
            let (program, operation) = (program.to_owned(), operation.to_owned());
            reads.add(Read { program, operation, customer, order, subject: None });
        }
    }

    /// Whether the table lets the caller; `customer` is whom it is about.
    fn check(&self, access: Access, program: &str, customer: Option<&str>) -> Result<(), Denied> {
        if !self.is_for(program) {
            return Err(self.denied("a token for the programme"));
        }
        self.check_rule(access.rule(), customer)
    }

    fn check_rule(&self, rule: &Rule, customer: Option<&str>) -> Result<(), Denied> {
        let may = match self.principal() {
            Principal::Anonymous => false,
            Principal::Customer { customer: own } => match rule.customers {
                Customers::Any => true,
                Customers::Own => customer == Some(own),
                Customers::Nothing => false,
            },
            Principal::Service { .. } | Principal::Staff { .. } => self.has_any(rule.scopes),
            Principal::Partner { .. } => self.has_any(rule.partners),
            Principal::Administrator { .. } => true,
        };
        if may { Ok(()) } else { Err(self.denied(rule.scopes[0].name())) }
    }

    /// What happens in a store, staff only does in its own.
    fn check_store(&self, command: &Command) -> Result<(), Denied> {
        let Principal::Staff { stores, .. } = self.principal() else { return Ok(()) };
        let store = match command {
            Command::Enroll(enroll) => &enroll.store,
            Command::RecordOrder(record) => &record.order.store,
            _ => return Ok(()),
        };
        let is_own = store.as_ref().is_some_and(|store| stores.contains(store));
        if is_own { Ok(()) } else { Err(self.denied("a store of its own")) }
    }

    /// Partners give points by hand and take none. Orders are the brand's: what a partner spends on one it could not see would
    /// come back with its goods, and whether there is one would show.
    fn check_partner(&self, command: &Command) -> Result<(), Denied> {
        if !self.is_partner() {
            return Ok(());
        }
        let order = match command {
            Command::Adjust(adjust) if adjust.points < Points::ZERO => {
                return Err(self.denied("points above 0"));
            }
            Command::HoldPoints(hold) => &hold.order,
            Command::Redeem(redeem) => &redeem.order,
            Command::CaptureHold(capture) => &capture.order,
            _ => &None,
        };
        if order.is_some() { Err(self.denied("a request without `orderId`")) } else { Ok(()) }
    }

    /// Whether the caller sees a member that it has leave to read: a partner, one who has linked it.
    pub fn sees(&self, member: &MemberSnapshot) -> bool {
        let is_linked = |partner| member.partners.iter().any(|link| link.partner == partner);
        self.principal().partner().is_none_or(is_linked)
    }

    /// Whether the caller sees what a partner made, or nobody of the kind: a partner sees its own.
    pub fn sees_made_by(&self, partner: Option<&str>) -> bool {
        let own = self.principal().partner();
        own.is_none() || own == partner
    }

    fn denied(&self, needs: &'static str) -> Denied {
        match self.principal() {
            Principal::Anonymous => Denied::Unauthenticated,
            _ => Denied::Forbidden { needs },
        }
    }
}

/// What a command needs, and whose own it is; None for what only the operator does.
fn needed(command: &Command) -> Option<(Access, Option<&str>)> {
    Some(match command {
        Command::Enroll(enroll) => (Access::Enrol, Some(&enroll.customer)),
        Command::SetStatus(_) | Command::Merge(_) | Command::Unmerge(_) => (Access::ManageMember, None),
        Command::RecordOrder(_)
        | Command::RecordReturn(_)
        | Command::CancelOrder(_)
        | Command::RecordFulfilment(_)
        | Command::ClaimOrder(_) => (Access::WriteOrder, None),
        Command::HoldPoints(hold) => (Access::Spend, Some(&hold.customer)),
        Command::Redeem(redeem) => (Access::Spend, Some(&redeem.customer)),
        Command::Transfer(transfer) => (Access::Transfer, Some(&transfer.from)),
        Command::CaptureHold(_) | Command::ReleaseHold(_) | Command::ReverseRedemption(_) => {
            (Access::EndSpending, None)
        }
        Command::Adjust(_) => (Access::Adjust, None),
        Command::ChangeLot(_) => (Access::ChangeLot, None),
        Command::LinkPartner(link) => (Access::LinkPartner, Some(&link.customer)),
        Command::Expire(_) => return None,
    })
}

#[cfg(test)]
mod tests;

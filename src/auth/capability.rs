//! What a caller may, as values that cannot be made anywhere else.
//!
//! The rules are here and nowhere else. They name what is allowed; the rest is denied. Capabilities have private fields,
//! so holding one is the proof that a rule said yes.

use super::{
    principal::{Caller, Denied, Principal},
    scopes::{MEMBER_READ, MEMBER_WRITE, ORDERS_WRITE, POINTS_ADJUST, POINTS_HOLD, PROGRAM_READ},
};
use crate::commands::{Command, MemberKey};

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

/// May be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed(Command);

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
    /// What the operator does on the machine itself (a sweep, a replay) asks nobody.
    pub fn by_operator(command: Command) -> Self {
        Self(command)
    }

    pub fn command(&self) -> &Command {
        &self.0
    }

    pub fn into_command(self) -> Command {
        self.0
    }
}

impl Caller {
    /// Customers read themselves; services need `loyalty:member:read`.
    pub fn read_member(&self, key: MemberKey) -> Result<ReadMember, Denied> {
        self.own_or_service(Some(&key.customer), MEMBER_READ)?;
        Ok(ReadMember(key))
    }

    /// Customers may; services and partners need `loyalty:program:read`.
    pub fn read_program(&self, program: &str) -> Result<ReadProgram, Denied> {
        self.program_scope()?;
        Ok(ReadProgram(program.to_owned()))
    }

    /// Customers read their own orders; services need `loyalty:member:read` or `loyalty:orders:write`.
    pub fn read_order(&self, program: &str, customer: Option<&str>) -> Result<ReadOrder, Denied> {
        self.own_or_service(customer, ORDERS_WRITE)
            .or_else(|_| self.own_or_service(customer, MEMBER_READ))?;
        Ok(ReadOrder { program: program.to_owned(), customer: customer.map(str::to_owned) })
    }

    /// For nobody in particular: as [`Self::read_program`], or with `loyalty:orders:write`. For a customer, whose tier
    /// the answer shows: as [`Self::read_member`].
    pub fn quote(&self, program: &str, customer: Option<&str>) -> Result<Quote, Denied> {
        match customer {
            Some(_) => self.own_or_service(customer, MEMBER_READ)?,
            None => self.service_with(ORDERS_WRITE).or_else(|_| self.program_scope())?,
        }
        Ok(Quote { program: program.to_owned(), customer: customer.map(str::to_owned) })
    }

    /// Customers enrol themselves and spend their own points; everything else is for services with the scope of the
    /// command.
    pub fn allow(&self, command: Command) -> Result<Allowed, Denied> {
        match &command {
            Command::Enroll(enroll) => self.own_or_service(Some(&enroll.customer), MEMBER_WRITE)?,
            Command::RecordOrder(_)
            | Command::RecordReturn(_)
            | Command::CancelOrder(_)
            | Command::RecordFulfilment(_)
            | Command::ClaimOrder(_) => self.service_with(ORDERS_WRITE)?,
            Command::HoldPoints(hold) => self.own_or_service(Some(&hold.customer), POINTS_HOLD)?,
            Command::Redeem(redeem) => self.own_or_service(Some(&redeem.customer), POINTS_HOLD)?,
            Command::Transfer(transfer) => self.own_or_service(Some(&transfer.from), POINTS_HOLD)?,
            Command::CaptureHold(_) | Command::ReleaseHold(_) | Command::ReverseRedemption(_) => {
                self.service_with(POINTS_HOLD)?;
            }
            Command::SetStatus(_) | Command::Merge(_) => self.service_with(MEMBER_WRITE)?,
            Command::Adjust(_) | Command::ChangeLot(_) => self.service_with(POINTS_ADJUST)?,
            Command::Expire(_) => return Err(self.denied("the operator")),
        }
        Ok(Allowed(command))
    }

    /// Yes to the customer in question, and to services with the scope.
    fn own_or_service(&self, customer: Option<&str>, scope: &'static str) -> Result<(), Denied> {
        match self.principal() {
            Principal::Customer { customer: own } if Some(own.as_str()) == customer => Ok(()),
            _ => self.service_with(scope),
        }
    }

    /// Yes to services with the scope.
    fn service_with(&self, scope: &'static str) -> Result<(), Denied> {
        match self.principal() {
            Principal::Service { .. } if self.has(scope) => Ok(()),
            _ => Err(self.denied(scope)),
        }
    }

    fn program_scope(&self) -> Result<(), Denied> {
        match self.principal() {
            Principal::Customer { .. } => Ok(()),
            Principal::Service { .. } | Principal::Partner { .. } if self.has(PROGRAM_READ) => Ok(()),
            _ => Err(self.denied(PROGRAM_READ)),
        }
    }

    fn denied(&self, needs: &'static str) -> Denied {
        match self.principal() {
            Principal::Anonymous => Denied::Unauthenticated,
            _ => Denied::Forbidden { needs },
        }
    }
}

#[cfg(test)]
mod tests;

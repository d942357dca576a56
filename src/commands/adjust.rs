//! Gives or takes points by hand, with a reason.

use serde::Serialize;

use super::{
    Context, Decision, Outcome, Refusal, World,
    order::{TEXT_MAX, is_name},
    world::EntryContext,
};
use crate::{
    clock::Instant,
    ledger::{Account, Credit, Kind, Points},
};

/// Gives (positive) or takes (negative) points of a member. Taking never brings the balance below zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Adjust {
    pub program: String,
    pub customer: String,
    /// Code of the currency; the programme's first where there is none.
    pub currency: Option<String>,
    pub points: Points,
    pub reason: String,
    /// When given points end; by the currency's own rule where there is none.
    pub expires_at: Option<Instant>,
}

impl Adjust {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        let currency = match &self.currency {
            None => program.first_currency(),
            Some(code) => program.currency(code).ok_or_else(|| {
                Refusal::bad_input("currency", format!("the programme has no currency `{code}`"))
            })?,
        };
        self.check(context.now)?;
        let key = world.member_of(&self.program, &self.customer, context)?;
        let member = world.members.get_mut(&key).expect("it was just resolved");
        let (available, pending) = member.balance_at(&currency.code, context.now);
        if self.points < Points::ZERO && available < -self.points {
            return Err(Refusal::InsufficientPoints { required: -self.points, available });
        }
        if !(available + pending + self.points).in_range() {
            return Err(Refusal::bad_input("points", "would bring the balance beyond 2^53"));
        }

        let mut entries = member.settle(&program, context.now);
        let movements = if self.points.is_positive() {
            let rule = program.expires_at(currency, context.now);
            let credit = Credit {
                kind: Kind::Adjust,
                from: Account::Adjusted,
                points: self.points,
                occurred_at: context.now,
                activates_at: context.now,
                awaits_event: false,
                expires_at: self.expires_at.or(rule),
                origin: None,
            };
            let (wallet, next_seq) = member.wallet_mut(&currency.code);
            wallet.credit(&credit, context.now, next_seq)
        } else {
            let (wallet, next_seq) = member.wallet_mut(&currency.code);
            let (kind, to) = (Kind::Adjust, Account::Adjusted);
            vec![wallet.debit(kind, to, -self.points, context.now, next_seq)]
        };
        let numbers = movements.iter().map(|movement| movement.seq).collect();
        let cause = EntryContext {
            order: None,
            reason: Some(&self.reason),
            program_version: program.version(),
            explanation: None,
        };
        entries.extend(member.entries(&currency.code, movements, &cause, context.now));
        member.touched();
        world.entries.extend(entries);
        Ok(Decision::new(Outcome::Adjusted { member: key, entries: numbers }))
    }

    fn check(&self, now: Instant) -> Result<(), Refusal> {
        if self.points.is_zero() || !self.points.in_range() {
            return Err(Refusal::bad_input("points", "must not be 0, and be within +-2^53"));
        }
        if !is_name(&self.reason) {
            return Err(Refusal::bad_input(
                "reason",
                format!("must have 1 to {TEXT_MAX} printable characters"),
            ));
        }
        match self.expires_at {
            Some(_) if self.points < Points::ZERO => Err(Refusal::bad_input(
                "expiresAt",
                "goes with points that are given, not with points that are taken",
            )),
            Some(at) if at <= now => {
                Err(Refusal::bad_input("expiresAt", format!("{} is not in the future", at.to_rfc3339())))
            }
            _ => Ok(()),
        }
    }
}

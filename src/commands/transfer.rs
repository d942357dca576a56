//! Moves points from one member to another, with the life that they have.

use serde::Serialize;

use super::{Context, Decision, Outcome, Refusal, World, spending::Price, world::EntryContext};
use crate::ledger::{Account, Credit, Kind, Points};

/// Moves points from one member to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    pub program: String,
    pub from: String,
    pub to: String,
    pub points: Points,
    pub currency: Option<String>,
}

impl Transfer {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        let price = Price::Points { points: self.points, currency: self.currency.clone() };
        let currency = price.cost(&program)?.currency;
        let from = world.spender_of(&self.program, &self.from, context)?;
        let to = world.spender_of(&self.program, &self.to, context)?;
        if from == to {
            return Err(Refusal::bad_input("toCustomerId", "must be another member"));
        }
        let (available, _) = world.members[&from].balance_at(&currency, context.now);
        if available < self.points {
            return Err(Refusal::InsufficientPoints { required: self.points, available });
        }
        let (has, waits) = world.members[&to].balance_at(&currency, context.now);
        if !(has + waits + self.points).in_range() {
            return Err(Refusal::bad_input("points", "would bring the balance beyond 2^53"));
        }

        let cause = |reason| EntryContext {
            order: None,
            reason: Some(reason),
            program_version: program.version(),
            explanation: None,
        };
        let giver = world.members.get_mut(&from).expect("it was found above");
        let owner = giver.id.0;
        let mut entries = giver.settle(&program, context.now);
        let (wallet, next_seq) = giver.wallet_mut(&currency);
        let paid = wallet.debit(Kind::TransferOut, Account::Transferred, self.points, context.now, next_seq);
        let credits = of_one_end(wallet.credits_for(&paid.allocations, owner, context.now));
        let numbers = vec![paid.seq];
        entries.extend(giver.entries(&currency, vec![paid], &cause("to another member"), context.now));
        giver.touched();
        world.entries.extend(entries);

        let taker = world.members.get_mut(&to).expect("it was found above");
        let mut entries = taker.settle(&program, context.now);
        for credit in credits {
            let (wallet, next_seq) = taker.wallet_mut(&currency);
            let movements = wallet.credit(&credit, context.now, next_seq);
            entries.extend(taker.entries(&currency, movements, &cause("from another member"), context.now));
        }
        taker.touched();
        world.entries.extend(entries);
        Ok(Decision::new(Outcome::Transferred { member: from, to, entries: numbers }))
    }
}

/// Points that end together are one credit: which order earned them is the giver's affair.
fn of_one_end(credits: Vec<Credit>) -> Vec<Credit> {
    let mut merged: Vec<Credit> = Vec::new();
    for credit in credits {
        match merged.iter_mut().find(|other| other.expires_at == credit.expires_at) {
            Some(other) => other.points += credit.points,
            None => merged.push(Credit { origin: None, ..credit }),
        }
    }
    merged
}

//! Ends the waiting of one lot before its time: it becomes active, or is called off.

use serde::Serialize;

use super::{
    Context, Decision, MemberKey, Outcome, Refusal, World,
    order::{TEXT_MAX, is_name},
    world::EntryContext,
};
use crate::{
    ids::EntryId,
    ledger::{Lot, Points},
};

/// Makes the points of one lot active now, or calls them off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeLot {
    pub program: String,
    pub customer: String,
    /// Number of the entry that gave the points.
    pub lot: i64,
    /// The order that they were given for. Entries never change: whoever asks has read it there.
    pub order: Option<String>,
    pub change: LotChange,
    pub reason: String,
}

/// What becomes of a lot that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LotChange {
    Activate,
    Cancel,
}

impl ChangeLot {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        if !is_name(&self.reason) {
            let message = format!("must have 1 to {TEXT_MAX} printable characters");
            return Err(Refusal::bad_input("reason", message));
        }
        let key = world.member_of(&self.program, &self.customer, context)?;
        let (currency, lot) = self.waiting(world, &key, context)?;

        let member = world.members.get_mut(&key).expect("it was found above");
        let mut entries = member.settle(&program, context.now);
        let end = program.currency(&currency).and_then(|currency| program.expires_at(currency, context.now));
        let (wallet, next_seq) = member.wallet_mut(&currency);
        let movements = match self.change {
            LotChange::Activate => {
                wallet.activate_early(lot.seq, lot.remaining, end, (context.now, context.now), next_seq)
            }
            LotChange::Cancel => wallet.cancel_lot(lot.seq, context.now, next_seq).into_iter().collect(),
        };
        let numbers = movements.iter().take(1).map(|movement| movement.seq).collect();
        let cause = EntryContext {
            order: self.order.as_deref(),
            reason: Some(&self.reason),
            program_version: program.version(),
            explanation: None,
        };
        entries.extend(member.entries(&currency, movements, &cause, context.now));
        member.touched();
        world.entries.extend(entries);
        self.tell_order(world, &key, &currency, lot.remaining);
        Ok(Decision::new(match self.change {
            LotChange::Activate => Outcome::LotActivated { member: key, entries: numbers },
            LotChange::Cancel => Outcome::LotCancelled { member: key, entries: numbers },
        }))
    }

    /// The lot, if it still waits at the batch's time.
    fn waiting(
        &self,
        world: &World,
        key: &MemberKey,
        context: &Context<'_>,
    ) -> Result<(String, Lot), Refusal> {
        let member = world.members.get(key).expect("the caller has found it");
        let waits = |lot: &&Lot| {
            lot.seq == self.lot
                && !lot.active
                && lot.remaining.is_positive()
                && lot.activates_at > context.now
        };
        let found = member.wallets.iter().find_map(|wallet| {
            wallet.lots().iter().find(waits).map(|lot| (wallet.currency.clone(), lot.clone()))
        });
        let entry = EntryId { member: member.id, seq: self.lot };
        found.ok_or(Refusal::NothingPending { entry })
    }

    /// The order shows what of its points waits.
    fn tell_order(&self, world: &mut World, key: &MemberKey, currency: &str, points: Points) {
        let Some(order) = &self.order else { return };
        let Some(order) = world.orders.get_mut(&(self.program.clone(), order.clone())) else { return };
        let Some(place) = order.awards.iter().position(|award| award.currency == currency) else { return };
        let member = world.members.get(key).expect("the caller has found it");
        if order.known_as(&order.awards[place], member, self.lot).is_none() {
            return;
        }
        order.waits_less(place, member, self.lot, points);
        match self.change {
            LotChange::Activate => order.awards[place].activated += points,
            // What was called off is gone, and is not taken back again.
            LotChange::Cancel => {}
        }
        order.changed = true;
    }
}

//! Cancels an order before it is fulfilled: everything that it gave is undone.

use serde::Serialize;

use super::{Context, Decision, Entry, OrderState, Outcome, Refusal, World, outcome::OrderOutcome};

/// Cancels an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelOrder {
    pub program: String,
    pub order_id: String,
}

impl CancelOrder {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let today = world.program(&self.program)?;
        let place = (self.program.clone(), self.order_id.clone());
        let Some(order) = world.orders.get(&place) else {
            return Err(Refusal::OrderNotFound { order_id: self.order_id.clone() });
        };
        let member_key = order.member.and_then(|id| world.key_of(id)).cloned();
        let mut outcome = OrderOutcome {
            program: self.program.clone(),
            order_id: self.order_id.clone(),
            member: member_key.clone(),
            entries: Vec::new(),
            uncollected: crate::ledger::Points::ZERO,
        };
        if order.state == OrderState::Cancelled {
            outcome.uncollected = order.awards.iter().map(|award| award.uncollected).sum();
            return Ok(Decision::replay(Outcome::OrderCancelled(outcome)));
        }
        let program = world.version(&self.program, order.program_version)?;

        let member = member_key.as_ref().and_then(|key| world.members.get_mut(key));
        let order = world.orders.get_mut(&place).expect("it was found above");
        let mut kept = order.lines.clone();
        for line in &mut kept {
            line.returned = line.quantity;
        }
        order.state = OrderState::Cancelled;
        let (entries, uncollected) =
            order.revalue(kept, (&program, &today), member, context.now, "order cancelled", context);
        outcome.entries = own_entries(&entries, &self.order_id);
        outcome.uncollected = uncollected;
        world.entries.extend(entries);
        Ok(Decision::new(Outcome::OrderCancelled(outcome)))
    }
}

/// Numbers of the entries that an order caused, without those that time caused on the way.
pub(super) fn own_entries(entries: &[Entry], order_id: &str) -> Vec<i64> {
    let own = entries.iter().filter(|entry| entry.order.as_deref() == Some(order_id));
    own.map(|entry| entry.movement.seq).collect()
}

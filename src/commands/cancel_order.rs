//! Cancels an order before it is fulfilled: everything that it gave is undone.

use serde::Serialize;

use super::{
    Context, Decision, OrderState, Outcome, Refusal, World, outcome::OrderOutcome, valuation::Change,
};

/// Cancels an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelOrder {
    pub program: String,
    pub order_id: String,
}

impl CancelOrder {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        world.program(&self.program)?;
        let place = (self.program.clone(), self.order_id.clone());
        let Some(order) = world.orders.get(&place) else {
            return Err(Refusal::OrderNotFound { order_id: self.order_id.clone() });
        };
        let owner = order.member.and_then(|id| world.resolve_id(id));
        let mut outcome = OrderOutcome::of(order, owner);
        if order.state == OrderState::Cancelled {
            outcome.uncollected = order.awards.iter().map(|award| award.uncollected).sum();
            return Ok(Decision::replay(Outcome::OrderCancelled(outcome)));
        }
        world.version(&self.program, order.program_version)?;

        let order = world.orders.get_mut(&place).expect("it was found above");
        order.state = OrderState::Cancelled;
        let mut lines = order.lines.clone();
        for line in &mut lines {
            line.returned = line.quantity;
        }
        let change = Change { lines, at: context.now, reason: "order cancelled", undoes: true };
        let revalued = world.revalue(&place, &change, context);
        outcome.entries = revalued.entries;
        outcome.uncollected = revalued.uncollected;
        Ok(Decision::new(Outcome::OrderCancelled(outcome)))
    }
}

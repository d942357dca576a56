//! Gives an order of nobody's to a member, once.

use serde::Serialize;

use super::{Context, Decision, OrderState, Outcome, Refusal, World, outcome::OrderOutcome};
use crate::ledger::Points;

/// Claims an order that was recorded for a guest, or for a customer who was no member then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimOrder {
    pub program: String,
    pub order_id: String,
    pub customer: String,
}

impl ClaimOrder {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let today = world.program(&self.program)?;
        let place = (self.program.clone(), self.order_id.clone());
        let Some(order) = world.orders.get(&place) else {
            return Err(Refusal::OrderNotFound { order_id: self.order_id.clone() });
        };
        let key = world.member_of(&self.program, &self.customer, context)?;
        if let Some(owner) = order.member {
            return if world.resolve_id(owner).as_ref() == Some(&key) {
                Ok(Decision::replay(Outcome::OrderClaimed(OrderOutcome::told_again(order, world))))
            } else {
                Err(Refusal::OrderClaimed { order_id: self.order_id.clone() })
            };
        }
        // An order that names its customer is that customer's.
        if order.customer.as_ref().is_some_and(|customer| *customer != self.customer) {
            return Err(Refusal::OrderClaimed { order_id: self.order_id.clone() });
        }
        if order.state == OrderState::Cancelled {
            return Err(Refusal::OrderCancelled { order_id: self.order_id.clone() });
        }
        let until =
            order.placed_at + chrono::Duration::days(i64::from(today.document().enrolment.claim_days));
        if context.now > until {
            return Err(Refusal::ClaimWindowClosed { order_id: self.order_id.clone(), until });
        }
        let program = world.version(&self.program, order.program_version)?;
        let held = world.members[&key].standing.held_at(&program, order.placed_at);
        let awards = program
            .awards(&order.currency, &order.lines, &held)
            .map_err(|unvaluable| super::record_order::refuse(&unvaluable))?;
        super::record_order::check_room(&world.members[&key], &awards)?;

        let mut outcome = OrderOutcome::of(order, Some(key.clone()));
        let mut order = world.orders.remove(&place).expect("it was found above");
        order.held = held;
        order.history.claimed = order.customer.is_none();
        order.customer = Some(self.customer.clone());
        order.changed = true;
        let member = world.members.get_mut(&key).expect("it was found above");
        let first = world.entries.len();
        let entries = order.earn(member, awards, (&program, &today), context);
        world.entries.extend(entries);
        outcome.entries = super::order::own_entries(&world.entries[first..], &self.order_id);
        outcome.uncollected = Points::ZERO;
        world.orders.insert(place, order);
        Ok(Decision::new(Outcome::OrderClaimed(outcome)))
    }
}

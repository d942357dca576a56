//! Spends points at once, and takes that back.

use serde::Serialize;

use super::{
    Context, Decision, Outcome, Refusal, World,
    order::{TEXT_MAX, is_name},
    spending::{Price, stock_counter},
};
use crate::ids::RedemptionId;

/// Spends points, or the price of a reward together with one of its stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Redeem {
    pub program: String,
    pub customer: String,
    pub price: Price,
    /// The order that they are spent on: when goods of it come back, so do they.
    pub order: Option<String>,
    pub reason: Option<String>,
}

/// Gives the points of a redemption back, and one of the reward's stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReverseRedemption {
    pub program: String,
    pub redemption: RedemptionId,
}

impl Redeem {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        for (field, text) in [("orderId", &self.order), ("reason", &self.reason)] {
            if text.as_ref().is_some_and(|text| !is_name(text)) {
                let message = format!("must have 1 to {TEXT_MAX} printable characters");
                return Err(Refusal::bad_input(field, message));
            }
        }
        let cost = self.price.cost(&program)?;
        let key = world.spender_of(&self.program, &self.customer, context)?;
        cost.check(world, &key, context.now)?;
        world.check_order_of(&key, self.order.as_deref())?;

        let cause = (self.order.as_deref(), self.price.reward(), self.reason.as_deref());
        let (redemption, entries) = world.spend(&key, &cost, cause, context);
        Ok(Decision::new(Outcome::Redeemed { member: key, redemption, entries }))
    }
}

impl ReverseRedemption {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        world.program(&self.program)?;
        let id = self.redemption;
        let found = world.owned_redemption((&self.program, id), context);
        let Some((redemption, member)) = found else {
            return Err(Refusal::RedemptionNotFound { redemption: id });
        };
        if redemption.reversed {
            return Err(Refusal::RedemptionReversed { redemption: id });
        }

        let (points, order) = (redemption.points, redemption.order.clone());
        let stock = redemption.reward.clone().filter(|_| redemption.counted);
        if let Some(reward) = stock {
            let place = (self.program.clone(), stock_counter(&reward));
            let mut counter = world.counter(&place, context.now);
            counter.give_back(1);
            world.counters.insert(place, counter);
        }
        let cause = (order.as_deref(), "redemption reversed");
        let entries = world.recredit(id, points, cause, (context.now, context.now));
        let redemption = world.redemptions.get_mut(&id).expect("it was found above");
        redemption.reversed = true;
        redemption.changed = true;
        Ok(Decision::new(Outcome::RedemptionReversed { member, redemption: id, entries }))
    }
}

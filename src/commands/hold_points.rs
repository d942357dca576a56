//! Sets points aside, for a while.

use serde::Serialize;

use super::{
    Context, Decision, HoldRecord, MemberKey, Outcome, Refusal, World,
    order::{TEXT_MAX, is_name},
    spending::Price,
    world::EntryContext,
};
use crate::{
    ids::HoldId,
    ledger::{HoldState, Lease, Points, Wallet},
};

/// The longest that points may be held: 30 days.
pub const TTL_SECONDS_MAX: u32 = 2_592_000;
/// The most open holds of a member.
pub const OPEN_HOLDS_MAX: usize = 100;

/// Sets points aside, or the price of a reward together with one of its stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HoldPoints {
    pub program: String,
    pub customer: String,
    pub price: Price,
    /// How long; as the programme says where there is none.
    pub ttl_seconds: Option<u32>,
    pub order: Option<String>,
}

impl HoldPoints {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        let ttl = self.ttl_seconds.unwrap_or(program.document().spending.hold_ttl_seconds);
        if !(1..=TTL_SECONDS_MAX).contains(&ttl) {
            return Err(Refusal::bad_input("ttlSeconds", format!("must be from 1 to {TTL_SECONDS_MAX}")));
        }
        if self.order.as_ref().is_some_and(|order| !is_name(order)) {
            let message = format!("must have 1 to {TEXT_MAX} printable characters");
            return Err(Refusal::bad_input("orderId", message));
        }
        let cost = self.price.cost(&program)?;
        let key = world.spender_of(&self.program, &self.customer, context)?;
        cost.check(world, &key, context.now)?;
        world.check_order_of(&key, self.order.as_deref())?;
        let holds = world.members[&key].wallets.iter().flat_map(Wallet::holds);
        // Those that are over take no place, whether or not that has been written down.
        if holds.filter(|hold| hold.state_at(context.now) == HoldState::Open).count() >= OPEN_HOLDS_MAX {
            let message = format!("the member has {OPEN_HOLDS_MAX} open holds, and may have no more");
            return Err(Refusal::bad_input("customerId", message));
        }

        let id = HoldId(context.ids.new_uuid(context.now));
        let ends = context.now + chrono::Duration::seconds(i64::from(ttl));
        if let Some(stock) = &cost.stock {
            let mut counter = world.counter(&stock.place, context.now);
            let lease = Lease { id: id.0, units: 1, expires_at: ends, open: true };
            counter.hold(lease, stock.limit).expect("what is left was checked above");
            world.counters.insert(stock.place.clone(), counter);
        }
        let entries = self.set_aside(world, &key, id, &cost.currency, cost.points, ends, context);
        Ok(Decision::new(Outcome::Held { member: key, hold: id, entries }))
    }

    #[expect(clippy::too_many_arguments, reason = "a hold is made of as many things")]
    fn set_aside(
        &self,
        world: &mut World,
        key: &MemberKey,
        id: HoldId,
        currency: &str,
        points: Points,
        ends: crate::clock::Instant,
        context: &Context<'_>,
    ) -> Vec<i64> {
        let program = world.program(&self.program).expect("it was found above");
        let member = world.members.get_mut(key).expect("it was found above");
        let mut entries = member.settle(&program, context.now);
        let (wallet, next_seq) = member.wallet_mut(currency);
        let movement = wallet.hold(points, &[], (context.now, ends), next_seq);
        let seq = movement.seq;
        member.holds.push(HoldRecord {
            id,
            currency: currency.to_owned(),
            seq,
            order: self.order.clone(),
            reward: self.price.reward().map(str::to_owned),
            created_at: context.now,
            partner: context.partner.map(str::to_owned),
        });
        let cause = EntryContext {
            order: self.order.as_deref(),
            reason: None,
            program_version: program.version(),
            explanation: None,
        };
        entries.extend(member.entries(currency, vec![movement], &cause, context.now));
        member.touched();
        world.entries.extend(entries);
        vec![seq]
    }
}

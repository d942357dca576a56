//! Spends what a hold has set aside, or gives it back.

use serde::Serialize;

use super::{
    Context, Decision, HoldRecord, MemberKey, Outcome, Refusal, World,
    order::{TEXT_MAX, is_name},
    spending::{Spent, stock_counter},
    world::EntryContext,
};
use crate::{
    clock::Instant,
    ids::HoldId,
    ledger::{HoldState, Kind, Points},
};

/// Spends points of a hold; the others go back to their lots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaptureHold {
    pub program: String,
    pub hold: HoldId,
    /// All of them where there is none.
    pub points: Option<Points>,
    /// What they are spent on; what the hold says where there is none.
    pub order: Option<String>,
}

/// Gives the points of a hold back to their lots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseHold {
    pub program: String,
    pub hold: HoldId,
}

impl CaptureHold {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        let (key, record, held) = open_hold(world, &self.program, self.hold, context)?;
        let points = self.points.unwrap_or(held);
        if !points.is_positive() {
            return Err(Refusal::bad_input("points", "must be above 0"));
        }
        if points > held {
            return Err(Refusal::HoldExceeded { held, asked: points });
        }
        if record.reward.is_some() && points != held {
            return Err(Refusal::bad_input("points", "a reward is captured as a whole"));
        }
        if self.order.as_ref().is_some_and(|order| !is_name(order)) {
            let message = format!("must have 1 to {TEXT_MAX} printable characters");
            return Err(Refusal::bad_input("orderId", message));
        }
        // The order that the hold names was checked when it was held.
        world.check_order_of(&key, self.order.as_deref())?;
        let order = self.order.clone().or_else(|| record.order.clone());

        let counted = end_lease(world, &self.program, &record, context.now, HoldState::Captured);
        let member = world.members.get_mut(&key).expect("it was found above");
        let mut entries = member.settle(&program, context.now);
        let (wallet, next_seq) = member.wallet_mut(&record.currency);
        let movements = wallet.capture(record.seq, points, context.now, next_seq);
        let captured = movements.iter().find(|m| m.kind == Kind::Capture).expect("it was captured").clone();
        let numbers = own_numbers(&movements);
        let cause = EntryContext {
            order: order.as_deref(),
            reason: record.reward.as_deref(),
            program_version: program.version(),
            explanation: None,
        };
        entries.extend(member.entries(&record.currency, movements, &cause, context.now));
        member.touched();
        world.entries.extend(entries);
        let spent = Spent {
            movement: &captured,
            currency: &record.currency,
            order: order.as_deref(),
            reward: record.reward.as_deref(),
            counted,
        };
        let redemption = world.redeemed(&key, &spent, context);
        let outcome = Outcome::HoldCaptured { member: key, hold: self.hold, redemption, entries: numbers };
        Ok(Decision::new(outcome))
    }
}

impl ReleaseHold {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        let (key, record, _) = open_hold(world, &self.program, self.hold, context)?;

        end_lease(world, &self.program, &record, context.now, HoldState::Released);
        let member = world.members.get_mut(&key).expect("it was found above");
        let mut entries = member.settle(&program, context.now);
        let (wallet, next_seq) = member.wallet_mut(&record.currency);
        let movements = wallet.release(record.seq, context.now, next_seq);
        let numbers = own_numbers(&movements);
        let cause = EntryContext {
            order: record.order.as_deref(),
            reason: None,
            program_version: program.version(),
            explanation: None,
        };
        entries.extend(member.entries(&record.currency, movements, &cause, context.now));
        member.touched();
        world.entries.extend(entries);
        Ok(Decision::new(Outcome::HoldReleased { member: key, hold: self.hold, entries: numbers }))
    }
}

fn own_numbers(movements: &[crate::ledger::Movement]) -> Vec<i64> {
    movements.iter().map(|movement| movement.seq).collect()
}

/// An open hold: whose it is, what is known of it, and what it holds. What time has ended is not open.
fn open_hold(
    world: &World,
    program: &str,
    id: HoldId,
    context: &Context<'_>,
) -> Result<(MemberKey, HoldRecord, Points), Refusal> {
    let missing = Refusal::HoldNotFound { hold: id };
    let key = world.owner_of_hold(id, context).filter(|key| key.program == program);
    let Some(key) = key else { return Err(missing) };
    let Some((record, hold)) = world.members.get(&key).and_then(|member| member.hold(id)) else {
        return Err(missing);
    };
    match hold.state_at(context.now) {
        HoldState::Open if lease_is_over(world, &key, record) => {
            Err(Refusal::HoldNotOpen { hold: id, state: HoldState::Expired })
        }
        HoldState::Open => Ok((key, record.clone(), hold.points)),
        state => Err(Refusal::HoldNotOpen { hold: id, state }),
    }
}

/// Whether what was held of a reward's stock was given back meanwhile: a batch of a later time has seen the hold's end.
fn lease_is_over(world: &World, key: &MemberKey, record: &HoldRecord) -> bool {
    let place = record.reward.as_ref().map(|reward| (key.program.clone(), stock_counter(reward)));
    let counter = place.and_then(|place| world.counters.get(&place));
    counter.is_some_and(|counter| counter.leases.iter().any(|lease| lease.id == record.id.0 && !lease.open))
}

/// Ends the hold on a reward's stock; answers whether there was one.
fn end_lease(world: &mut World, program: &str, record: &HoldRecord, now: Instant, end: HoldState) -> bool {
    let Some(reward) = &record.reward else { return false };
    let place = (program.to_owned(), stock_counter(reward));
    let mut counter = world.counter(&place, now);
    let leased = counter.leases.iter().any(|lease| lease.id == record.id.0 && lease.open);
    if end == HoldState::Captured {
        counter.capture(record.id.0);
    } else {
        counter.release(record.id.0);
    }
    world.counters.insert(place, counter);
    leased
}

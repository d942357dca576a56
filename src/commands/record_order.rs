//! Records an order, and gives what it earns.

use std::sync::Arc;

use serde::Serialize;

use super::{
    Context, Decision, Entry, Member, MemberKey, Order, OrderAward, OrderFault, OrderInput, OrderState,
    Outcome, Refusal, World, outcome::OrderOutcome, world::EntryContext,
};
use crate::{
    fingerprint::fingerprint,
    ledger::{Account, Credit, Kind, Points},
    program::{Program, earning::Award, earning::HeldTier, earning::Unvaluable},
};

/// Records an order. Its id is a key of its own: the same order again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordOrder {
    pub program: String,
    pub order: OrderInput,
}

impl RecordOrder {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let program = world.program(&self.program)?;
        let content_hash = fingerprint(&self.order);
        let place = (self.program.clone(), self.order.id.clone());
        if let Some(recorded) = world.orders.get(&place) {
            return self.again(recorded, &content_hash, world);
        }
        self.order.check(context.now)?;
        let key = self.order.customer.as_ref().map(|customer| MemberKey::new(&self.program, customer));
        let member = key.as_ref().and_then(|key| world.members.get(key));
        let earns = member.is_some() || (key.is_some() && program.document().enrolment.on_first_order);
        let held = member.map_or_else(
            || program.lowest_tier(),
            |member| member.standing.held_at(&program, self.order.placed_at),
        );
        let awards = program
            .awards(&self.order.currency, &self.order.lines, &held)
            .map_err(|unvaluable| refuse(&unvaluable))?;
        if let Some(member) = member {
            check_room(member, &awards)?;
        }

        let mut order = self.recorded(&program, held, content_hash, context);
        let mut outcome = OrderOutcome {
            program: self.program.clone(),
            order_id: self.order.id.clone(),
            member: None,
            entries: Vec::new(),
            uncollected: Points::ZERO,
        };
        if let Some(key) = key.filter(|_| earns) {
            let member = self.member(world, &key, &program, context);
            order.member = Some(member.id);
            let entries = self.earn(member, &mut order, awards, &program, context);
            outcome.entries = order.awards.iter().map(|award| award.lot).collect();
            outcome.member = Some(key);
            world.entries.extend(entries);
        }
        world.orders.insert(place, order);
        Ok(Decision::new(Outcome::OrderRecorded(outcome)))
    }

    fn again(&self, recorded: &Order, content_hash: &str, world: &World) -> Result<Decision, Refusal> {
        if recorded.content_hash != content_hash {
            let message = format!("order `{}` was recorded before with other content", recorded.id);
            return Err(Refusal::order("order.id", OrderFault::ConflictingContent, message));
        }
        Ok(Decision::replay(Outcome::OrderRecorded(OrderOutcome {
            program: self.program.clone(),
            order_id: recorded.id.clone(),
            member: recorded.member.and_then(|id| world.key_of(id)).cloned(),
            entries: recorded.awards.iter().map(|award| award.lot).collect(),
            uncollected: Points::ZERO,
        })))
    }

    fn recorded(
        &self,
        program: &Program,
        held: HeldTier,
        content_hash: String,
        context: &Context<'_>,
    ) -> Order {
        let order = &self.order;
        Order {
            program: self.program.clone(),
            id: order.id.clone(),
            customer: order.customer.clone(),
            member: None,
            placed_at: order.placed_at,
            recorded_at: context.now,
            currency: order.currency.clone(),
            channel: order.channel.clone(),
            store: order.store.clone(),
            lines: order.lines.clone(),
            program_version: program.version(),
            held,
            awards: Vec::new(),
            state: OrderState::Recorded,
            content_hash,
            new: true,
            changed: true,
        }
    }

    fn member<'w>(
        &self,
        world: &'w mut World,
        key: &MemberKey,
        program: &Arc<Program>,
        context: &Context<'_>,
    ) -> &'w mut Member {
        if !world.members.contains_key(key) {
            let from = (self.order.channel.clone(), self.order.store.clone());
            world.add_member(Member::enroll(key.clone(), program, self.order.placed_at, from, context));
        }
        world.members.get_mut(key).expect("it was put in above where it was missing")
    }

    fn earn(
        &self,
        member: &mut Member,
        order: &mut Order,
        awards: Vec<Award>,
        program: &Program,
        context: &Context<'_>,
    ) -> Vec<Entry> {
        let placed_at = self.order.placed_at;
        let mut entries = member.settle(program, context.now);
        for award in awards.into_iter().filter(|award| award.points.is_positive()) {
            let currency =
                program.currency(&award.currency).expect("awards are in the programme's currencies");
            let activates_at = Program::activates_at(currency, placed_at);
            let credit = Credit {
                kind: Kind::Earn,
                from: Account::Issued,
                points: award.points,
                occurred_at: placed_at,
                activates_at,
                expires_at: program.expires_at(currency, activates_at),
            };
            order.awards.push(OrderAward {
                currency: award.currency.clone(),
                lot: member.next_seq,
                earned: award.points,
                // Active at once is now, even where the till's clock runs ahead of ours: nothing of it waits.
                activates_at: if activates_at > placed_at {
                    activates_at
                } else {
                    placed_at.min(context.now)
                },
                clawed_back: Points::ZERO,
                forgiven: Points::ZERO,
                uncollected: Points::ZERO,
            });
            let cause = EntryContext {
                order: Some(&order.id),
                reason: None,
                program_version: program.version(),
                explanation: Some(award.explanation),
            };
            let movements = member.credit(&award.currency, &credit, context.now);
            entries.extend(member.entries(&award.currency, movements, &cause, context.now));
        }
        if let Some(window) = program.window_of(placed_at) {
            let amount = program.qualifying_amount(&order.lines);
            member.standing.count(program, window, amount, (placed_at, context.now));
        }
        member.changed = true;
        member.version += 1;
        entries
    }
}

/// No wallet ever earns more than a number can carry exactly.
fn check_room(member: &Member, awards: &[Award]) -> Result<(), Refusal> {
    let earned = |award: &Award| {
        let before = member.wallet(&award.currency).map_or(Points::ZERO, |wallet| wallet.totals.earned);
        before + award.points
    };
    if awards.iter().all(|award| earned(award).in_range()) {
        return Ok(());
    }
    let message = "the member would have earned more points than a number can carry exactly (2^53)";
    Err(Refusal::order("order.lines", OrderFault::AmountOutOfRange, message))
}

/// Why an order that cannot be valued is refused.
pub(crate) fn refuse(unvaluable: &Unvaluable) -> Refusal {
    let message = unvaluable.to_string();
    match unvaluable {
        Unvaluable::UnknownCurrency { .. } => {
            Refusal::order("order.currencyCode", OrderFault::UnknownCurrency, message)
        }
        Unvaluable::TooManyPoints => Refusal::order("order.lines", OrderFault::AmountOutOfRange, message),
    }
}

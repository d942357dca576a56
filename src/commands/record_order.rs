//! Records an order, and gives what it earns.

use std::sync::Arc;

use serde::Serialize;

use super::{
    Context, Decision, Member, MemberKey, Order, OrderFault, OrderHistory, OrderInput, OrderState, Outcome,
    Refusal, World, order::Noted, outcome::OrderOutcome, valuation::Change,
};
use crate::{
    fingerprint::fingerprint,
    ledger::Points,
    program::{
        Program,
        earning::{Award, HeldTier, Line, Unvaluable},
    },
};

/// Records an order. Its id is a key of its own: the same order again changes nothing, and a later revision corrects it.
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
        if world.orders.contains_key(&place) {
            return self.again(&place, content_hash, world, context);
        }
        self.order.check(context.now)?;
        let key = self.order.customer.as_ref().map(|customer| MemberKey::new(&self.program, customer));
        let owner = key.as_ref().and_then(|key| world.resolve(key));
        let member = owner.as_ref().and_then(|key| world.members.get(key));
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
        let mut outcome = OrderOutcome::of(&order, None);
        if let Some(key) = owner.or(key).filter(|_| earns) {
            let member = self.member(world, &key, &program, context);
            let entries = order.earn(member, awards, (&program, &program), context);
            outcome.entries = order.lots();
            outcome.member = Some(key);
            world.entries.extend(entries);
        }
        world.orders.insert(place, order);
        Ok(Decision::new(Outcome::OrderRecorded(outcome)))
    }

    /// An order that is known: the same again, or a correction.
    fn again(
        &self,
        place: &(String, String),
        content_hash: String,
        world: &mut World,
        context: &Context<'_>,
    ) -> Result<Decision, Refusal> {
        let recorded = &world.orders[place];
        // Told as a guest's, it is nobody's still, whoever has claimed it: that was the first answer, and is all that the
        // telling knows.
        let outcome = if self.order.customer == recorded.customer {
            OrderOutcome::told_again(recorded, world)
        } else {
            OrderOutcome::of(recorded, None)
        };
        if recorded.content_hash == content_hash {
            return Ok(Decision::replay(Outcome::OrderRecorded(outcome)));
        }
        let revision = self.order.revision;
        let known = recorded.history.revisions.iter().find(|noted| noted.id == revision.to_string());
        if known.is_some_and(|noted| noted.content_hash == content_hash) {
            return Ok(Decision::replay(Outcome::OrderRecorded(outcome)));
        }
        if revision == recorded.revision || known.is_some() {
            let message = format!("order `{}` was recorded before with other content", recorded.id);
            return Err(Refusal::order("order.id", OrderFault::ConflictingContent, message));
        }
        if revision < recorded.revision {
            let message =
                format!("revision {} of order `{}` was recorded before", recorded.revision, recorded.id);
            return Err(Refusal::order("order.revision", OrderFault::StaleRevision, message));
        }
        self.correct(place, content_hash, world, context)
    }

    /// The order as it is told now takes the place of what was recorded: what came back of it stays so.
    fn correct(
        &self,
        place: &(String, String),
        content_hash: String,
        world: &mut World,
        context: &Context<'_>,
    ) -> Result<Decision, Refusal> {
        self.order.check(context.now)?;
        let recorded = &world.orders[place];
        let lines = self.corrected_lines(recorded)?;
        let program = world.version(&self.program, recorded.program_version)?;
        let today = world.program(&self.program)?;
        let owner = match recorded.member {
            Some(id) => world.resolve_id(id),
            None => None,
        };
        let told = self.order.customer.as_ref().map(|customer| MemberKey::new(&self.program, customer));
        let claimant = told.as_ref().filter(|_| owner.is_none()).and_then(|key| world.resolve(key));
        let held = match claimant.as_ref().and_then(|key| world.members.get(key)) {
            Some(member) => member.standing.held_at(&program, recorded.placed_at),
            None => recorded.held.clone(),
        };
        let awards =
            program.awards(&self.order.currency, &lines, &held).map_err(|unvaluable| refuse(&unvaluable))?;
        if let Some(member) = owner.as_ref().or(claimant.as_ref()).and_then(|key| world.members.get(key)) {
            check_room(member, &awards)?;
        }

        let order = world.orders.get_mut(place).expect("the caller has found it");
        let before = Noted {
            id: order.revision.to_string(),
            content_hash: std::mem::replace(&mut order.content_hash, content_hash),
        };
        order.history.revisions.push(before);
        order.revision = self.order.revision;
        if !self.is_told_as_a_guests(order) {
            order.customer.clone_from(&self.order.customer);
        }
        order.channel.clone_from(&self.order.channel);
        order.store.clone_from(&self.order.store);
        let mut outcome = OrderOutcome::of(order, owner.filter(|_| self.order.customer == order.customer));
        if let Some(key) = claimant {
            let mut order = world.orders.remove(place).expect("the caller has found it");
            order.lines = lines;
            order.held = held;
            order.changed = true;
            let member = world.members.get_mut(&key).expect("it was resolved above");
            let entries = order.earn(member, awards, (&program, &today), context);
            outcome.entries = order.lots();
            outcome.member = Some(key);
            world.entries.extend(entries);
            world.orders.insert(place.clone(), order);
        } else {
            let reason = format!("revision {}", self.order.revision);
            let change = Change { lines, at: context.now, reason: &reason, undoes: false };
            let revalued = world.revalue(place, &change, context);
            outcome.entries = revalued.entries;
            if outcome.member.is_none() {
                outcome.entries.clear();
            }
            outcome.uncollected = revalued.uncollected;
        }
        Ok(Decision::new(Outcome::OrderRecorded(outcome)))
    }

    /// Whether this knows nothing of who has claimed the order.
    fn is_told_as_a_guests(&self, recorded: &Order) -> bool {
        recorded.history.claimed && self.order.customer.is_none()
    }

    /// The lines of a correction, with what came back and what was handed over of those that it corrects.
    fn corrected_lines(&self, recorded: &Order) -> Result<Vec<Line>, Refusal> {
        if recorded.state == OrderState::Cancelled {
            let message = format!("order `{}` was cancelled", recorded.id);
            return Err(Refusal::order("order.id", OrderFault::OrderCancelled, message));
        }
        let unlike =
            |field: &str, message: &str| Err(Refusal::order(field, OrderFault::UnlikeRecorded, message));
        if self.order.currency != recorded.currency {
            return unlike("order.currencyCode", "a correction cannot change the order's currency");
        }
        if self.order.placed_at != recorded.placed_at {
            return unlike("order.placedAt", "a correction cannot change when the order was placed");
        }
        let is_anothers = self.order.customer != recorded.customer && !self.is_told_as_a_guests(recorded);
        if recorded.member.is_some() && is_anothers {
            return unlike("order.customerId", "a correction cannot give the order to another customer");
        }
        let mut lines = self.order.lines.clone();
        for old in recorded.lines.iter().filter(|line| line.returned > 0 || line.fulfilled > 0) {
            let place = lines.iter().position(|line| line.id == old.id);
            let Some((i, line)) = place.map(|i| (i, &mut lines[i])) else {
                if old.returned > 0 {
                    return unlike(
                        "order.lines",
                        &format!("line `{}` is missing, of which some came back", old.id),
                    );
                }
                continue;
            };
            if line.quantity < old.returned {
                let message = format!("{} of the line came back", old.returned);
                return unlike(&format!("order.lines[{i}].quantity"), &message);
            }
            line.returned = old.returned;
            line.fulfilled = old.fulfilled.min(line.quantity);
        }
        Ok(lines)
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
            revision: order.revision,
            content_hash,
            history: OrderHistory::default(),
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
}

/// No wallet ever earns more than a number can carry exactly.
pub(super) fn check_room(member: &Member, awards: &[Award]) -> Result<(), Refusal> {
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

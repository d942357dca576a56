//! Records that lines of an order were handed over: points that awaited it become active.

use hashbrown::HashSet;
use serde::Serialize;

use super::{
    Context, Decision, Order, OrderState, Outcome, Refusal, ReturnFault, World,
    order::{LINES_MAX, Noted, QUANTITY_MAX, TEXT_MAX, check_date, is_name, own_entries},
    outcome::OrderOutcome,
    record_return::ReturnLine,
};
use crate::{clock::Instant, fingerprint::fingerprint, program::earning::Line};

/// The most fulfilments of an order.
const FULFILMENTS_MAX: usize = 1_000;

/// Records a fulfilment. Its id is a key of its own within the order: the same again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordFulfilment {
    pub program: String,
    pub id: String,
    pub order_id: String,
    pub fulfilled_at: Instant,
    pub lines: Vec<ReturnLine>,
}

impl RecordFulfilment {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        let today = world.program(&self.program)?;
        self.check(context.now)?;
        let place = (self.program.clone(), self.order_id.clone());
        let Some(order) = world.orders.get(&place) else {
            return Err(Refusal::OrderNotFound { order_id: self.order_id.clone() });
        };
        let owner = order.member.and_then(|id| world.resolve_id(id));
        let mut outcome = OrderOutcome::of(order, owner.clone());
        let content_hash = fingerprint(self);
        if let Some(noted) = order.history.fulfilments.iter().find(|noted| noted.id == self.id) {
            if noted.content_hash == content_hash {
                return Ok(Decision::replay(Outcome::FulfilmentRecorded(outcome)));
            }
            let message = format!("fulfilment `{}` was recorded before with other content", self.id);
            let fault = ReturnFault::ConflictingContent;
            return Err(Refusal::fulfilled("fulfilment.id", fault, message));
        }
        let lines = self.fulfilled_lines(order)?;
        let program = world.version(&self.program, order.program_version)?;

        let mut order = world.orders.remove(&place).expect("it was found above");
        order.lines = lines;
        order.history.fulfilments.push(Noted { id: self.id.clone(), content_hash });
        order.changed = true;
        if let Some(member) = owner.and_then(|key| world.members.get_mut(&key)) {
            let mut entries = member.let_time_pass(&today, context.now);
            entries.extend(order.activate_fulfilled(member, (&program, &today), self.fulfilled_at, context));
            outcome.entries = own_entries(&entries, &self.order_id);
            world.entries.extend(entries);
        }
        world.orders.insert(place, order);
        Ok(Decision::new(Outcome::FulfilmentRecorded(outcome)))
    }

    /// Everything about it that needs no stored state to be found wrong.
    fn check(&self, now: Instant) -> Result<(), Refusal> {
        for (field, text) in [("fulfilment.id", &self.id), ("fulfilment.orderId", &self.order_id)] {
            if !is_name(text) {
                let message = format!("must have 1 to {TEXT_MAX} printable characters");
                return Err(Refusal::fulfilled(field, ReturnFault::MalformedText, message));
            }
        }
        check_date(self.fulfilled_at, now).map_err(|message| {
            Refusal::fulfilled("fulfilment.fulfilledAt", ReturnFault::DateOutOfRange, message)
        })?;
        if !(1..=LINES_MAX).contains(&self.lines.len()) {
            let message = format!("must have 1 to {LINES_MAX} lines, not {}", self.lines.len());
            return Err(Refusal::fulfilled("fulfilment.lines", ReturnFault::LineCount, message));
        }
        let mut seen = HashSet::new();
        for (i, line) in self.lines.iter().enumerate() {
            if !(1..=QUANTITY_MAX).contains(&line.quantity) {
                let message = format!("must be from 1 to {QUANTITY_MAX}, not {}", line.quantity);
                let field = format!("fulfilment.lines[{i}].quantity");
                return Err(Refusal::fulfilled(field, ReturnFault::QuantityOutOfRange, message));
            }
            if !seen.insert(&line.line_id) {
                let message = format!("`{}` stands twice in the fulfilment", line.line_id);
                let field = format!("fulfilment.lines[{i}].lineId");
                return Err(Refusal::fulfilled(field, ReturnFault::DuplicateLine, message));
            }
        }
        Ok(())
    }

    /// The order's lines as they will stand after it.
    fn fulfilled_lines(&self, order: &Order) -> Result<Vec<Line>, Refusal> {
        if order.state == OrderState::Cancelled {
            let message = format!("order `{}` was cancelled", order.id);
            return Err(Refusal::fulfilled("fulfilment.orderId", ReturnFault::OrderCancelled, message));
        }
        if self.fulfilled_at < order.placed_at {
            let message = format!("the order was placed at {}", order.placed_at.to_rfc3339());
            return Err(Refusal::fulfilled("fulfilment.fulfilledAt", ReturnFault::BeforeOrder, message));
        }
        if order.history.fulfilments.len() >= FULFILMENTS_MAX {
            let message = format!("an order has at most {FULFILMENTS_MAX} fulfilments");
            return Err(Refusal::fulfilled("fulfilment.orderId", ReturnFault::LineCount, message));
        }
        let mut lines = order.lines.clone();
        for (i, fulfilled) in self.lines.iter().enumerate() {
            let Some(line) = lines.iter_mut().find(|line| line.id == fulfilled.line_id) else {
                let message = format!("order `{}` has no line `{}`", order.id, fulfilled.line_id);
                let field = format!("fulfilment.lines[{i}].lineId");
                return Err(Refusal::fulfilled(field, ReturnFault::UnknownLine, message));
            };
            let left = line.quantity - line.fulfilled;
            if fulfilled.quantity > left {
                let message = format!(
                    "{} are handed over and {left} of {} bought are left",
                    fulfilled.quantity, line.quantity
                );
                let field = format!("fulfilment.lines[{i}].quantity");
                return Err(Refusal::fulfilled(field, ReturnFault::ExceedsBought, message));
            }
            line.fulfilled += fulfilled.quantity;
        }
        Ok(lines)
    }
}

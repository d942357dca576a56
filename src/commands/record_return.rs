//! Records a return, by line and quantity, and takes back what the order no longer earns.

use hashbrown::HashSet;
use serde::Serialize;

use super::{
    Context, Decision, Order, OrderState, Outcome, Refusal, ReturnFault, ReturnRecord, World,
    order::{LINES_MAX, QUANTITY_MAX, TEXT_MAX, check_date, is_name},
    outcome::OrderOutcome,
    valuation::Change,
};
use crate::{clock::Instant, fingerprint::fingerprint, program::earning::Line};

/// Records a return. Its id is a key of its own: the same return again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordReturn {
    pub program: String,
    pub id: String,
    pub order_id: String,
    pub returned_at: Instant,
    pub lines: Vec<ReturnLine>,
}

/// How many of a line come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReturnLine {
    pub line_id: String,
    pub quantity: i64,
}

impl RecordReturn {
    pub(super) fn decide(&self, world: &mut World, context: &Context<'_>) -> Result<Decision, Refusal> {
        world.program(&self.program)?;
        let content_hash = fingerprint(self);
        let place = (self.program.clone(), self.id.clone());
        if let Some(recorded) = world.returns.get(&place) {
            return again(recorded, &content_hash);
        }
        self.check(context.now)?;
        let order_place = (self.program.clone(), self.order_id.clone());
        let Some(order) = world.orders.get(&order_place) else {
            return Err(Refusal::OrderNotFound { order_id: self.order_id.clone() });
        };
        let kept = self.kept_lines(order)?;
        world.version(&self.program, order.program_version)?;

        let mut outcome = OrderOutcome::of(order, order.member.and_then(|id| world.resolve_id(id)));
        let reason = format!("return {}", self.id);
        let change = Change { lines: kept, at: self.returned_at, reason: &reason, undoes: false };
        let revalued = world.revalue(&order_place, &change, context);
        outcome.entries = revalued.entries;
        outcome.uncollected = revalued.uncollected;
        let record = ReturnRecord {
            program: self.program.clone(),
            id: self.id.clone(),
            order_id: self.order_id.clone(),
            returned_at: self.returned_at,
            recorded_at: context.now,
            content_hash,
            outcome: outcome.clone(),
            new: true,
        };
        world.returns.insert(place, record);
        Ok(Decision::new(Outcome::ReturnRecorded(outcome)))
    }

    /// Everything about it that needs no stored state to be found wrong.
    fn check(&self, now: Instant) -> Result<(), Refusal> {
        for (field, text) in [("return.id", &self.id), ("return.orderId", &self.order_id)] {
            if !is_name(text) {
                let message = format!("must have 1 to {TEXT_MAX} printable characters");
                return Err(Refusal::returned(field, ReturnFault::MalformedText, message));
            }
        }
        check_date(self.returned_at, now).map_err(|message| {
            Refusal::returned("return.returnedAt", ReturnFault::DateOutOfRange, message)
        })?;
        if !(1..=LINES_MAX).contains(&self.lines.len()) {
            let message = format!("must have 1 to {LINES_MAX} lines, not {}", self.lines.len());
            return Err(Refusal::returned("return.lines", ReturnFault::LineCount, message));
        }
        let mut seen = HashSet::new();
        for (i, line) in self.lines.iter().enumerate() {
            if !(1..=QUANTITY_MAX).contains(&line.quantity) {
                let message = format!("must be from 1 to {QUANTITY_MAX}, not {}", line.quantity);
                let field = format!("return.lines[{i}].quantity");
                return Err(Refusal::returned(field, ReturnFault::QuantityOutOfRange, message));
            }
            if !seen.insert(&line.line_id) {
                let message = format!("`{}` stands twice in the return", line.line_id);
                let field = format!("return.lines[{i}].lineId");
                return Err(Refusal::returned(field, ReturnFault::DuplicateLine, message));
            }
        }
        Ok(())
    }

    /// The order's lines as they will stand after it.
    fn kept_lines(&self, order: &Order) -> Result<Vec<Line>, Refusal> {
        if order.state == OrderState::Cancelled {
            let message = format!("order `{}` was cancelled", order.id);
            return Err(Refusal::returned("return.orderId", ReturnFault::OrderCancelled, message));
        }
        if self.returned_at < order.placed_at {
            let message = format!("the order was placed at {}", order.placed_at.to_rfc3339());
            return Err(Refusal::returned("return.returnedAt", ReturnFault::BeforeOrder, message));
        }
        let mut kept = order.lines.clone();
        for (i, returned) in self.lines.iter().enumerate() {
            let Some(line) = kept.iter_mut().find(|line| line.id == returned.line_id) else {
                let message = format!("order `{}` has no line `{}`", order.id, returned.line_id);
                let field = format!("return.lines[{i}].lineId");
                return Err(Refusal::returned(field, ReturnFault::UnknownLine, message));
            };
            let left = line.quantity - line.returned;
            if returned.quantity > left {
                let message = format!(
                    "{} come back and {left} of {} bought are left",
                    returned.quantity, line.quantity
                );
                let field = format!("return.lines[{i}].quantity");
                return Err(Refusal::returned(field, ReturnFault::ExceedsBought, message));
            }
            line.returned += returned.quantity;
        }
        Ok(kept)
    }
}

fn again(recorded: &ReturnRecord, content_hash: &str) -> Result<Decision, Refusal> {
    if recorded.content_hash != content_hash {
        let message = format!("return `{}` was recorded before with other content", recorded.id);
        return Err(Refusal::returned("return.id", ReturnFault::ConflictingContent, message));
    }
    Ok(Decision::replay(Outcome::ReturnRecorded(recorded.outcome.clone())))
}

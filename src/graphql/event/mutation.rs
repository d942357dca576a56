//! Taking in many events at once.

use async_graphql::{Context, ID, InputObject, Object, OneofObject};

use super::outcome::LoyaltyEventsIngestPayload;
use crate::{
    auth::scopes::Access,
    commands::{Command, OrderInput, RecordOrder},
    graphql::{
        directives::{any_of, authenticated, cost, requires_scopes},
        document::Limit,
        fulfilment::LoyaltyFulfilmentInput,
        order::LoyaltyOrderInput,
        problem::Problem,
        returns::LoyaltyReturnInput,
        visit::Visit,
    },
    program::Program,
};

#[derive(Default)]
pub(crate) struct EventMutation;

/// A batch of events.
#[derive(InputObject)]
struct LoyaltyEventsIngestInput {
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// 1 to 1,000 events, in the order in which they are to take effect.
    events: Vec<LoyaltyEventInput>,
}

/// Something that happened: exactly one of these.
#[derive(OneofObject)]
enum LoyaltyEventInput {
    /// An order was placed.
    Order(LoyaltyOrderInput),
    /// Something came back.
    Return(LoyaltyReturnInput),
    /// Something was handed over.
    Fulfilment(LoyaltyFulfilmentInput),
}

#[Object]
impl EventMutation {
    /// Records up to 1,000 orders, returns and fulfilments, each with its own outcome, in order. There are no idempotency keys:
    /// their ids are keys by themselves, so a batch may be sent again whole, or mixed with new events. Needs the scope
    /// `loyalty:orders:write`. More events, or none, are `BAD_USER_INPUT`, and then nothing is done. The results are not shown
    /// (ask for the members or orders); the points are given all the same.
    #[graphql(
        directive = authenticated::apply(),
        directive = requires_scopes::apply(any_of(Access::WriteOrder)),
        directive = cost::apply(100)
    )]
    async fn loyalty_events_ingest(
        &self,
        context: &Context<'_>,
        input: LoyaltyEventsIngestInput,
    ) -> Result<LoyaltyEventsIngestPayload, Problem> {
        let visit = Visit::of(context);
        let (events, events_max) = (input.events.len(), visit.limits.events_max);
        if !(1..=events_max).contains(&events) {
            if events > events_max {
                Limit::Events.passed();
            }
            let message = format!("must have 1 to {events_max} events, not {events}");
            return Err(Problem::bad_input("input.events", message));
        }
        let program = visit.program(input.program.as_ref(), "input.program")?;
        let mut ids = Vec::with_capacity(input.events.len());
        let mut commands = Vec::with_capacity(input.events.len());
        for event in input.events {
            let (id, command) = event.command(program);
            ids.push(id);
            commands.push(visit.caller.allow(command)?);
        }
        let answers = visit.submit_all(commands).await;
        LoyaltyEventsIngestPayload::of(visit, ids, answers)
    }
}

impl LoyaltyEventInput {
    /// The event's id, and what it asks for.
    fn command(self, program: &Program) -> (String, Command) {
        match self {
            Self::Order(order) => {
                let order: OrderInput = order.into();
                let id = order.id.clone();
                (id, Command::RecordOrder(RecordOrder { program: program.id().to_owned(), order }))
            }
            Self::Return(input) => (input.id().to_owned(), Command::RecordReturn(input.command(program))),
            Self::Fulfilment(input) => {
                (input.id().to_owned(), Command::RecordFulfilment(input.command(program)))
            }
        }
    }
}

//! Asking for a quote.

use async_graphql::{Context, ID, InputObject, Object};

use super::{reckon, r#type::LoyaltyQuoteResult};
use crate::{
    commands::{OrderInput, Refusal},
    graphql::{
        directives::{authenticated, cost},
        federation::Preloaded,
        order::LoyaltyOrderInput,
        problem::Problem,
        refusal::LoyaltyInvalidOrder,
        visit::Visit,
    },
};

#[derive(Default)]
pub(crate) struct QuoteQuery;

/// What is to be quoted, and for whom.
#[derive(InputObject)]
struct LoyaltyQuoteInput {
    /// Id of the programme; the default one where it is left out.
    program: Option<ID>,
    /// Whose tier counts; the order's customer where it is left out, and the lowest tier where there is neither.
    customer_id: Option<ID>,
    /// The order, or a cart as an order that is placed now.
    order: LoyaltyOrderInput,
}

#[Object]
impl QuoteQuery {
    /// What an order would earn, with nothing written. With a customer it asks for what reading the customer's membership
    /// asks for (the customer itself, or the scope `loyalty:member:read`); without one, for what reading the programme does.
    /// An order that could not be recorded is answered as such.
    #[graphql(directive = authenticated::apply(), directive = cost::apply(2))]
    async fn loyalty_quote(
        &self,
        context: &Context<'_>,
        input: LoyaltyQuoteInput,
    ) -> Result<LoyaltyQuoteResult, Problem> {
        let visit = Visit::of(context);
        let program = visit.program(input.program.as_ref(), "input.program")?;
        let order: OrderInput = input.order.into();
        let customer = input.customer_id.map(|id| id.0).or_else(|| order.customer.clone());
        visit.caller.quote(program.id(), customer.as_deref())?;
        let snapshot = match &customer {
            Some(customer) => visit.snapshot(&Preloaded::nothing(), program.id(), customer).await?,
            None => None,
        };
        match reckon(program, &order, snapshot.as_deref(), visit.now()) {
            Ok(quote) => Ok(LoyaltyQuoteResult::Quote(quote)),
            Err(Refusal::InvalidOrder { field, fault, message }) => {
                Ok(LoyaltyQuoteResult::Invalid(LoyaltyInvalidOrder::new(field, fault, message)))
            }
            Err(refusal) => Err(visit.unexpected(refusal)),
        }
    }
}

//! What loyalty adds to the OMS's order.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject, Value};

use super::{LoyaltyOrder, told};
use crate::{
    graphql::{
        customer::Customer,
        directives::{authenticated, cost, entity},
        federation::{Fields, Preloaded},
        problem::{Problem, unless_forbidden},
        quote::{LoyaltyQuote, reckon},
        scalars::{DateTime, Decimal},
        visit::Visit,
    },
    money,
};

/// An amount in one currency.
#[derive(SimpleObject)]
#[graphql(shareable)]
pub(crate) struct Money {
    /// The amount, in the currency's own unit: `"12.50"` for twelve pounds fifty.
    amount: Decimal,
    /// ISO 4217, three capital letters.
    currency_code: String,
}

impl From<money::Money> for Money {
    fn from(money: money::Money) -> Self {
        Self { amount: Decimal(money.amount), currency_code: money.currency }
    }
}

/// An order, by an id that another subgraph gave, and what came along with it.
pub(crate) struct Order {
    id: String,
    representation: Value,
    known: Arc<Preloaded>,
}

/// A line of an order. It is the OMS's: a quote asks for it.
#[derive(SimpleObject)]
pub(crate) struct OrderLine {
    /// Unique in the order.
    #[graphql(external)]
    id: ID,
    /// What was bought.
    #[graphql(external)]
    sku: String,
    /// PRODUCT, or another word for what is none, such as postage.
    #[graphql(external)]
    kind: Option<String>,
    /// How many.
    #[graphql(external)]
    quantity: i32,
    /// Price of one.
    #[graphql(external)]
    unit_price: Option<Money>,
}

impl Order {
    pub(crate) fn new(id: String, representation: Value, known: Arc<Preloaded>) -> Self {
        Self { id, representation, known }
    }

    fn told(&self) -> Option<Fields<'_>> {
        Fields::of(&self.representation, "order").ok()
    }
}

/// An order of the OMS. Loyalty adds what it gave and what it would give.
#[Object(directive = entity::apply("id".to_owned()))]
impl Order {
    /// The OMS's own id.
    async fn id(&self) -> ID {
        ID(self.id.clone())
    }

    /// Who ordered; null for a guest.
    #[graphql(external)]
    async fn customer(&self) -> Option<Customer> {
        let id = self.told()?.object("customer").ok()??.name("id").ok()?;
        Some(Customer::new(id, Arc::clone(&self.known)))
    }

    /// Where it was placed.
    #[graphql(external)]
    async fn channel(&self) -> Option<String> {
        self.told()?.name_or_null("channel").ok()?
    }

    /// When it was placed.
    #[graphql(external)]
    async fn placed_at(&self) -> Option<DateTime> {
        self.told()?.date_time("placedAt").ok()
    }

    /// ISO 4217.
    #[graphql(external)]
    async fn currency_code(&self) -> Option<String> {
        self.told()?.name("currencyCode").ok()
    }

    /// What was bought.
    #[graphql(external)]
    async fn lines(&self) -> Option<Vec<OrderLine>> {
        let lines = self.told()?.objects("lines").ok()?;
        lines.iter().map(|line| OrderLine::of(line).ok()).collect()
    }

    /// What loyalty did with this order. Null until it was recorded in the programme, and where the token does not allow it:
    /// a customer sees its own, services and staff need the scope `loyalty:member:read` or `loyalty:orders:write`.
    #[graphql(directive = authenticated::apply())]
    async fn loyalty(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Id of the programme; the default one where it is left out.")] program: Option<ID>,
    ) -> Option<Result<LoyaltyOrder, Problem>> {
        let visit = Visit::of(context);
        let program = match visit.program(program.as_ref(), "program") {
            Ok(program) => program,
            Err(problem) => return Some(Err(problem)),
        };
        LoyaltyOrder::find(visit, &self.known, &[program], &self.id).await.transpose()
    }

    /// What the order would earn, from the OMS's own lines, with nothing written; whether it was recorded or not. Null where
    /// the token does not allow it, and with the error `BAD_USER_INPUT` where the order cannot be valued: the error says why.
    #[graphql(
        requires = "customer { id } channel placedAt currencyCode lines { id sku kind quantity unitPrice { amount currencyCode } }",
        directive = authenticated::apply(),
        directive = cost::apply(2)
    )]
    async fn loyalty_quote(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Id of the programme; the default one where it is left out.")] program: Option<ID>,
    ) -> Option<Result<LoyaltyQuote, Problem>> {
        self.quote(Visit::of(context), program.as_ref()).await.transpose()
    }
}

impl Order {
    async fn quote(&self, visit: &Visit, program: Option<&ID>) -> Result<Option<LoyaltyQuote>, Problem> {
        let program = visit.program(program, "program")?;
        let input = told::order(&self.id, &Fields::of(&self.representation, "order")?)?;
        let customer = input.customer.as_deref();
        if unless_forbidden(visit.caller.quote(program.id(), customer))?.is_none() {
            return Ok(None);
        }
        let snapshot = match customer {
            Some(customer) => visit.snapshot(&self.known, program.id(), customer).await?,
            None => None,
        };
        let quote = reckon(program, &input, snapshot.as_deref(), visit.now());
        quote.map(Some).map_err(|refusal| visit.as_bad_input(refusal))
    }
}

impl OrderLine {
    fn of(line: &Fields<'_>) -> Result<Self, Problem> {
        let money = |price: Fields<'_>| -> Result<Money, Problem> {
            Ok(Money { amount: price.decimal("amount")?, currency_code: price.name("currencyCode")? })
        };
        Ok(Self {
            id: ID(line.name("id")?),
            sku: line.name("sku")?,
            kind: line.name_or_null("kind")?,
            quantity: i32::try_from(line.whole("quantity")?).unwrap_or(i32::MAX),
            unit_price: line.object("unitPrice")?.map(money).transpose()?,
        })
    }
}

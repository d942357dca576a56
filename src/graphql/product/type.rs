//! What loyalty says of a product.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Value};
use rust_decimal::Decimal as Number;

use crate::{
    commands::{OrderInput, Refusal},
    graphql::{
        directives::{authenticated, entity, list_size},
        federation::{Fields, Preloaded},
        order::Money,
        problem::{Problem, unless_forbidden},
        quote::points,
        reward::LoyaltyReward,
        scalars::LoyaltyPoints,
        visit::Visit,
    },
    money,
    program::{document::LineKind, earning::Line},
};

/// A product, by a SKU that another subgraph gave, and what came along with it.
pub(crate) struct Product {
    sku: String,
    representation: Value,
    known: Arc<Preloaded>,
}

impl Product {
    pub(crate) fn new(sku: String, representation: Value, known: Arc<Preloaded>) -> Self {
        Self { sku, representation, known }
    }

    /// What a reward gives: nothing but its SKU is known.
    pub(crate) fn of_reward(sku: String) -> Self {
        Self::new(sku, Value::Object(async_graphql::indexmap::IndexMap::default()), Preloaded::nothing())
    }

    /// The stock that came along: None where nobody counts it, an error where nobody said.
    fn told_stock(&self) -> Result<Option<i64>, Problem> {
        let product = Fields::of(&self.representation, "product")?;
        if !product.has("stock") {
            let message = "is missing: what rewards of the product are left cannot be reckoned without it";
            return Err(Problem::bad_input(product.path("stock"), message));
        }
        product.whole_or_null("stock")
    }

    /// The price that came along: None where the product has none, an error where nobody said.
    fn told_price(&self) -> Result<Option<money::Money>, Problem> {
        let product = Fields::of(&self.representation, "product")?;
        if !product.has("price") {
            let message = "is missing: what the product earns cannot be reckoned without it";
            return Err(Problem::bad_input(product.path("price"), message));
        }
        let Some(price) = product.object("price")? else { return Ok(None) };
        Ok(Some(money::Money { amount: price.decimal("amount")?.0, currency: price.name("currencyCode")? }))
    }
}

/// Something that can be bought. Owned by another subgraph; loyalty adds what it would earn, and what it costs in points.
#[Object(directive = entity::apply("sku".to_owned()))]
impl Product {
    /// The SKU that all subgraphs know the product by.
    async fn sku(&self) -> ID {
        ID(self.sku.clone())
    }

    /// Price of one.
    #[graphql(external)]
    async fn price(&self) -> Option<Money> {
        self.told_price().ok().flatten().map(Money::from)
    }

    /// How many there are.
    #[graphql(external)]
    async fn stock(&self) -> Option<i32> {
        i32::try_from(self.told_stock().ok()??).ok()
    }

    /// What one of it would earn now, at the lowest tier, or at the tier of the customer that is named. Null where the product
    /// has no price, and where the token does not allow it: naming a customer asks for what reading the customer's membership
    /// asks for, naming none for what reading the programme does. Null with the error `BAD_USER_INPUT` where the programme has
    /// no rate for the price's currency.
    #[graphql(requires = "price { amount currencyCode }", directive = authenticated::apply())]
    async fn loyalty_points(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Id of the programme; the default one where it is left out.")] program: Option<ID>,
        #[graphql(desc = "The customer whose tier counts; the lowest tier where it is left out.")]
        customer_id: Option<ID>,
    ) -> Option<Result<LoyaltyPoints, Problem>> {
        self.points(Visit::of(context), program.as_ref(), customer_id.as_deref().map(String::as_str))
            .await
            .transpose()
    }

    /// Rewards that give this product, in the programme's order; what is left of each heeds the product's stock. Null where
    /// the token does not allow it: customers see all, services, staff and partners need the scope `loyalty:program:read`. An
    /// unknown programme is null with the error `BAD_USER_INPUT`.
    #[graphql(
        requires = "stock",
        directive = authenticated::apply(),
        directive = list_size::apply(5, None, None, None)
    )]
    async fn loyalty_rewards(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Id of the programme; the default one where it is left out.")] program: Option<ID>,
    ) -> Option<Result<Vec<LoyaltyReward>, Problem>> {
        self.rewards(Visit::of(context), program.as_ref()).transpose()
    }
}

impl Product {
    fn rewards(&self, visit: &Visit, program: Option<&ID>) -> Result<Option<Vec<LoyaltyReward>>, Problem> {
        let program = visit.program(program, "program")?;
        if unless_forbidden(visit.caller.read_program(program.id()))?.is_none() {
            return Ok(None);
        }
        let stock = self.told_stock()?;
        let rewards = LoyaltyReward::of(program, Some(&self.sku), self.known.stocks());
        Ok(Some(rewards.into_iter().map(|reward| reward.of_product_stock(stock)).collect()))
    }

    async fn points(
        &self,
        visit: &Visit,
        program: Option<&ID>,
        customer: Option<&str>,
    ) -> Result<Option<LoyaltyPoints>, Problem> {
        let program = visit.program(program, "program")?;
        if unless_forbidden(visit.caller.quote(program.id(), customer))?.is_none() {
            return Ok(None);
        }
        let Some(price) = self.told_price()? else { return Ok(None) };
        let snapshot = match customer {
            Some(customer) => visit.snapshot(&self.known, program.id(), customer).await?,
            None => None,
        };
        let now = visit.now();
        let line = Line {
            id: self.sku.clone(),
            sku: self.sku.clone(),
            kind: LineKind::Product,
            quantity: 1,
            returned: 0,
            fulfilled: 0,
            unit_price: price.amount,
            discount: Number::ZERO,
            categories: Vec::new(),
        };
        let order = OrderInput {
            id: self.sku.clone(),
            customer: None,
            placed_at: now,
            currency: price.currency,
            channel: None,
            store: None,
            revision: 1,
            lines: vec![line],
        };
        let points = points(program, &order, snapshot.as_deref(), now);
        let wrong = |refusal| match refusal {
            Refusal::InvalidOrder { message, .. } => Problem::bad_input("product.price", message),
            other => visit.unexpected(other),
        };
        points.map(|points| Some(points.into())).map_err(wrong)
    }
}

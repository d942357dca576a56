//! A reward as clients see it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::Stocks;
use crate::{
    graphql::{
        directives::{authenticated, cost, entity},
        problem::{Problem, unless_forbidden},
        product::Product,
        program::{LoyaltyCurrency, LoyaltyProgram, text},
        scalars::LoyaltyPoints,
        visit::Visit,
    },
    ledger::Points,
    program::{Program, document::Reward},
};

/// A reward of a programme, by its place there.
pub(crate) struct LoyaltyReward {
    program: Arc<Program>,
    index: usize,
    /// What is left of it, where that was read with its neighbours.
    stocks: Option<Arc<Stocks>>,
    /// How many of the product its owner has, where that came along.
    product_stock: Option<i64>,
}

impl LoyaltyReward {
    /// The reward with an id; None where the programme has no such one.
    pub(crate) fn find(program: &Arc<Program>, id: &str) -> Option<Self> {
        let index = program.document().rewards.iter().position(|reward| reward.id == id)?;
        Some(Self { program: Arc::clone(program), index, stocks: None, product_stock: None })
    }

    /// All rewards of a programme, or those that give one product.
    pub(crate) fn of(program: &Arc<Program>, sku: Option<&str>, stocks: Option<&Arc<Stocks>>) -> Vec<Self> {
        let gives = |reward: &Reward| sku.is_none() || reward.sku.as_deref() == sku;
        let rewards = program.document().rewards.iter().enumerate().filter(|(_, reward)| gives(reward));
        let reward = |(index, _)| {
            let (program, stocks) = (Arc::clone(program), stocks.cloned());
            Self { program, index, stocks, product_stock: None }
        };
        rewards.map(reward).collect()
    }

    /// With what its owner says there is of the product.
    pub(crate) fn of_product_stock(self, product_stock: Option<i64>) -> Self {
        Self { product_stock, ..self }
    }

    /// A reward by its id, in the first of the programmes that has one which the caller may see.
    pub(crate) fn find_any(visit: &Visit, id: &str) -> Result<Option<Self>, Problem> {
        for program in visit.default_first() {
            let Some(reward) = Self::find(program, id) else { continue };
            if unless_forbidden(visit.caller.read_program(program.id()))?.is_some() {
                return Ok(Some(reward));
            }
        }
        visit.identified().map(|()| None)
    }

    fn reward(&self) -> &Reward {
        &self.program.document().rewards[self.index]
    }

    async fn left(&self, visit: &Visit) -> Result<Option<i64>, Problem> {
        let own = match &self.stocks {
            _ if self.reward().stock.is_none() => None,
            Some(stocks) => stocks.left(&self.program, self.reward()),
            None => Stocks::read(visit, &[&self.program]).await?.left(&self.program, self.reward()),
        };
        let product = self.product_stock.map(|stock| stock.max(0));
        Ok(own.into_iter().chain(product).min())
    }
}

/// What points can be spent on: its price, together with one of its stock, is held or redeemed at once.
#[Object(directive = entity::apply("id".to_owned()), directive = authenticated::apply())]
impl LoyaltyReward {
    /// Unique in the programme: lower-case letters, digits and hyphens. Asked for by id alone, it is that of the first
    /// programme, the default one before the others.
    async fn id(&self) -> ID {
        ID(self.reward().id.clone())
    }

    /// The programme that offers it.
    async fn program(&self) -> LoyaltyProgram {
        LoyaltyProgram(Arc::clone(&self.program))
    }

    /// The name that members see.
    async fn name(
        &self,
        #[graphql(
            desc = "A BCP 47 tag such as `en` or `ar`. Without it, and where there is no such text, the first language."
        )]
        language: Option<String>,
    ) -> &str {
        text(&self.reward().name, language.as_deref())
    }

    /// What it costs: above 0.
    async fn points(&self) -> LoyaltyPoints {
        Points(self.reward().points.cast_signed()).into()
    }

    /// What it is paid with.
    async fn currency(&self) -> Option<LoyaltyCurrency> {
        LoyaltyCurrency::find(&self.program, &self.program.currency_of(self.reward()).code)
    }

    /// The product that it gives; null where it gives none.
    async fn product(&self) -> Option<Product> {
        self.reward().sku.clone().map(Product::of_reward)
    }

    /// How many are left now: those of the programme's own limit that are neither taken nor held and, where it was asked for
    /// by its product, no more than that has in stock. Null where nothing limits it. It may be less the next moment: only a
    /// hold or a redemption makes sure.
    #[graphql(directive = cost::apply(2))]
    async fn stock(&self, context: &Context<'_>) -> Option<Result<i64, Problem>> {
        self.left(Visit::of(context)).await.transpose()
    }
}

//! The inventory: it owns `Product`, its price and its stock.
//!
//! Names and prices are the data's (the latest price of the slice). The stock is invented: the data has none.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use async_graphql::{Context, ID, Object, SimpleObject};

use crate::{
    dataset::{self, Dataset},
    money::Money,
    subgraph,
};

/// By SKU.
type Shelves = BTreeMap<String, dataset::Product>;

struct Query;

/// Something that is sold.
#[derive(SimpleObject)]
struct Product {
    sku: ID,
    name: String,
    /// For one of it.
    price: Option<Money>,
    /// How many are there: invented.
    stock: Option<i32>,
}

/// Its schema, in federation's language.
pub(crate) fn sdl() -> String {
    subgraph::sdl(Query)
}

/// Serves the subgraph until it is told to stop.
pub(crate) async fn serve(data: &Path, port: u16) -> Result<()> {
    let shelves = Dataset::load(data)?.products();
    subgraph::serve("inventory", subgraph::schema(Query).data(shelves).finish(), port).await
}

#[Object]
impl Query {
    /// One product; null where there is none.
    async fn product(&self, context: &Context<'_>, sku: ID) -> Option<Product> {
        find(context, &sku)
    }

    /// Products by SKU, at most 100.
    async fn products(
        &self,
        context: &Context<'_>,
        #[graphql(default_with = "Some(10)")] first: Option<i32>,
    ) -> Vec<Product> {
        let first = subgraph::page(first);
        shelves(context).iter().take(first).map(|(sku, product)| Product::new(sku, product)).collect()
    }

    #[graphql(entity)]
    async fn find_product(&self, context: &Context<'_>, sku: ID) -> Option<Product> {
        find(context, &sku)
    }
}

fn shelves<'context>(context: &Context<'context>) -> &'context Shelves {
    context.data_unchecked::<Shelves>()
}

fn find(context: &Context<'_>, sku: &str) -> Option<Product> {
    shelves(context).get(sku).map(|product| Product::new(sku, product))
}

impl Product {
    fn new(sku: &str, product: &dataset::Product) -> Self {
        Self {
            sku: ID(sku.to_owned()),
            name: product.name.clone(),
            price: Some(Money::new(product.price, &product.currency)),
            stock: Some(stock(sku)),
        }
    }
}

/// Between none and a hundred, the same at every start; about one product in ten is sold out.
fn stock(sku: &str) -> i32 {
    let sum = sku.bytes().fold(0_i32, |sum, byte| (sum * 31 + i32::from(byte)) % 1_009);
    (sum % 111 - 10).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_is_the_same_every_time_and_never_below_nothing() {
        let skus: Vec<String> = (10_000..11_000).map(|number| number.to_string()).collect();
        let stocks: Vec<i32> = skus.iter().map(|sku| stock(sku)).collect();
        assert_eq!(stocks, skus.iter().map(|sku| stock(sku)).collect::<Vec<_>>());
        assert!(stocks.iter().all(|stock| (0..=100).contains(stock)));
        let sold_out = stocks.iter().filter(|stock| **stock == 0).count();
        assert!((50..200).contains(&sold_out), "{sold_out} of 1000 are sold out");
    }
}

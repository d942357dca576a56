//! What the OMS says in the graph: it owns `Order` and adds `orders` to a customer.

use std::collections::HashMap;

use async_graphql::{ComplexObject, Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    dataset::{Dataset, channel},
    feed::{self, Kind},
    money::Money,
    subgraph,
};

/// All orders, newest last, and where each is.
pub(super) struct Book {
    orders: Vec<Order>,
    by_id: HashMap<String, usize>,
    by_customer: HashMap<String, Vec<usize>>,
}

pub(super) struct Query;

/// An order as the till or the shop took it.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
struct Order {
    id: ID,
    /// Who ordered; null for a guest.
    customer: Option<Customer>,
    /// ONLINE, STORE or APP: invented from the order's number, since the data knows no channel.
    channel: Option<String>,
    placed_at: Option<DateTime<Utc>>,
    /// ISO 4217.
    currency_code: Option<String>,
    lines: Option<Vec<OrderLine>>,
    /// What was given back, oldest first.
    returns: Vec<OrderReturn>,
}

#[derive(Clone, SimpleObject)]
#[graphql(complex)]
struct OrderLine {
    id: ID,
    sku: String,
    /// PRODUCT, or OTHER for postage, fees, discounts and vouchers.
    kind: Option<String>,
    quantity: i32,
    unit_price: Option<Money>,
}

#[derive(Clone, SimpleObject)]
struct OrderReturn {
    id: ID,
    returned_at: DateTime<Utc>,
    lines: Vec<OrderReturnLine>,
}

#[derive(Clone, SimpleObject)]
struct OrderReturnLine {
    line_id: ID,
    quantity: i32,
}

#[derive(Clone, SimpleObject)]
#[graphql(complex)]
struct Customer {
    id: ID,
}

/// The inventory's; the OMS knows no more of it than the SKU.
#[derive(SimpleObject)]
#[graphql(unresolvable = "sku")]
struct Product {
    sku: ID,
}

#[Object]
impl Query {
    /// One order; null where there is none.
    async fn order(&self, context: &Context<'_>, id: ID) -> Option<Order> {
        book(context).order(&id)
    }

    /// The newest orders of all, at most 100.
    async fn orders(
        &self,
        context: &Context<'_>,
        #[graphql(default_with = "Some(10)")] first: Option<i32>,
    ) -> Vec<Order> {
        book(context).orders.iter().rev().take(subgraph::page(first)).cloned().collect()
    }

    #[graphql(entity)]
    async fn find_order(&self, context: &Context<'_>, id: ID) -> Option<Order> {
        book(context).order(&id)
    }

    #[graphql(entity)]
    async fn find_customer(&self, id: ID) -> Customer {
        Customer { id }
    }
}

#[ComplexObject]
impl Order {
    /// The sum of its lines.
    async fn total(&self) -> Option<Money> {
        let lines = self.lines.as_ref()?;
        let amounts = lines
            .iter()
            .filter_map(|line| Some(line.unit_price.as_ref()?.amount * Decimal::from(line.quantity)));
        Some(Money::new(amounts.sum(), self.currency_code.as_ref()?))
    }
}

#[ComplexObject]
impl OrderLine {
    /// The product; null for a line that is none, such as postage.
    async fn product(&self) -> Option<Product> {
        (self.kind.as_deref() == Some(Kind::Product.name())).then(|| Product { sku: ID(self.sku.clone()) })
    }
}

#[ComplexObject]
impl Customer {
    /// The customer's orders, newest first, at most 100.
    async fn orders(
        &self,
        context: &Context<'_>,
        #[graphql(default_with = "Some(10)")] first: Option<i32>,
    ) -> Vec<Order> {
        let book = book(context);
        let places = book.by_customer.get(self.id.as_str());
        places
            .into_iter()
            .flatten()
            .rev()
            .take(subgraph::page(first))
            .map(|place| book.orders[*place].clone())
            .collect()
    }
}

fn book<'context>(context: &Context<'context>) -> &'context Book {
    context.data_unchecked::<Book>()
}

impl Book {
    pub(super) fn new(dataset: Dataset) -> Self {
        let mut book = Self { orders: Vec::new(), by_id: HashMap::new(), by_customer: HashMap::new() };
        for event in dataset.events {
            match event {
                feed::Event::Order(order) => {
                    let place = book.orders.len();
                    book.by_id.insert(order.order_id.clone(), place);
                    if let Some(customer) = &order.customer_id {
                        book.by_customer.entry(customer.clone()).or_default().push(place);
                    }
                    book.orders.push(order.into());
                }
                feed::Event::Return(event) => {
                    if let Some(place) = book.by_id.get(&event.order_id) {
                        book.orders[*place].returns.push(event.into());
                    }
                }
            }
        }
        book
    }

    fn order(&self, id: &str) -> Option<Order> {
        self.by_id.get(id).map(|place| self.orders[*place].clone())
    }
}

impl From<feed::Order> for Order {
    fn from(order: feed::Order) -> Self {
        let line = |line: feed::Line| OrderLine {
            id: ID(line.line_id),
            sku: line.sku,
            kind: Some(line.kind.name().to_owned()),
            quantity: line.quantity,
            unit_price: Some(Money::new(line.unit_price, &order.currency)),
        };
        Self {
            customer: order.customer_id.map(|id| Customer { id: ID(id) }),
            channel: Some(channel(&order.order_id).to_owned()),
            placed_at: Some(order.placed_at),
            lines: Some(order.lines.into_iter().map(line).collect()),
            returns: Vec::new(),
            id: ID(order.order_id),
            currency_code: Some(order.currency),
        }
    }
}

impl From<feed::Return> for OrderReturn {
    fn from(event: feed::Return) -> Self {
        let line =
            |line: feed::ReturnLine| OrderReturnLine { line_id: ID(line.line_id), quantity: line.quantity };
        Self {
            id: ID(event.return_id),
            returned_at: event.returned_at,
            lines: event.lines.into_iter().map(line).collect(),
        }
    }
}

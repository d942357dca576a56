//! The slice as the neighbours tell it: dates shifted, a channel invented, and each neighbour's own view of it.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    dates,
    feed::{self, Event, Kind, Order},
};

/// See `data/README.md` for where it comes from.
pub(crate) const SLICE: &[u8] = include_bytes!("../data/orders.jsonl.gz");

/// The customer in whose name the demo asks: silver, with points that have expired and an order partly given back.
pub(crate) const SHOWN_CUSTOMER: &str = "14217";

/// Everything the neighbours know, in time order.
pub(crate) struct Dataset {
    pub events: Vec<Event>,
}

/// What a customer's first order tells.
pub(crate) struct Customer {
    pub first_order_at: DateTime<Utc>,
}

/// A product as its latest order line has it.
pub(crate) struct Product {
    pub name: String,
    pub price: Decimal,
    pub currency: String,
}

impl Dataset {
    /// The slice, moved by the shift that the data directory keeps.
    #[expect(clippy::disallowed_methods, reason = "the one place where the stack asks what day it is")]
    pub(crate) fn load(data: &Path) -> Result<Self> {
        let events = feed::read(SLICE)?;
        let last = events.last().context("the slice is empty")?.at();
        let minutes = dates::kept_shift_minutes(data, last, Utc::now())?;
        Ok(Self { events: events.into_iter().map(|event| event.shifted(minutes)).collect() })
    }

    pub(crate) fn orders(&self) -> impl DoubleEndedIterator<Item = &Order> {
        self.events.iter().filter_map(|event| match event {
            Event::Order(order) => Some(order),
            Event::Return(_) => None,
        })
    }

    /// By id.
    pub(crate) fn customers(&self) -> BTreeMap<String, Customer> {
        let mut customers = BTreeMap::new();
        for order in self.orders() {
            if let Some(id) = &order.customer_id {
                let first_order_at = order.placed_at;
                customers.entry(id.clone()).or_insert(Customer { first_order_at });
            }
        }
        customers
    }

    /// By SKU. A gift's line has no price, so the latest line with one counts.
    pub(crate) fn products(&self) -> BTreeMap<String, Product> {
        let mut products = BTreeMap::new();
        for order in self.orders() {
            let priced = |line: &&feed::Line| line.kind == Kind::Product && line.unit_price > Decimal::ZERO;
            for line in order.lines.iter().filter(priced) {
                let (name, price, currency) = (line.name.clone(), line.unit_price, order.currency.clone());
                products.insert(line.sku.clone(), Product { name, price, currency });
            }
        }
        products
    }
}

/// The data knows no channel, so one is made of the order's number: whoever reads it should not read much into it.
pub(crate) fn channel(order_id: &str) -> &'static str {
    let digits = order_id.chars().filter_map(|character| character.to_digit(10));
    // A number is divisible by three as the sum of its digits is, and leaves the same remainder.
    match digits.sum::<u32>() % 3 {
        0 => "ONLINE",
        1 => "STORE",
        _ => "APP",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::Return;

    fn dataset() -> Dataset {
        Dataset { events: feed::read(SLICE).unwrap() }
    }

    fn returns(dataset: &Dataset) -> impl Iterator<Item = &Return> {
        dataset.events.iter().filter_map(|event| match event {
            Event::Return(event) => Some(event),
            Event::Order(_) => None,
        })
    }

    #[test]
    fn the_channel_is_the_number_modulo_three() {
        for number in [0, 1, 2, 3, 10, 536_364, 536_365, 536_366, 999_998] {
            let expected = ["ONLINE", "STORE", "APP"][number % 3];
            assert_eq!(channel(&number.to_string()), expected, "order {number}");
        }
    }

    #[test]
    fn the_slice_is_in_time_order() {
        assert!(dataset().events.is_sorted_by_key(Event::at));
    }

    #[test]
    fn every_return_names_an_order_and_lines_that_are_there() {
        let dataset = dataset();
        let orders: BTreeMap<&str, &Order> =
            dataset.orders().map(|order| (order.order_id.as_str(), order)).collect();
        for event in returns(&dataset) {
            let order = orders[event.order_id.as_str()];
            assert!(order.placed_at <= event.returned_at, "return {}", event.return_id);
            for returned in &event.lines {
                let line = order.lines.iter().find(|line| line.line_id == returned.line_id);
                let bought = line.map_or(0, |line| line.quantity);
                assert!(
                    returned.quantity <= bought,
                    "return {} of line {}",
                    event.return_id,
                    returned.line_id
                );
            }
        }
    }

    #[test]
    fn the_slice_holds_what_the_demo_shows() {
        let dataset = dataset();
        assert!(dataset.customers().len() >= 40, "some dozens of customers");
        assert!(dataset.orders().any(|order| order.customer_id.is_none()), "guests");
        let latest: Vec<&str> = dataset
            .orders()
            .rev()
            .filter(|order| order.customer_id.as_deref() == Some(SHOWN_CUSTOMER))
            .take(3)
            .map(|order| order.order_id.as_str())
            .collect();
        assert_eq!(latest.len(), 3, "the shown customer has three orders");
        assert!(
            returns(&dataset).any(|event| latest.contains(&event.order_id.as_str())),
            "and gave something of them back"
        );
    }

    #[test]
    fn every_product_has_a_price() {
        let products = dataset().products();
        assert!(products.len() > 100);
        assert!(products.values().all(|product| product.price > Decimal::ZERO));
    }
}

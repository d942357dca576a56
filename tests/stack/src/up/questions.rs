//! What the demo asks: the queries that are printed, that fill the page's tabs, and the first of which `up` verifies.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::tokens::Minted;
use crate::dataset::{Dataset, SHOWN_CUSTOMER};

/// All four subgraphs in one answer. `loyaltyPoints` needs the price, which loyalty gets of the inventory through the gateway.
const JOINED: &str = include_str!("joined.graphql");
const QUOTE: &str = include_str!("quote.graphql");
const PRODUCTS: &str = include_str!("products.graphql");

/// A query, and in whose name it is asked.
pub(super) struct Question {
    pub name: &'static str,
    pub asker: &'static str,
    /// Without variables, so that it can be pasted anywhere.
    pub query: String,
    pub token: String,
}

/// The joined question first.
pub(super) fn all(dataset: &Dataset, minted: &Minted) -> Result<[Question; 3]> {
    let is_shown = |customer: &Option<String>| customer.as_deref() == Some(SHOWN_CUSTOMER);
    let order = dataset.orders().rev().find(|order| is_shown(&order.customer_id));
    let order = &order.context("the shown customer has no order")?.order_id;
    Ok([
        Question {
            name: "Customer",
            asker: "the customer",
            query: JOINED.replace("CUSTOMER", SHOWN_CUSTOMER),
            token: minted.customer.clone(),
        },
        Question {
            name: "Quote",
            asker: "the OMS",
            query: QUOTE.replace("ORDER", order),
            token: minted.service.clone(),
        },
        Question {
            name: "Products",
            asker: "a partner",
            query: PRODUCTS.to_owned(),
            token: minted.partner.clone(),
        },
    ])
}

impl Question {
    pub(super) async fn ask(&self, url: &str) -> Result<Value> {
        let answer = reqwest::Client::new()
            .post(url)
            .bearer_auth(&self.token)
            .json(&json!({ "query": self.query }))
            .send()
            .await
            .with_context(|| format!("asking {url}"))?;
        let body = answer.text().await?;
        serde_json::from_str(&body).with_context(|| format!("{url} answered {body}"))
    }
}

/// Whether the joined question was answered by everybody: no error, and from each subgraph something.
pub(super) fn check(answer: &Value) -> Result<()> {
    ensure!(answer.get("errors").is_none(), "there are errors");
    for (pointer, whose) in [
        ("/data/customer/name", "CRM"),
        ("/data/customer/loyalty/tier/tier/id", "loyalty, of the customer"),
        ("/data/customer/loyalty/balance/available", "loyalty, of the balance"),
        ("/data/customer/orders/0/total/amount", "OMS"),
        ("/data/customer/orders/0/loyalty/earned", "loyalty, of an order"),
    ] {
        let found = answer.pointer(pointer).is_some_and(|value| !value.is_null());
        ensure!(found, "nothing from {whose}: {pointer} is empty");
    }
    let orders = answer.pointer("/data/customer/orders").and_then(Value::as_array).into_iter().flatten();
    let lines = orders.flat_map(|order| order["lines"].as_array().into_iter().flatten());
    let products: Vec<&Value> =
        lines.map(|line| &line["product"]).filter(|product| !product.is_null()).collect();
    ensure!(!products.is_empty(), "no line has a product");
    for (field, whose) in [("name", "inventory"), ("loyaltyPoints", "loyalty, of a product")] {
        ensure!(
            products.iter().any(|product| !product[field].is_null()),
            "nothing from {whose}: no product has {field}"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Value {
        json!({ "data": { "customer": {
            "name": "Ada Archer",
            "loyalty": { "tier": { "tier": { "id": "silver" } }, "balance": { "available": 0 } },
            "orders": [{
                "total": { "amount": "1" },
                "loyalty": { "earned": 1 },
                "lines": [{ "product": null }, { "product": { "name": "a cup", "loyaltyPoints": 0 } }],
            }],
        } } })
    }

    #[test]
    fn half_an_answer_is_none() {
        let without = |pointer: &str| {
            let mut answer = whole();
            *answer.pointer_mut(pointer).unwrap() = Value::Null;
            answer
        };
        let mut with_error = whole();
        with_error["errors"] = json!([{ "message": "no" }]);
        for (answer, complaint) in [
            (whole(), None),
            (with_error, Some("there are errors")),
            (without("/data"), Some("nothing from CRM: /data/customer/name is empty")),
            (
                without("/data/customer/orders/0/loyalty"),
                Some("nothing from loyalty, of an order: /data/customer/orders/0/loyalty/earned is empty"),
            ),
            (without("/data/customer/orders/0/lines/1/product"), Some("no line has a product")),
            (
                without("/data/customer/orders/0/lines/1/product/loyaltyPoints"),
                Some("nothing from loyalty, of a product: no product has loyaltyPoints"),
            ),
        ] {
            assert_eq!(check(&answer).err().map(|error| error.to_string()).as_deref(), complaint);
        }
    }
}

//! The OMS's own order, as the gateway brings it along for a quote (`@requires`).

use rust_decimal::Decimal;

use crate::{
    clock::Instant,
    commands::OrderInput,
    graphql::{federation::Fields, problem::Problem},
    program::{document::LineKind, earning::Line},
};

/// Reads the order of a representation. Whatever a quote needs and is not there is named.
pub(super) fn order(id: &str, order: &Fields<'_>) -> Result<OrderInput, Problem> {
    let customer = match order.object("customer")? {
        Some(customer) => Some(customer.name("id")?),
        None => None,
    };
    let currency = order.name("currencyCode")?;
    let lines = order.objects("lines")?;
    let input = OrderInput {
        id: id.to_owned(),
        customer,
        placed_at: placed_at(order)?,
        channel: order.name_or_null("channel")?,
        store: None,
        revision: 1,
        lines: lines.iter().map(|told| line(told, &currency)).collect::<Result<_, _>>()?,
        currency,
    };
    Ok(input.normalized())
}

fn placed_at(order: &Fields<'_>) -> Result<Instant, Problem> {
    order.date_time("placedAt").map(|at| at.0)
}

fn line(line: &Fields<'_>, currency: &str) -> Result<Line, Problem> {
    Ok(Line {
        id: line.name("id")?,
        sku: line.name("sku")?,
        kind: kind(line)?,
        quantity: line.whole("quantity")?,
        returned: 0,
        fulfilled: 0,
        unit_price: unit_price(line, currency)?,
        discount: Decimal::ZERO,
        categories: Vec::new(),
    })
}

/// `PRODUCT` where nobody says; whatever is not a product counts as other.
fn kind(line: &Fields<'_>) -> Result<LineKind, Problem> {
    Ok(match line.name_or_null("kind")?.as_deref() {
        None | Some("PRODUCT") => LineKind::Product,
        Some(_) => LineKind::Other,
    })
}

fn unit_price(line: &Fields<'_>, currency: &str) -> Result<Decimal, Problem> {
    let Some(price) = line.object("unitPrice")? else {
        let message = "is missing: what the line earns cannot be reckoned without it";
        return Err(Problem::bad_input(line.path("unitPrice"), message));
    };
    let code = price.name("currencyCode")?;
    if code != currency {
        let message = format!("is `{code}`, and the order's is `{currency}`: an order has one currency");
        return Err(Problem::bad_input(price.path("currencyCode"), message));
    }
    price.decimal("amount").map(|amount| amount.0)
}

#[cfg(test)]
mod tests {
    use async_graphql::{Value, value};

    use super::*;

    fn told(representation: &Value) -> Result<OrderInput, String> {
        let fields = Fields::of(representation, "order").unwrap();
        order("o-1", &fields).map_err(|problem| problem.message())
    }

    #[test]
    fn an_order_is_read_whole() {
        let input = told(&value!({
            "customer": { "id": "c-1" }, "channel": null, "placedAt": "2026-03-01T00:00:00Z", "currencyCode": "GBP",
            "lines": [
                { "id": "1", "sku": "A", "kind": null, "quantity": 2,
                  "unitPrice": { "amount": "1.50", "currencyCode": "GBP" } },
                { "id": "2", "sku": "POST", "kind": "SHIPPING", "quantity": 1,
                  "unitPrice": { "amount": 3, "currencyCode": "GBP" } },
            ],
        }));
        let input = input.unwrap();
        assert_eq!((input.customer.as_deref(), input.channel.as_deref()), (Some("c-1"), None));
        assert_eq!(input.lines[0].kind, LineKind::Product);
        assert_eq!(input.lines[0].unit_price.to_string(), "1.5");
        assert_eq!(input.lines[1].kind, LineKind::Other);
    }

    #[test]
    fn what_a_quote_needs_and_is_not_there_is_named() {
        let line = |price: Value| {
            told(&value!({
                "customer": null, "placedAt": "2026-03-01T00:00:00Z", "currencyCode": "GBP",
                "lines": [{ "id": "1", "sku": "A", "quantity": 1, "unitPrice": price }],
            }))
        };
        assert_eq!(told(&value!({ "customer": null })), Err("order.currencyCode: is missing".to_owned()));
        let message =
            "order.lines[0].unitPrice: is missing: what the line earns cannot be reckoned without it";
        assert_eq!(line(Value::Null), Err(message.to_owned()));
        let message = "order.lines[0].unitPrice.currencyCode: is `EUR`, and the order's is `GBP`: an order has one currency";
        assert_eq!(line(value!({ "amount": "1", "currencyCode": "EUR" })), Err(message.to_owned()));
    }
}

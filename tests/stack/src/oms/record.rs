//! The OMS tells loyalty of its orders and returns, in the order in which they happened.
//!
//! Every event carries its own id, so telling it twice does nothing: a second start is answered with replays.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    dataset::channel,
    feed::{Event, Order, Return},
};

/// Events in one request. Loyalty takes 1,000; orders are long, and requests should stay below usual limits of size.
const BATCH: usize = 100;

const MUTATION: &str = "mutation Record($input: LoyaltyEventsIngestInput!) {
  loyaltyEventsIngest(input: $input) {
    accepted replayed refused
    outcomes { id refusal { message } }
  }
}";

/// What loyalty did with all events.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Recorded {
    pub accepted: u32,
    pub replayed: u32,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(flatten)]
    recorded: Recorded,
    refused: u32,
    outcomes: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    id: String,
    refusal: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

/// Records all events. A refusal or an error ends it, said in full.
pub(crate) async fn record(url: &str, token: &str, events: &[Event]) -> Result<Recorded> {
    let client = reqwest::Client::new();
    let mut recorded = Recorded::default();
    for batch in events.chunks(BATCH) {
        let events: Vec<Value> = batch.iter().map(input).collect();
        let answer = client
            .post(url)
            .bearer_auth(token)
            .json(&json!({ "query": MUTATION, "variables": { "input": { "events": events } } }))
            .send()
            .await
            .with_context(|| format!("sending events to {url}"))?;
        let status = answer.status();
        let body = answer.text().await?;
        let payload = read(&body).with_context(|| format!("loyalty answered {status}"))?;
        recorded.accepted += payload.accepted;
        recorded.replayed += payload.replayed;
    }
    Ok(recorded)
}

/// The counts, unless something was refused or went wrong.
fn read(body: &str) -> Result<Recorded> {
    let Ok(mut answer) = serde_json::from_str::<Value>(body) else { bail!("{body}") };
    if let Some(errors) = answer.get("errors") {
        bail!("{errors:#}");
    }
    let payload = answer.pointer_mut("/data/loyaltyEventsIngest").map(Value::take).unwrap_or_default();
    let payload: Payload = serde_json::from_value(payload).context("not the payload that was asked for")?;
    let refusals: Vec<String> = payload
        .outcomes
        .into_iter()
        .filter_map(|outcome| Some(format!("  {}: {}", outcome.id, outcome.refusal?.message)))
        .collect();
    if payload.refused > 0 || !refusals.is_empty() {
        bail!("{} of the events were refused:\n{}", payload.refused, refusals.join("\n"));
    }
    Ok(payload.recorded)
}

fn input(event: &Event) -> Value {
    match event {
        Event::Order(order) => json!({ "order": order_input(order) }),
        Event::Return(event) => json!({ "return": return_input(event) }),
    }
}

fn order_input(order: &Order) -> Value {
    let lines: Vec<Value> = order
        .lines
        .iter()
        .map(|line| {
            json!({
                "id": line.line_id,
                "sku": line.sku,
                "kind": line.kind.name(),
                "quantity": line.quantity,
                "unitPrice": line.unit_price,
            })
        })
        .collect();
    json!({
        "id": order.order_id,
        "customerId": order.customer_id,
        "placedAt": order.placed_at,
        "currencyCode": order.currency,
        "channel": channel(&order.order_id),
        "lines": lines,
    })
}

fn return_input(event: &Return) -> Value {
    let lines: Vec<Value> =
        event.lines.iter().map(|line| json!({ "lineId": line.line_id, "quantity": line.quantity })).collect();
    json!({ "id": event.return_id, "orderId": event.order_id, "returnedAt": event.returned_at, "lines": lines })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_counts_or_a_reason() {
        let payload = |counts: &str, outcome: &str| {
            format!(r#"{{"data":{{"loyaltyEventsIngest":{{{counts},"outcomes":[{outcome}]}}}}}}"#)
        };
        for (body, expected) in [
            (
                payload(r#""accepted":1,"replayed":2,"refused":0"#, r#"{"id":"1","refusal":null}"#),
                Ok(Recorded { accepted: 1, replayed: 2 }),
            ),
            (
                payload(
                    r#""accepted":0,"replayed":0,"refused":1"#,
                    r#"{"id":"7","refusal":{"message":"no"}}"#,
                ),
                Err("1 of the events were refused:\n  7: no"),
            ),
            (r#"{"data":null,"errors":["why"]}"#.to_owned(), Err("[\n  \"why\"\n]")),
            (r#"{"data":{}}"#.to_owned(), Err("not the payload that was asked for")),
            ("Bad Gateway".to_owned(), Err("Bad Gateway")),
        ] {
            let read = read(&body).map_err(|error| error.to_string());
            assert_eq!(read, expected.map_err(str::to_owned), "{body}");
        }
    }

    #[test]
    fn an_order_is_told_with_its_channel_and_exact_prices() {
        let line = r#"{"type":"order","orderId":"536365","customerId":"7","placedAt":"2011-02-28T23:00:00Z","currency":"GBP","country":"France","lines":[{"lineId":"1","sku":"POST","name":"POSTAGE","kind":"OTHER","quantity":3,"unitPrice":"18.50"}]}"#;
        let event: Event = serde_json::from_str(line).unwrap();
        let expected = json!({ "order": {
            "id": "536365", "customerId": "7", "placedAt": "2011-02-28T23:00:00Z", "currencyCode": "GBP",
            "channel": "STORE",
            "lines": [{ "id": "1", "sku": "POST", "kind": "OTHER", "quantity": 3, "unitPrice": "18.50" }],
        } });
        assert_eq!(input(&event), expected);
    }
}

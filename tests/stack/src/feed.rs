//! The feed of orders and returns: one JSON object a line, gzipped, in time order.
//!
//! The slice in `data/` and the feed that it is cut from have this one form, so one reader serves both.

use std::io::{BufRead, BufReader, Read, Write};

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use flate2::{Compression, GzBuilder, read::GzDecoder};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Event {
    Order(Order),
    Return(Return),
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the feed's own names")]
pub(crate) struct Order {
    pub order_id: String,
    /// Absent for a guest.
    pub customer_id: Option<String>,
    pub placed_at: DateTime<Utc>,
    pub currency: String,
    pub country: String,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the feed's own names")]
pub(crate) struct Line {
    pub line_id: String,
    pub sku: String,
    pub name: String,
    pub kind: Kind,
    pub quantity: i32,
    pub unit_price: Decimal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Kind {
    Product,
    /// Postage, fees, discounts and vouchers.
    Other,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the feed's own names")]
pub(crate) struct Return {
    pub return_id: String,
    pub order_id: String,
    pub customer_id: Option<String>,
    pub returned_at: DateTime<Utc>,
    pub lines: Vec<ReturnLine>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReturnLine {
    pub line_id: String,
    pub quantity: i32,
}

impl Event {
    /// When it happened.
    pub(crate) fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Order(order) => order.placed_at,
            Self::Return(event) => event.returned_at,
        }
    }

    pub(crate) fn customer(&self) -> Option<&str> {
        match self {
            Self::Order(order) => order.customer_id.as_deref(),
            Self::Return(event) => event.customer_id.as_deref(),
        }
    }

    /// The same event, `minutes` later.
    #[must_use]
    pub(crate) fn shifted(mut self, minutes: i64) -> Self {
        let at = match &mut self {
            Self::Order(order) => &mut order.placed_at,
            Self::Return(event) => &mut event.returned_at,
        };
        *at += TimeDelta::minutes(minutes);
        self
    }
}

impl Line {
    pub(crate) fn amount(&self) -> Decimal {
        self.unit_price * Decimal::from(self.quantity)
    }
}

impl Kind {
    /// As the graph names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Product => "PRODUCT",
            Self::Other => "OTHER",
        }
    }
}

/// Reads a gzipped feed; an error names the line.
pub(crate) fn read(gzipped: impl Read) -> Result<Vec<Event>> {
    let lines = BufReader::new(GzDecoder::new(gzipped)).lines();
    lines
        .enumerate()
        .map(|(index, line)| {
            let place = || format!("line {} of the feed", index + 1);
            serde_json::from_str(&line.with_context(place)?).with_context(place)
        })
        .collect()
}

/// Writes a gzipped feed. The same events give the same bytes: the header holds no time.
pub(crate) fn write<W: Write>(events: &[Event], to: W) -> Result<()> {
    let mut gzip = GzBuilder::new().mtime(0).write(to, Compression::best());
    for event in events {
        serde_json::to_writer(&mut gzip, event)?;
        gzip.write_all(b"\n")?;
    }
    gzip.finish().map(drop).context("ending the feed")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = r#"{"type":"order","orderId":"1","customerId":null,"placedAt":"2011-02-28T23:00:00Z","currency":"GBP","country":"France","lines":[{"lineId":"1","sku":"POST","name":"POSTAGE","kind":"OTHER","quantity":3,"unitPrice":"18.0"}]}"#;
    const RETURN: &str = r#"{"type":"return","returnId":"C2-1","orderId":"1","customerId":"7","returnedAt":"2011-03-01T00:30:00Z","lines":[{"lineId":"1","quantity":1}]}"#;

    #[test]
    fn what_is_written_is_read_again() {
        let events: Vec<Event> = [ORDER, RETURN].map(|line| serde_json::from_str(line).unwrap()).into();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        write(&events, &mut first).unwrap();
        write(&events, &mut second).unwrap();
        assert_eq!(read(first.as_slice()).unwrap(), events);
        assert_eq!(first, second, "the same events, the same bytes");
    }

    #[test]
    fn a_broken_line_is_named() {
        let mut gzip = GzBuilder::new().write(Vec::new(), Compression::fast());
        gzip.write_all(format!("{ORDER}\n{{\"type\":\"gift\"}}\n").as_bytes()).unwrap();
        let error = read(gzip.finish().unwrap().as_slice()).unwrap_err();
        assert_eq!(error.to_string(), "line 2 of the feed");
    }

    #[test]
    fn a_shift_moves_the_day_and_keeps_the_hour() {
        for (line, expected) in [(ORDER, "2012-02-29T23:00:00Z"), (RETURN, "2012-03-01T00:30:00Z")] {
            let event: Event = serde_json::from_str(line).unwrap();
            assert_eq!(event.shifted(366 * 24 * 60).at(), expected.parse::<DateTime<Utc>>().unwrap());
        }
    }

    #[test]
    fn an_amount_is_price_times_quantity() {
        let Event::Order(order) = serde_json::from_str(ORDER).unwrap() else { panic!("an order") };
        assert_eq!(order.lines[0].amount(), Decimal::from(54));
    }
}

//! A feed of orders and returns: one JSON object a line, gzipped or plain, in time order.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::{
    clock::Instant,
    commands::{Command, OrderInput, RecordOrder, RecordReturn, ReturnLine},
    program::{document::LineKind, earning::Line},
};

/// One line of a feed. Fields that loyalty has no use for (names, countries) are passed over.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum FeedEvent {
    #[serde(rename_all = "camelCase")]
    Order {
        order_id: String,
        customer_id: Option<String>,
        placed_at: Instant,
        currency: String,
        #[serde(default)]
        channel: Option<String>,
        #[serde(default)]
        store_id: Option<String>,
        lines: Vec<FeedLine>,
    },
    #[serde(rename_all = "camelCase")]
    Return { return_id: String, order_id: String, returned_at: Instant, lines: Vec<FeedReturnLine> },
}

/// A line of an order.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedLine {
    line_id: String,
    sku: String,
    #[serde(default)]
    kind: LineKind,
    quantity: i64,
    unit_price: Decimal,
    #[serde(default)]
    discount: Decimal,
}

/// A line of a return.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedReturnLine {
    line_id: String,
    quantity: i64,
}

impl FeedEvent {
    /// When it happened.
    pub fn occurred_at(&self) -> Instant {
        match self {
            Self::Order { placed_at, .. } => *placed_at,
            Self::Return { returned_at, .. } => *returned_at,
        }
    }

    /// The command that it asks for.
    pub fn into_command(self, program: &str) -> Command {
        let program = program.to_owned();
        match self {
            Self::Order { order_id, customer_id, placed_at, currency, channel, store_id, lines } => {
                let lines = lines.into_iter().map(FeedLine::into_line).collect();
                let order = OrderInput {
                    id: order_id,
                    customer: customer_id,
                    placed_at,
                    currency,
                    channel,
                    store: store_id,
                    revision: 1,
                    lines,
                };
                Command::RecordOrder(RecordOrder { program, order: order.normalized() })
            }
            Self::Return { return_id, order_id, returned_at, lines } => {
                let line =
                    |line: FeedReturnLine| ReturnLine { line_id: line.line_id, quantity: line.quantity };
                let lines = lines.into_iter().map(line).collect();
                Command::RecordReturn(RecordReturn { program, id: return_id, order_id, returned_at, lines })
            }
        }
    }
}

impl FeedLine {
    fn into_line(self) -> Line {
        Line {
            id: self.line_id,
            sku: self.sku,
            kind: self.kind,
            quantity: self.quantity,
            returned: 0,
            fulfilled: 0,
            unit_price: self.unit_price,
            discount: self.discount,
            categories: Vec::new(),
        }
    }
}

/// Why a feed cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("cannot read the feed: {0}")]
    Io(#[from] io::Error),
    #[error("line {number} of the feed: {source}")]
    Line { number: usize, source: serde_json::Error },
}

/// Opens a feed; gzip is told by its first two bytes, whatever the name. Answers its size in bytes too.
pub fn open(
    path: &Path,
    read: impl Fn(u64) + Send + 'static,
) -> Result<(Box<dyn BufRead + Send>, u64), FeedError> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut counted = BufReader::new(Counted { file, read });
    let gzipped = counted.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let reader: Box<dyn BufRead + Send> =
        if gzipped { Box::new(BufReader::new(MultiGzDecoder::new(counted))) } else { Box::new(counted) };
    Ok((reader, bytes))
}

/// Tells how many bytes have been read, for the progress bar.
struct Counted<F> {
    file: File,
    read: F,
}

impl<F: Fn(u64)> Read for Counted<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read(buffer)?;
        (self.read)(bytes as u64);
        Ok(bytes)
    }
}

/// The events of a feed; empty lines are passed over.
pub fn events(reader: impl BufRead) -> impl Iterator<Item = Result<FeedEvent, FeedError>> {
    reader.lines().enumerate().filter_map(|(i, line)| match line {
        Ok(line) if line.trim().is_empty() => None,
        Ok(line) => {
            Some(serde_json::from_str(&line).map_err(|source| FeedError::Line { number: i + 1, source }))
        }
        Err(error) => Some(Err(error.into())),
    })
}

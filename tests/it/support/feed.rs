//! The real orders: the whole feed where it lies beside the project, the committed slice where it does not.

use std::{io::Read as _, path::PathBuf};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

/// A feed and what the two programmes must make of it.
pub(crate) struct Feed {
    pub(crate) path: PathBuf,
    expected: PathBuf,
}

impl Feed {
    pub(crate) fn find() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let whole = root.join("../shared/data/online-retail");
        let path = whole.join("orders-2010-12-to-2011-05.jsonl.gz");
        if path.exists() {
            return Self { path, expected: whole };
        }
        Self { path: root.join("tests/stack/data/orders.jsonl.gz"), expected: root.join("tests/it/data") }
    }

    /// The events, in time order.
    pub(crate) fn events(&self) -> Vec<Value> {
        let mut text = String::new();
        GzDecoder::new(std::fs::File::open(&self.path).unwrap()).read_to_string(&mut text).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What `replay --balances` must write, to the letter.
    pub(crate) fn expected(&self, program: &str) -> String {
        std::fs::read_to_string(self.expected.join(format!("expected-{program}.csv"))).unwrap()
    }
}

/// A feed's event as `loyaltyEventsIngest` takes it.
pub(crate) fn to_input(event: &Value) -> Value {
    if event["type"] == "order" {
        let lines: Vec<Value> = event["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| {
                json!({"id": line["lineId"], "sku": line["sku"], "kind": line["kind"],
                    "quantity": line["quantity"], "unitPrice": line["unitPrice"]})
            })
            .collect();
        json!({"order": {"id": event["orderId"], "customerId": event["customerId"], "placedAt": event["placedAt"],
            "currencyCode": event["currency"], "lines": lines}})
    } else {
        json!({"return": {"id": event["returnId"], "orderId": event["orderId"], "returnedAt": event["returnedAt"],
            "lines": event["lines"]}})
    }
}

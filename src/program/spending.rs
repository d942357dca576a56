//! The part of the document that says how points are spent, on what, and what of them comes back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::Texts;

/// How points are spent, and what comes back of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spending {
    /// For how long points are held where a request does not say: 15 minutes unless named.
    #[serde(default = "quarter_of_an_hour")]
    #[schemars(range(min = 1, max = 2_592_000))]
    pub hold_ttl_seconds: u32,
    /// What of the points that were spent on an order comes back when goods do.
    #[serde(default)]
    pub recredit: RecreditPolicy,
    /// Points that come back out of a lot that has ended meanwhile live for so many days of 24 hours more; 0: they end at
    /// once.
    #[serde(default)]
    #[schemars(range(max = 3650))]
    pub recredit_grace_days: u32,
}

fn quarter_of_an_hour() -> u32 {
    900
}

impl Default for Spending {
    fn default() -> Self {
        Self {
            hold_ttl_seconds: quarter_of_an_hour(),
            recredit: RecreditPolicy::default(),
            recredit_grace_days: 0,
        }
    }
}

impl Spending {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What of the points that were spent on an order comes back when goods do. A cancelled order gives all of them back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecreditPolicy {
    /// As much of them as of the order's worth came back.
    #[default]
    ProRata,
    /// All of them when everything has come back, and nothing before.
    OnFullReturn,
    Never,
}

/// Something that members may have for points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reward {
    /// Unique in the programme.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub id: String,
    #[schemars(extend("minProperties" = 1))]
    pub name: Texts,
    /// Code of the currency that it costs; the programme's first where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What it costs.
    #[schemars(range(min = 1, max = 9_007_199_254_740_992_u64))]
    pub points: u64,
    /// How many there are altogether, over all times; without limit where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_992_u64))]
    pub stock: Option<u64>,
    /// The product that it gives; none where it gives something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub sku: Option<String>,
}

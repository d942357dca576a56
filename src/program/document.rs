//! The document of a programme: the JSON that a brand writes. `schema/program.schema.json` is generated from here.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::spending::{RecreditPolicy, Reward, Spending};

/// Texts by language tag (BCP 47), for example `{"en": "Points", "ar": "نقاط"}`. The first is the fallback.
pub type Texts = BTreeMap<String, String>;

/// A loyalty programme, version 1 of the format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Loyalty program")]
pub struct ProgramDocument {
    /// Where the JSON Schema of this document is, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Names the programme for ever: lower-case letters, digits and hyphens, 1 to 64 of them.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub id: String,
    /// Grows with every change. Orders remember the version that rewarded them, so a version never changes.
    #[schemars(range(min = 1))]
    pub version: u32,
    /// The name that members see.
    #[schemars(extend("minProperties" = 1))]
    pub name: Texts,
    /// IANA time zone in which the programme's days, months and years begin, for example `Europe/London`.
    pub time_zone: String,
    /// What members collect. The first is the one that a member's `balance` shows.
    #[schemars(length(min = 1))]
    pub currencies: Vec<Currency>,
    /// What orders earn.
    pub earning: Earning,
    /// The ladder of tiers; none where the programme has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Ladder>,
    /// How customers become members.
    #[serde(default)]
    pub enrolment: Enrolment,
    /// How points are spent, and what comes back of them.
    #[serde(default, skip_serializing_if = "Spending::is_default")]
    pub spending: Spending,
    /// What members may have for points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewards: Vec<Reward>,
}

/// A currency that members collect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Currency {
    /// Capital letters and digits, 1 to 16 of them; unique in the programme.
    #[schemars(regex(pattern = "^[A-Z][A-Z0-9_]{0,15}$"))]
    pub code: String,
    #[schemars(extend("minProperties" = 1))]
    pub name: Texts,
    /// Digits after the point when shown: 0 for points, 2 for cashback in cents. The ledger holds whole units.
    #[serde(default)]
    #[schemars(range(max = 9))]
    pub scale: u8,
    /// When earned points become spendable.
    #[serde(default)]
    pub activation: Activation,
    /// When they end.
    #[serde(default)]
    pub expiry: Expiry,
    /// From where points are taken back that an order no longer earns.
    #[serde(default, skip_serializing_if = "TakeBack::is_default")]
    pub take_back: TakeBack,
    /// How far below zero taking points back for a return may bring a balance (0: never below zero); without limit where
    /// there is none. What lies beyond is left to the member and reported as uncollected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_992_u64))]
    pub deficit_max: Option<u64>,
    /// The same for members of certain tiers, by the tier's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deficit_max_by_tier: BTreeMap<String, u64>,
    /// How far below zero spending may bring a balance.
    #[serde(default, skip_serializing_if = "is_nothing")]
    #[schemars(range(max = 9_007_199_254_740_992_u64))]
    pub spending_deficit_max: u64,
    /// The same for members of certain tiers, by the tier's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub spending_deficit_max_by_tier: BTreeMap<String, u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_nothing(n: &u64) -> bool {
    *n == 0
}

/// From where points are taken back that an order no longer earns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TakeBack {
    /// From the order's own points, then from others, then below zero as far as `deficitMax` allows.
    #[default]
    DownToFloor,
    /// From the order's own points and from others, never below zero.
    ClampAtZero,
    /// Only from the order's own points that are still pending.
    PendingOnly,
}

impl TakeBack {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// When earned points become spendable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub enum Activation {
    /// At once.
    #[default]
    Immediate,
    /// A number of days of 24 hours after the order.
    After {
        #[schemars(range(min = 1, max = 3650))]
        days: u32,
    },
    /// When the order is fulfilled, in the measure in which it is; what still waits a number of days of 24 hours after the
    /// order is cancelled.
    #[serde(rename_all = "camelCase")]
    OnFulfilment {
        #[schemars(range(min = 1, max = 3650))]
        cancel_after_days: u32,
    },
}

/// When points end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub enum Expiry {
    #[default]
    Never,
    /// A number of days after activation, to the end of that day in the programme's time zone.
    AfterDays {
        #[schemars(range(min = 1, max = 36500))]
        days: u32,
    },
    /// A number of calendar months after activation (31 January and one month is the last day of February), then to the
    /// end of that day, month, quarter or year.
    #[serde(rename_all = "camelCase")]
    AfterMonths {
        #[schemars(range(min = 1, max = 1200))]
        months: u32,
        #[serde(default)]
        until_end_of: Period,
    },
}

/// A stretch of the calendar in the programme's time zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Period {
    #[default]
    Day,
    Month,
    Quarter,
    Year,
}

/// What orders earn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Earning {
    /// Every rule that matches adds to what the order earns.
    #[schemars(length(min = 1))]
    pub rules: Vec<EarnRule>,
    /// The one rounding, of a currency's sum over all rules, after the multiplier.
    #[serde(default)]
    pub rounding: Rounding,
}

/// A rate on an order's eligible lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EarnRule {
    /// Unique in the programme; explanations name it.
    #[schemars(length(min = 1, max = 64))]
    pub id: String,
    /// Code of the currency that it gives.
    pub currency: String,
    /// Points for one unit of money, by ISO 4217 code: `{"GBP": "1"}`. An order in another currency is refused.
    #[schemars(
        with = "BTreeMap<String, AmountText>",
        extend("minProperties" = 1, "propertyNames" = serde_json::json!({"pattern": "^[A-Z]{3}$"}))
    )]
    pub rates: BTreeMap<String, Decimal>,
    /// Which lines count.
    #[serde(default)]
    pub eligible: Eligible,
    /// Whether the tier's multiplier applies.
    #[serde(default = "yes")]
    pub tier_multiplier: bool,
}

fn yes() -> bool {
    true
}

/// How an amount is written: as text, because a JSON number is a float to most who read it.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "it says to the schema what a Decimal reads, and is never made")]
struct AmountText(#[schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)?$"))] String);

/// Which lines count. A line counts by its amount after discounts, before tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Eligible {
    /// Kinds of line that count; postage, fees and vouchers are `OTHER`.
    #[serde(default = "products")]
    pub line_kinds: Vec<LineKind>,
    /// Only lines in one of these categories; all where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Never lines in one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded_categories: Vec<String>,
    /// Never these SKUs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded_skus: Vec<String>,
}

fn products() -> Vec<LineKind> {
    vec![LineKind::Product]
}

impl Default for Eligible {
    fn default() -> Self {
        Self {
            line_kinds: products(),
            categories: Vec::new(),
            excluded_categories: Vec::new(),
            excluded_skus: Vec::new(),
        }
    }
}

/// What an order line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LineKind {
    #[default]
    Product,
    Other,
}

/// How a fraction of a point is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rounding {
    #[default]
    Down,
    HalfUp,
    Up,
}

/// Tiers over a qualifying amount.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ladder {
    /// Which lines count towards the qualifying spend.
    #[serde(default)]
    pub eligible: Eligible,
    /// Over which stretch spend is summed.
    pub window: TierWindow,
    /// Lowest first; the first has the threshold 0.
    #[schemars(length(min = 1))]
    pub levels: Vec<Level>,
}

/// Over which stretch spend is summed, and for how long the tier that it reaches is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub enum TierWindow {
    /// A calendar year in the programme's time zone. What a year's spend reaches is held in that year and for
    /// `carryYears` more.
    #[serde(rename_all = "camelCase")]
    CalendarYear {
        #[serde(default = "one")]
        #[schemars(range(max = 10))]
        carry_years: u8,
    },
    /// All spend since enrolment; a tier once reached is lost only by returns.
    Lifetime,
}

fn one() -> u8 {
    1
}

/// One tier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Level {
    /// Unique in the ladder.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub id: String,
    #[schemars(extend("minProperties" = 1))]
    pub name: Texts,
    /// The qualifying spend from which it is held, in the currency of the orders.
    #[schemars(with = "AmountText")]
    pub threshold: Decimal,
    /// What the rate of rules with `tierMultiplier` is multiplied with.
    #[serde(default = "neutral")]
    #[schemars(with = "AmountText")]
    pub multiplier: Decimal,
    /// Perks as named facts, for other systems to act on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub benefits: Vec<String>,
}

fn neutral() -> Decimal {
    Decimal::ONE
}

/// How customers become members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Enrolment {
    /// Whether a customer's first order makes the customer a member.
    #[serde(default)]
    pub on_first_order: bool,
    /// For how many days of 24 hours after it was placed an order of nobody's may be claimed.
    #[serde(default = "thirty", skip_serializing_if = "is_thirty")]
    #[schemars(range(max = 3650))]
    pub claim_days: u32,
}

fn thirty() -> u32 {
    30
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_thirty(days: &u32) -> bool {
    *days == thirty()
}

impl Default for Enrolment {
    fn default() -> Self {
        Self { on_first_order: false, claim_days: thirty() }
    }
}

/// The JSON Schema of a document, as it is published in `schema/program.schema.json`: the same text whatever else is
/// built along, so that it can be compared.
pub fn json_schema() -> String {
    let mut schema = schemars::schema_for!(ProgramDocument).to_value();
    schema.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON and serializes");
    text.push('\n');
    text
}
